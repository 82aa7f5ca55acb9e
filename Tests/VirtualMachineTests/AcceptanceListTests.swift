import Foundation
import Testing

/// Every acceptance test of `lvz.md` section 14 is here under its number.
@Suite struct AcceptanceListTests {
    /// The numbers of the list but T230, the boot of Linux in Linux, which runs the program: `LinuxTests`.
    static let numbers: [Int] =
        [1...11, 20...47, 60...70, 80...92, 100...111, 120...145, 150...176, 180...189, 190...205, 210...229].flatMap(Array.init)
    /// Those that cannot be tested yet, and why.
    static let missing: [Int: String] = [:]

    @Test func everyNumberHasATest() throws {
        #expect(Self.numbers.count == 174)
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().resolvingSymlinksInPath()
        let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil).filter { $0.pathExtension == "swift" }
        var found: [Int: Int] = [:]
        for file in files {
            let text = try String(contentsOf: file, encoding: .utf8)
            for match in text.matches(of: #/@Test\(arguments: EngineKind\.allCases\) func T([0-9]{3})_/#) { found[Int(match.1)!, default: 0] += 1 }
        }
        let boot = folder.deletingLastPathComponent().appendingPathComponent("CommandLineTests/LinuxTests.swift")
        #expect(try String(contentsOf: boot, encoding: .utf8).contains("func T230_rootAndGuestReachUserSpace("))
        for number in Self.numbers where Self.missing[number] == nil { #expect(found[number] == 1, "T\(number) has \(found[number] ?? 0) tests") }
        for number in found.keys { #expect(Self.numbers.contains(number) && Self.missing[number] == nil, "T\(number) is not in the list, or not missing") }
    }
}
