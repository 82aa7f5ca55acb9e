import Foundation
import Testing

/// A run of a program in `Tests/Programs`, as `cases.json` there lists it.
struct ProgramCase: Decodable, Sendable, CustomTestStringConvertible {
    let name: String
    let program: String
    let arguments: [String]
    let stdin: String?

    static let directory = Fixture.packageDirectory.appendingPathComponent("Tests/Programs")

    var testDescription: String { name }
    var elf: String { Self.directory.appendingPathComponent("\(program).elf").path }
    /// Programs that are too large to keep have a source only.
    var isPresent: Bool { FileManager.default.fileExists(atPath: elf) }

    func expected(_ what: String) throws -> Data { try Data(contentsOf: Self.directory.appendingPathComponent("expected/\(name).\(what)")) }

    static let all: [ProgramCase] = {
        guard let data = try? Data(contentsOf: directory.appendingPathComponent("cases.json")) else { return [] }
        return ((try? JSONDecoder().decode([ProgramCase].self, from: data)) ?? []).filter(\.isPresent)
    }()
}

/// Whole programs, built by zig against musl: they print under every engine what they print natively.
@Suite struct ProgramTests {
    @Test func programsAreFound() { #expect(ProgramCase.all.count > 20) }

    private static let pairs = ProgramCase.all.flatMap { test in Fixture.runners.map { (test, $0) } }

    @Test(arguments: pairs)
    func printsWhatItShould(test: ProgramCase, engine: String) throws {
        let file = test.stdin.map { URL(fileURLWithPath: $0, relativeTo: ProgramCase.directory.appendingPathComponent("x")).path }
        let input = file.flatMap { FileManager.default.contents(atPath: $0) }.map { String(decoding: $0, as: UTF8.self) }
        let result = try LongmaCommand(
            ["run"] + Fixture.options(engine) + ["--timeout", "60", test.elf] + test.arguments, input: input ?? "", environment: ["LONGMA_TEST": "a value"])
        let output = try String(decoding: test.expected("out"), as: UTF8.self)
        let status = try Int32(String(decoding: test.expected("status"), as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines))
        #expect(result.output == output)
        #expect(result.status == status, "\(result.error)")
    }
}
