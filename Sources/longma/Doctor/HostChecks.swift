import CHost
import Foundation

extension HostCheck {
    /// Everything that `longma doctor` looks at, in the order it is shown.
    static func all() -> [HostCheck] {
        processor() + [libgccjit()] + tools() + limits() + directories()
    }

    /// The interpreter and translated code use the instructions of x86-64-v3.
    private static func processor() -> [HostCheck] {
        let flags = Set((processorField("flags") ?? "").split(separator: " "))
        let missing = ["avx2", "fma", "bmi1", "bmi2", "movbe", "cx16"].filter { !flags.contains(Substring($0)) }
        let found = processorName()
        return [
            HostCheck(
                "x86-64-v3 processor", missing.isEmpty ? .ok : .missing, missing.isEmpty ? found : "\(found), without \(missing.joined(separator: ", "))",
                remedy: "use a machine with AVX2, FMA and BMI2 (Haswell, Zen or newer), or let the virtual machine show them", essential: true)
        ]
    }

    /// The model name of the processor.
    static func processorName() -> String { processorField("model name") ?? "unknown processor" }

    private static func processorField(_ name: String) -> String? {
        (readText("/proc/cpuinfo") ?? "").split(separator: "\n").first { $0.hasPrefix(name) }?.split(separator: ":", maxSplits: 1).last
            .map { $0.trimmingCharacters(in: .whitespaces) }
    }

    static func libgccjit() -> HostCheck {
        let remedy = "install it: .ci/install run, or apt-get install libgccjit-12-dev"
        // The same name and the same override as GCCBackend's.
        let name = ProcessInfo.processInfo.environment["LONGMA_LIBGCCJIT"] ?? "libgccjit.so.0"
        guard let library = dlopen(name, RTLD_NOW | RTLD_LOCAL) else {
            return HostCheck("libgccjit", .missing, "\(name) cannot be loaded", remedy: remedy, essential: true)
        }
        typealias Version = @convention(c) () -> CInt
        let parts = ["major", "minor", "patchlevel"].map { part in
            dlsym(library, "gcc_jit_version_\(part)").map { unsafeBitCast($0, to: Version.self)() }
        }
        guard let major = parts[0], let minor = parts[1], let patch = parts[2] else {
            return HostCheck("libgccjit", .missing, "a version without gcc_jit_version_major, so older than GCC 8", remedy: remedy, essential: true)
        }
        return HostCheck(
            "libgccjit", major >= 12 ? .ok : .limited, "GCC \(major).\(minor).\(patch)", remedy: "Longma is tested with GCC 12 and newer; " + remedy,
            essential: true)
    }

    private static func tools() -> [HostCheck] {
        func tool(_ name: String, _ use: String, _ remedy: String, essential: Bool = false) -> HostCheck {
            guard let path = HostTools.find(name) else { return HostCheck("\(name) (\(use))", .missing, "not on PATH", remedy: remedy, essential: essential) }
            return HostCheck("\(name) (\(use))", .ok, HostTools.version(of: path).map { "\(path): \($0)" } ?? path, essential: essential)
        }
        return [
            tool("as", "libgccjit's assembler", "apt-get install binutils", essential: true),
            tool("ld", "libgccjit's linker", "apt-get install binutils", essential: true),
            tool("cc", "bench --against native", "apt-get install gcc"),
            tool("qemu-loongarch64", "bench --against qemu, tests", ".ci/install test, or apt-get install qemu-user (10.0.2 or newer)"),
            perf(tool("perf", "profiles of translated code", "apt-get install linux-perf")),
        ]
    }

    private static func perf(_ check: HostCheck) -> HostCheck {
        guard check.state == .ok, geteuid() != 0,
            let level = readText("/proc/sys/kernel/perf_event_paranoid").flatMap({ Int($0.trimmingCharacters(in: .whitespacesAndNewlines)) }),
            level > 2
        else { return check }
        return HostCheck(check.name, .limited, "\(check.found); kernel.perf_event_paranoid is \(level)", remedy: "sysctl kernel.perf_event_paranoid=2")
    }

