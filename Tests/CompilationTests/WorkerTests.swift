import ChildProcess
import Foundation
import GCCBackend
import LoongArch
import Testing
import Translator

/// Compiler processes, without a guest.
@Suite(.serialized) struct WorkerTests {
    private static let longma = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent().appendingPathComponent("longma").path

    /// Some regions of a few hundred instructions together, the same each time.
    private static let regions = makeRegions(20)

    private static func makeRegions(_ count: Int) -> [Region] {
        (0..<count).map { number in
            let start = 0x10000 + UInt64(number) * 0x1000
            // addi.d and add.d of different registers, then bne back to the start and break.
            var words: [UInt32] = (0..<16).map { 0x02c0_0400 | UInt32($0 + 4) | UInt32(($0 + number) % 16 + 4) << 5 }
            words.append(0x5c00_0000 | UInt32((1 << 16) - words.count) << 10 | 5 | 4 << 5)
            let loop = RegionBlock(start: start, instructions: words.map { Decoder.decode($0)! })
            return Region(entries: [start], blocks: [loop, RegionBlock(start: loop.end, instructions: [Decoder.decode(0x002a_0000)!])])
        }
    }

    /// Gives `body` a lane with its gate closed.
    private static func withLane(_ generator: any CodeGenerator, _ body: (any CodeGeneratorLane) throws -> Void) rethrows {
        let gate = CompilationGate()
        gate.close()
        let lane = generator.makeLane(gate)
        defer {
            lane.close()
            gate.open()
        }
        try body(lane)
    }

    @Test func givesTheCodeThatIsMadeInProcess() throws {
        let own = try GCCCodeGenerator().compile(Self.regions, TranslationOptions(preciseRegisters: true))
        let generator = WorkerCodeGenerator(executable: Self.longma)
        try Self.withLane(generator) { lane in
            for _ in 0..<2 {
                let unit = try lane.compile(Self.regions, TranslationOptions(preciseRegisters: true))
                #expect(unit.code == own.code && unit.functions == own.functions && unit.sites.count == own.sites.count)
            }
        }
        #expect(generator.workersStarted == 1 && generator.workersLost == 0)
    }

    @Test func aDeadWorkerIsReplaced() throws {
        let generator = WorkerCodeGenerator(executable: Self.longma)
        try Self.withLane(generator) { lane in
            try lane.verify()
            let worker = try #require(Self.workers(of: getpid()).first)
            kill(worker, SIGKILL)
            // Either the request finds it dead already, or loses it.
            #expect { try lane.verify() } throws: { ($0 as? CodeGenerationError)?.cause == .lost && "\($0)".contains("signal 9") }
            try lane.verify()
        }
        #expect(generator.workersLost == 1 && generator.workersStarted == 2)
    }

    @Test func whatIsNoWorkerIsAnError() throws {
        for (program, words) in [("/bin/true", "ended"), ("/bin/false", "status 1"), ("/nonexistent", "No such file")] {
            Self.withLane(WorkerCodeGenerator(executable: program, arguments: [program])) { lane in
                #expect { try lane.verify() } throws: { ($0 as? CodeGenerationError)?.cause == .lost && "\($0)".contains(words) }
            }
        }
    }

    /// Neither a child that can be waited for nor a file descriptor is left, and no temporary file.
    @Test func leavesNothingBehind() throws {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent("longma-worker-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let environment = ["TMPDIR": directory.path, "LONGMA_CACHE": "none"]
        #expect(try ChildProcess.run(Self.longma, ["run", "--engine", "jit", Self.guest("sieve"), "1"], environment: environment) == 0)
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path).isEmpty)
    }

    /// What is being compiled when the guest ends is finished, and so is what waits; the next run finds it, and nothing stays.
    @Test func whatIsUnderWayAtTheEndIsKept() throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("longma-cache-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        func open() -> CodeCache {
            CodeCache(directory: CacheDirectory(path: path) { Issue.record("\($0)") }, image: Self.guest("sieve"), kind: "test")
        }
        let generator = WorkerCodeGenerator(executable: Self.longma, keepingIn: open())
        let gate = CompilationGate()
        gate.close()
        let lane = generator.makeLane(gate)
        try lane.verify()
        let worker = try #require(Self.workers(of: getpid()).first)
        let (all, options) = (Self.makeRegions(620), TranslationOptions(preciseRegisters: false))
        Thread.detachNewThread {
            usleep(50_000)
            gate.stop(leaving: (Array(all[600...]), options))
        }
        let began = Date()
        // A second of compiling at least.
        #expect { try lane.compile(Array(all[..<600]), options) } throws: { "\($0)".contains("the guest has ended") }
        lane.close()
        gate.open()
        let left = Date().timeIntervalSince(began)
        #expect(generator.workersLeft == 1 && generator.workersLost == 0)
        #expect(open().isEmpty, "it was finished in \(left) s already")
        for _ in 0..<3000 where kill(worker, 0) == 0 { usleep(10_000) }
        #expect(kill(worker, 0) != 0, "the compiler is still there")
        let kept = open()
        for number in 0..<620 { #expect(kept.regions(at: 0x10000 + UInt64(number) * 0x1000).count == 1) }
    }

    private static func guest(_ name: String) -> String {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../../Sources/longma/Guests/\(name).elf").path
    }

    /// Compilers that `ancestor` has started: they are its grandchildren.
    private static func workers(of ancestor: pid_t) -> [pid_t] {
        func fields(_ process: String) -> (name: String, parent: String)? {
            guard let text = FileManager.default.contents(atPath: "/proc/\(process)/stat").map({ String(decoding: $0, as: UTF8.self) }),
                let open = text.firstIndex(of: "("), let close = text.lastIndex(of: ")")
            else { return nil }
            let rest = text[text.index(after: close)...].split(separator: " ")
            return (String(text[text.index(after: open)..<close]), String(rest[1]))
        }
        let all = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return all.filter { Int($0) != nil }.filter { process in
            guard let own = fields(process), own.name == "longma-compiler" else { return false }
            return fields(own.parent)?.parent == "\(ancestor)"
        }.compactMap { pid_t($0) }
    }
}
