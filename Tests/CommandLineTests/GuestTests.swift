import Foundation
import Testing

/// The built-in guests, at the small scale of their manifest.
@Suite struct GuestTests {
    struct Guest: Decodable, Sendable, CustomTestStringConvertible {
        struct Small: Decodable, Sendable {
            let scale: Int
            let expected: String
        }
        let name: String
        let kind: String
        let small: Small
        var testDescription: String { name }
    }

    private struct Manifest: Decodable { let guests: [Guest] }

    private struct Report: Decodable {
        let engine: String
        let exit_status: Int32
        let instructions_retired: UInt64
        let instructions_interpreted: UInt64
        let instructions_translated: UInt64
        let regions_compiled: UInt64
        let regions_from_cache: UInt64
        let compile_seconds: Double
        let guest_seconds: Double
        let wall_seconds: Double
        let exits: [String: UInt64]
    }

    static let all: [Guest] = {
        guard let data = try? Data(contentsOf: Fixture.guests.appendingPathComponent("manifest.json")) else { return [] }
        return (try? JSONDecoder().decode(Manifest.self, from: data))?.guests ?? []
    }()

    @Test func guestsAreFound() { #expect(Self.all.count >= 11) }

    @Test(arguments: all)
    func enginesAgree(guest: Guest) throws {
        let directory = try TemporaryDirectory()
        var retired: Set<UInt64> = []
        for engine in Fixture.runners {
            let file = directory.path("\(engine).json")
            let result = try LongmaCommand(["run"] + Fixture.options(engine) + ["--json", file, Fixture.guest(guest.name), "\(guest.small.scale)"])
            #expect(result.status == 0, "\(engine): \(result.error)")
            #expect(result.output == guest.small.expected + "\n", "\(engine)")
            let report = try JSONDecoder().decode(Report.self, from: Data(contentsOf: URL(fileURLWithPath: file)))
            #expect(report.engine == (["stencil", "tiers"].contains(engine) ? "jit" : engine))
            #expect(report.instructions_interpreted + report.instructions_translated == report.instructions_retired, "\(engine)")
            #expect(report.guest_seconds <= report.wall_seconds)
            if engine == "interpreter" {
                #expect(report.instructions_translated == 0 && report.regions_compiled == 0 && report.compile_seconds == 0)
            }
            if ["jit", "stencil", "tiers"].contains(engine) { #expect(report.instructions_translated > report.instructions_interpreted) }
            retired.insert(report.instructions_retired)
        }
        if guest.kind != "threads" { #expect(retired.count == 1, "retired: \(retired.sorted())") }
    }

    @Test func benchMeasures() throws {
        let result = try LongmaCommand(["bench", "--small", "--engines", "interpreter", "--workloads", "sieve,matmul", "--runs", "2", "--json", "-"])
        #expect(result.status == 0, "\(result.error)")
        let json = try #require(try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
        let workloads = try #require(json["workloads"] as? [[String: Any]])
        #expect(workloads.map { $0["name"] as? String } == ["sieve", "matmul"])
        #expect(workloads.allSatisfy { ($0["instructions"] as? Int ?? 0) > 10_000 })
    }

    @Test func benchComparesWithNativeCode() throws {
        let result = try LongmaCommand(["bench", "--small", "--engines", "interpreter", "--workloads", "sieve", "--runs", "1", "--against", "native"])
        #expect(result.status == 0, "\(result.error)")
        #expect(result.output.contains("interpreter/native") && result.output.contains("geometric mean"))
        #expect(!result.output.contains("\u{1b}") && !result.error.contains("\u{1b}"))
    }

    @Test(.enabled(if: Fixture.has("qemu-loongarch64"), "skipped: needs qemu-loongarch64"))
    func benchComparesWithQEMU() throws {
        let result = try LongmaCommand(["bench", "--small", "--engines", "interpreter", "--workloads", "sieve", "--runs", "1", "--against", "qemu"])
        #expect(result.status == 0, "\(result.error)")
        #expect(result.output.contains("interpreter/qemu"))
    }
}