    private static func limits() -> [HostCheck] {
        func limit(_ resource: __rlimit_resource_t) -> rlim_t {
            var value = rlimit()
            getrlimit(resource, &value)
            return value.rlim_cur
        }
        func shown(_ value: rlim_t) -> String { value == rlim_t.max ? "unlimited" : "\(value / 1024) KiB" }
        func number(_ path: String) -> Int? { readText(path).flatMap { Int($0.trimmingCharacters(in: .whitespacesAndNewlines)) } }

        var checks: [HostCheck] = []
        // Guest addresses are host addresses below the limit, so the host's own mappings must lie above it.
        let page = mmap(nil, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        let isAbove = page != MAP_FAILED && UInt(bitPattern: page) >= UInt(LONGMA_FLAT_ADDRESS_LIMIT)
        if page != MAP_FAILED { munmap(page, 4096) }
        let stack = limit(__rlimit_resource_t(RLIMIT_STACK.rawValue))
        checks.append(
            HostCheck(
                "address space layout", isAbove ? .ok : .missing,
                isAbove ? "the host maps above 2^46, guests below" : "the host maps below 2^46, where guests want to (stack limit: \(shown(stack)))",
                remedy: "set a finite stack limit before starting Longma (ulimit -s 8192) and do not use setarch --addr-compat-layout", essential: true))
        checks.append(
            HostCheck(
                "stack limit", stack == rlim_t.max ? .limited : .ok, shown(stack), remedy: "ulimit -s 8192: an unlimited stack gives Linux's old memory layout")
        )
        let locked = limit(__rlimit_resource_t(__RLIMIT_MEMLOCK.rawValue))
        checks.append(HostCheck("locked memory limit", .ok, shown(locked)))
        let maps = number("/proc/sys/vm/max_map_count") ?? 0
        checks.append(
            HostCheck(
                "vm.max_map_count", maps >= 65530 ? .ok : .limited, "\(maps)",
                remedy: "sysctl vm.max_map_count=65530, or guests with many mappings run out of them"))
        let overcommit = number("/proc/sys/vm/overcommit_memory") ?? 0
        checks.append(
            HostCheck(
                "vm.overcommit_memory", overcommit == 2 ? .limited : .ok, "\(overcommit)",
                remedy: "sysctl vm.overcommit_memory=0, or guests that reserve much memory fail"))
        return checks
    }

    private static func directories() -> [HostCheck] {
        let environment = ProcessInfo.processInfo.environment
        let temporary = environment["TMPDIR"].flatMap { $0.isEmpty ? nil : $0 } ?? "/tmp"
        let cache = (environment["XDG_CACHE_HOME"].flatMap { $0.isEmpty ? nil : $0 } ?? "\(environment["HOME"] ?? "/root")/.cache") + "/longma"
        return [
            directory("temporary directory", temporary, variable: "TMPDIR", essential: true),
            directory("cache directory", cache, variable: "XDG_CACHE_HOME", essential: false),
        ]
    }

    /// Whether files may be made, and code loaded, in `path` or in the nearest parent that exists.
    private static func directory(_ name: String, _ path: String, variable: String, essential: Bool) -> HostCheck {
        var existing = path
        while existing.count > 1, access(existing, F_OK) != 0 { existing = URL(fileURLWithPath: existing).deletingLastPathComponent().path }
        let remedy = "set \(variable) to a directory that you may write to, on a file system without noexec"
        guard access(existing, W_OK | X_OK) == 0 else {
            return HostCheck(name, .missing, "\(path): \(lastSystemError())", remedy: remedy, essential: essential)
        }
        var statistics = statvfs()
        if statvfs(existing, &statistics) == 0, statistics.f_flag & 8 != 0 /* ST_NOEXEC */ {
            return HostCheck(name, .missing, "\(path) is mounted noexec", remedy: remedy, essential: essential)
        }
        return HostCheck(name, .ok, path, essential: essential)
    }

    private static func readText(_ path: String) -> String? {
        FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) }
    }
}
