import Foundation
import Testing

/// Compiler processes that are killed, stopped, or never needed: the guest's output is right all the same.
@Suite(.serialized) struct WorkerFaultTests {
    /// Runs a guest while `disturb` is called again and again with the numbers of the compilers, assemblers and supervisors that work for it.
    private static func run(_ arguments: [String], _ disturb: @escaping @Sendable ([Helper]) -> Void) throws -> LongmaCommand {
        let tag = UUID().uuidString
        let isOver = Flag()
        let thread = Thread {
            while !isOver.isSet {
                disturb(Helper.all(tag: tag))
                usleep(3000)
            }
        }
        thread.start()
        defer { isOver.set() }
        return try LongmaCommand(arguments, environment: ["LONGMA_TEST_TAG": tag, "LONGMA_CACHE": "none"])
    }

    private final class Flag: @unchecked Sendable {
        private let lock = NSLock()
        private var value = false
        var isSet: Bool { lock.withLock { value } }
        func set() { lock.withLock { value = true } }
    }

    /// A process that works for a run of Longma's.
    struct Helper {
        enum Kind { case compiler, assembler, supervisor }
        let process: pid_t
        let kind: Kind

        /// What a file of `/proc` holds; nothing when its process has ended.
        static func text(_ path: String) -> String { FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) } ?? "" }

        /// Those whose environment names `tag`.
        static func all(tag: String) -> [Helper] {
            let processes = ((try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []).compactMap { pid_t($0) }
            let ours = processes.filter { text("/proc/\($0)/environ").contains("LONGMA_TEST_TAG=\(tag)") }
            return ours.compactMap { process in
                switch text("/proc/\(process)/comm").trimmingCharacters(in: .newlines) {
                case "longma-compiler": return Helper(process: process, kind: .compiler)
                case "as": return Helper(process: process, kind: .assembler)
                // A compiler gives itself its name a moment after its start.
                case _ where text("/proc/\(process)/cmdline").contains("compile-worker"): return Helper(process: process, kind: .compiler)
                default:
                    // The supervisor is a child of the run's process and has its name.
                    let parent = text("/proc/\(process)/stat").split(separator: ")").last?.split(separator: " ").dropFirst().first.flatMap { pid_t($0) }
                    return parent.map(ours.contains) == true ? Helper(process: process, kind: .supervisor) : nil
                }
            }
        }
    }

    private static func expectRight(_ result: LongmaCommand, sourceLocation: SourceLocation = #_sourceLocation) {
        #expect(result.status == 0 && result.output == "sieve checksum 0x5ac80bd06dcbbd42\n", "\(result.error)", sourceLocation: sourceLocation)
        #expect(result.error.filter(\.isNewline).count <= 1, "\(result.error)", sourceLocation: sourceLocation)
    }

    @Test(arguments: ["jit", "auto"]) func killingCompilersAllTheTime(_ engine: String) throws {
        let killed = Count()
        let result = try Self.run(["run", "--engine", engine, "--timeout", "300", Fixture.guest("sieve"), "4"]) { helpers in
            for helper in helpers where helper.kind == .compiler { if kill(helper.process, SIGKILL) == 0 { killed.add() } }
        }
        #expect(killed.value > 0)
        // `jit` does not begin where nothing can be compiled.
        if engine == "jit", result.status == 69 { result.expectFailure(69, saying: "killed by signal 9") } else { Self.expectRight(result) }
    }

    @Test(arguments: ["jit", "auto"]) func killingAnyHelperNowAndThen(_ engine: String) throws {
        let killed = Count()
        let result = try Self.run(["run", "--engine", engine, "--timeout", "300", Fixture.guest("sieve"), "4"]) { helpers in
            guard let victim = helpers.randomElement(), Int.random(in: 0..<8) == 0 else { return }
            if kill(victim.process, SIGKILL) == 0 { killed.add() }
        }
        if engine == "jit", result.status == 69 { result.expectFailure(69, saying: "longma") } else { Self.expectRight(result) }
    }

    /// With stencils, and while they are being made.
    @Test(arguments: [true, false]) func killingAnyHelperUnderBothTiers(_ hasStencils: Bool) throws {
        let cache = hasStencils ? try Fixture.cacheWithStencils() : try TemporaryDirectory()
        for _ in 0..<3 {
            let result = try Self.run(["run", "--engine", "auto", "--cache", cache.url.path, "--timeout", "300", Fixture.guest("sieve"), "8"]) { helpers in
                guard let victim = helpers.randomElement(), Int.random(in: 0..<8) == 0 else { return }
                kill(victim.process, SIGKILL)
            }
            #expect(result.status == 0 && result.output == "sieve checksum 0xa7256ab2f4dc5f64\n", "\(result.error)")
            #expect(result.error.filter(\.isNewline).count <= 1, "\(result.error)")
        }
    }

    /// A compiler that hangs is replaced after some seconds.
    @Test func aStoppedCompilerIsReplaced() throws {
        let stopped = Count()
        let result = try Self.run(["run", "--engine", "jit", "--timeout", "300", Fixture.guest("sieve"), "1"]) { helpers in
            guard stopped.value == 0, let compiler = helpers.first(where: { $0.kind == .compiler }) else { return }
            if kill(compiler.process, SIGSTOP) == 0 { stopped.add() }
        }
        #expect(result.status == 0 && result.error.isEmpty, "\(result.error)")
        #expect(stopped.value == 1)
    }

    private final class Count: @unchecked Sendable {
        private let lock = NSLock()
        private var count = 0
        var value: Int { lock.withLock { count } }
        func add() { lock.withLock { count += 1 } }
    }

    /// The process that runs the guest never has libgccjit in it.
    @Test(arguments: ["jit", "auto"]) func libgccjitStaysOutside(_ engine: String) throws {
        let seen = Maps()
        let result = try Self.run(["run", "--engine", engine, Fixture.guest("sieve"), "4"]) { helpers in
            for helper in helpers where helper.kind == .supervisor {
                // It has the same memory as the run's process.
                let text = Helper.text("/proc/\(helper.process)/maps")
                // Unless it was a compiler before its start, and has begun meanwhile.
                guard Helper.text("/proc/\(helper.process)/cmdline").contains("sieve") else { continue }
                seen.note(text.contains("libswiftCore") || text.contains("longma"), text.contains("libgccjit"))
            }
        }
        #expect(result.status == 0, "\(result.error)")
        #expect(seen.looks > 0 && seen.found == 0)
    }

    private final class Maps: @unchecked Sendable {
        private let lock = NSLock()
        private(set) var looks = 0
        private(set) var found = 0
        func note(_ isMap: Bool, _ hasLibrary: Bool) {
            lock.withLock {
                looks += isMap ? 1 : 0
                found += hasLibrary ? 1 : 0
            }
        }
    }
}
