import Foundation
import Testing

/// What shows translated code: `longma hot`, `--perf-map`, `--log regions`.
@Suite struct HotTests {
    /// A program of two loops, of which `busy` takes nine tenths of the instructions; it ends with status 7.
    private static func program(_ directory: TemporaryDirectory) throws -> String {
        let source = try directory.file(
            "loops.s",
            """
            _start: li.w $s0, 3000
            again: li.w $a0, 5000
            idle: addi.d $a0, $a0, -1
             bnez $a0, idle
             li.w $a0, 15000
             li.w $a3, 0
             addi.d $sp, $sp, -16
            busy: st.d $a0, $sp, 0
             ld.d $a2, $sp, 0
             xor $a3, $a3, $a2
             addi.d $a2, $a2, 3
             addi.d $a0, $a0, -1
             bnez $a0, busy
             addi.d $sp, $sp, 16
             addi.d $s0, $s0, -1
             bnez $s0, again
             li.w $a0, 7
             li.w $a7, 93
             syscall 0

            """)
        let program = directory.path("loops")
        #expect(try LongmaCommand(["assemble", source, "-o", program]).status == 0)
        return program
    }

    private struct Report: Decodable {
        struct Region: Decodable {
            let name: String
            let samples: Int
            let share: Double
        }
        let samples: Int
        let samples_elsewhere: Int
        let regions: [Region]
    }

    @Test func findsTheHotLoop() throws {
        let directory = try TemporaryDirectory()
        let program = try Self.program(directory)
        let json = directory.path("hot.json")
        let result = try LongmaCommand(["hot", "--engine", "jit", "--top", "1", "--json", json, program])
        if result.error.contains("ptrace") {
            print("skipped: needs ptrace")
            return
        }
        #expect(result.status == 7 && result.error.isEmpty, "\(result.error)")
        let report = try JSONDecoder().decode(Report.self, from: Data(contentsOf: URL(fileURLWithPath: json)))
        #expect(report.samples == report.samples_elsewhere + report.regions.reduce(0) { $0 + $1.samples })
        let hottest = try #require(report.regions.first)
        #expect(hottest.share > 0.3, "\(report)")
        #expect(["_start", "again", "busy", "idle"].contains { hottest.name.hasPrefix($0) }, "\(hottest.name)")
        #expect(result.output.contains("ld.d") && result.output.contains(" | "), "\(result.output)")
        if Fixture.has("objdump") {
            #expect(result.output.contains("mov") && result.output.contains("# of 0x"), "\(result.output)")
        } else {
            #expect(result.output.contains("hexadecimal"))
        }
    }

    /// If the process ends just when one thread is waited for, the kernel holds that thread's report back until those of all other traced threads are taken.
    @Test func endsWithTheProgramWhateverItsThreadsDo() throws {
        let directory = try TemporaryDirectory()
        let program = try Self.program(directory)
        for _ in 0..<8 {
            let result = try LongmaCommand(["hot", "--engine", "jit", "--top", "1", program])
            #expect(result.status == 7 || result.error.contains("ptrace"), "\(result.error)")
        }
    }

    @Test func saysWhatIsMissing() throws {
        let result = try LongmaCommand(["hot", "/nonexistent/program"])
        #expect(result.status == 65 && result.error.contains("/nonexistent/program"), "\(result.error)")
    }

    @Test func theMapAndTheLogNameTheGuestsSymbols() throws {
        let directory = try TemporaryDirectory()
        let program = try Self.program(directory)
        let cache = directory.path("cache")
        for origin in ["compiled", "from the cache"] {
            let result = try LongmaCommand(
                "/bin/sh", ["-c", "echo $$; exec \(LongmaCommand.path) run --engine jit --tier region --cache \(cache) --perf-map --log regions \(program)"])
            #expect(result.status == 7)
            let lines = result.error.split(separator: "\n")
            #expect(!lines.isEmpty && lines.allSatisfy { $0.hasPrefix("longma: region ") && $0.hasSuffix(origin) }, "\(result.error)")
            let path = "/tmp/perf-\(result.output.trimmingCharacters(in: .whitespacesAndNewlines)).map"
            let map = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
            unlink(path)
            #expect(map.count == lines.count)
            #expect(map.contains { $0.hasSuffix(" guest:_start") }, "\(map)")
            for line in map {
                let fields = line.split(separator: " ")
                #expect(fields.count == 3 && UInt64(fields[0], radix: 16)! > 0 && UInt64(fields[1], radix: 16)! > 0, "\(line)")
            }
        }
    }
}
