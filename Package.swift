// swift-tools-version: 6.0
import PackageDescription

// Swift's libraries are a part of the executable: loading them took longer than a short program runs. FlyingFox's proxy, which nothing uses, mentions
// FoundationNetworking and so curl, whose functions are not linked. What is needed for that is known of this toolchain only; with others they are loaded.
#if compiler(>=6.3) && compiler(<6.4)
let linkedIn: [String] =
    ["-static-stdlib", "-l_CFURLSessionInterface", "-l_CFXMLInterface", "-lCoreFoundation", "-l_FoundationICU", "-l_FoundationCShims", "-l_FoundationCollections"]
    + [
        "easy_cleanup", "easy_getinfo", "easy_init", "easy_pause", "easy_setopt", "easy_strerror", "free", "global_init", "multi_add_handle", "multi_assign",
        "multi_cleanup", "multi_info_read", "multi_init", "multi_remove_handle", "multi_setopt", "multi_socket_action", "slist_append", "slist_free_all", "url",
        "url_get", "url_set", "version", "version_info",
    ].flatMap { ["-Xlinker", "--defsym", "-Xlinker", "curl_\($0)=0"] }
#else
let linkedIn: [String] = []
#endif

// Each target may import only what stands above it here; `Tests/ArchitectureTests` enforces it.
let package = Package(
    name: "longma",
    products: [
        .executable(name: "longma", targets: ["longma"]),
        // For Benchmarks.
        .library(name: "LoongArch", targets: ["LoongArch"]),
        .library(
            name: "LongmaEngines",
            targets: ["CHost", "LoongArch", "GuestMemory", "Execution", "Interpreter", "Translator", "GCCBackend", "VirtualMachine"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/swhitty/FlyingFox", from: "0.27.1"),
    ],
    targets: [
        // Layer 0
        .systemLibrary(name: "CLibGCCJIT"),
        .target(name: "CHost", cSettings: [.define("_GNU_SOURCE")]),
        // Layer 1
        .target(name: "LoongArch", exclude: ["InstructionTable/generate.py"]),
        // Layer 2
        .target(name: "Semantics", dependencies: ["CHost", "LoongArch"]),
        .target(name: "GuestMemory", dependencies: ["CHost", "LoongArch"]),
        // Layer 3
        .target(name: "Execution", dependencies: ["CHost", "LoongArch", "Semantics", "GuestMemory"]),
        // Layer 4
        .target(
            name: "Interpreter", dependencies: ["CHost", "LoongArch", "Semantics", "GuestMemory", "Execution"],
            // A handler has no frame, so neither a frame pointer nor a guard against overruns of one; and the processor is the one the README names.
            swiftSettings: [
                .unsafeFlags(["-Xcc", "-Xclang", "-Xcc", "-mframe-pointer=none", "-Xfrontend", "-disable-stack-protector", "-Xcc", "-march=x86-64-v3"])
            ]),
        .target(
            name: "Translator", dependencies: ["CHost", "LoongArch", "Semantics", "GuestMemory", "Execution", "Interpreter"],
            // A thread's stencil code belongs to it, and what is shared has a lock: checking each access for overlaps is time of every first execution.
            swiftSettings: [.unsafeFlags(["-enforce-exclusivity=unchecked"])]),
        // Layer 5
        .target(name: "GCCBackend", dependencies: ["CLibGCCJIT", "CHost", "LoongArch", "Semantics", "GuestMemory", "Execution", "Interpreter", "Translator"]),
        // Layer 6
        .target(name: "LinuxProcess", dependencies: ["CHost", "LoongArch", "Semantics", "GuestMemory", "Execution", .product(name: "Logging", package: "swift-log")]),
        .target(
            name: "VirtualMachine",
            dependencies: ["CHost", "LoongArch", "Semantics", "GuestMemory", "Execution", "Interpreter", "Translator", "GCCBackend"],
            resources: [.embedInCode("Routines/switch.s")],
            // A core belongs to one thread, and its methods call each other all the time: checking each access for overlaps is a third of a world switch.
            swiftSettings: [.unsafeFlags(["-enforce-exclusivity=unchecked"])]),
        .target(name: "Board", dependencies: ["GuestMemory", "VirtualMachine"]),
        // Layer 7
        .target(
            name: "Profiler",
            dependencies: ["CHost", "LoongArch", "VirtualMachine", .product(name: "Histogram", package: "hdrhistogram-swift")]),
        .target(
            name: "PerfHistory",
            dependencies: [.product(name: "GRDB", package: "GRDB.swift"), .product(name: "GRDBSQLite", package: "GRDB.swift")]),
        .target(
            name: "Dashboard", dependencies: ["PerfHistory", .product(name: "FlyingFox", package: "FlyingFox"), .product(name: "FlyingSocks", package: "FlyingFox")],
            exclude: ["Monitoring"], resources: [.embedInCode("Pages/style.css"), .embedInCode("Pages/script.js")]),
        // Layer 8
        .executableTarget(
            name: "longma",
            dependencies: [
                "CHost", "LoongArch", "Semantics", "GuestMemory", "Execution", "Interpreter", "Translator", "GCCBackend", "LinuxProcess", "VirtualMachine", "Board",
                "Profiler", "PerfHistory", "Dashboard",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
            ],
            exclude: ["Fleet"], resources: [.copy("Guests"), .copy("VirtualGuests")], linkerSettings: [.unsafeFlags(linkedIn, .when(configuration: .release))]),
        // Tests
        .target(name: "ChildProcess", path: "Tests/ChildProcess"),
        .testTarget(
            name: "FloatTests", dependencies: ["CHost", "LoongArch", "Semantics"], exclude: ["make-vectors.py"], resources: [.copy("vectors.txt")]),
        .testTarget(
            name: "VectorTests", dependencies: ["CHost", "LoongArch", "Semantics", "Interpreter"], exclude: ["make-vectors.py"],
            resources: [.copy("vectors.txt")]),
        .testTarget(name: "InterpreterTests", dependencies: ["CHost", "LoongArch", "GuestMemory", "Execution", "Interpreter"]),
        .testTarget(name: "StencilTests", dependencies: ["CHost", "LoongArch", "GuestMemory", "Translator", "GCCBackend"]),
        .testTarget(name: "GuestMemoryTests", dependencies: ["CHost", "GuestMemory"]),
        .testTarget(name: "LinuxProcessTests", dependencies: ["CHost", "Semantics", "GuestMemory", "Execution", "LinuxProcess"]),
        .testTarget(
            name: "VirtualMachineTests",
            dependencies: ["ChildProcess", "CHost", "LoongArch", "Semantics", "GuestMemory", "Execution", "Interpreter", "Translator", "GCCBackend", "VirtualMachine"]),
        .testTarget(
            name: "PerfHistoryTests", dependencies: ["PerfHistory", .product(name: "GRDB", package: "GRDB.swift")], resources: [.copy("published-series.json")]),
        .testTarget(name: "DashboardTests", dependencies: ["PerfHistory", "Dashboard"]),
        .testTarget(name: "CompilationTests", dependencies: ["ChildProcess", "LoongArch", "Execution", "Translator", "GCCBackend"]),
        .testTarget(name: "LoongArchTests", dependencies: ["ChildProcess", "LoongArch"]),
        .testTarget(name: "ArchitectureTests"),
        // It runs the executable, which is built along with all tests; as a dependency it would bring in how it is linked.
        .testTarget(name: "CommandLineTests", dependencies: ["ChildProcess", "LoongArch", "PerfHistory"], resources: [.copy("scalar-vectors.jsonl")]),
    ],
    swiftLanguageModes: [.v5]
)
