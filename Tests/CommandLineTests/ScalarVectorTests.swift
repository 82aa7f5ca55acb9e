import Foundation
import Testing

/// Single instructions of the base, floating-point and v1.1 rows against what QEMU user mode and the independent model say: the file is what `oracle.py gen
/// --ext base,fp,la-v1.1 --per-row 2 --seed 2026` wrote, with vector registers cut to the 64 bits that scalar instructions define.
@Suite struct ScalarVectorTests {
    @Test(arguments: Fixture.engines)
    func everyRowGivesWhatTheOracleGave(engine: String) throws {
        let file = try #require(Bundle.module.url(forResource: "scalar-vectors", withExtension: "jsonl"))
        let cases = try String(contentsOf: file, encoding: .utf8).split(separator: "\n").map(Self.object)
        #expect(cases.count > 700)
        let result = try LongmaCommand(["vectors", file.path] + Fixture.options(engine, takesCache: false))
        #expect(result.status == 0, "\(result.error)")
        let lines = result.output.split(separator: "\n")
        try #require(lines.count == cases.count)
        for (line, test) in zip(lines, cases) {
            let differences = Self.differences(test, try Self.object(line))
            #expect(differences.isEmpty, "\(test["name"] ?? "") \(test["words"] ?? ""): \(differences.joined(separator: ", "))")
        }
    }

    private static func object(_ text: Substring) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    }

    private static func number(_ value: Any?) -> UInt64 {
        if let text = value as? String { return UInt64(text.hasPrefix("0x") ? text.dropFirst(2).suffix(16) : text.suffix(16), radix: 16) ?? 0 }
        return (value as? NSNumber)?.uint64Value ?? 0
    }

    /// What of a result is not as expected; bits that the architecture leaves open are not looked at.
    private static func differences(_ test: [String: Any], _ got: [String: Any]) -> [String] {
        let want = test["expect"] as! [String: Any]
        let open = test["open"] as? [String: Any] ?? [:]
        let wanted = want["exc"] as? String
        var found: [String] = []
        // A branch beyond the sentinels ends as MEM at its target here, where the oracle's driver maps more of them.
        let isFarBranch = wanted == nil && got["exc"] as? String == "MEM" && abs(Int64(bitPattern: number(got["pc"]))) > 0x20000
        if !isFarBranch, wanted != got["exc"] as? String { found.append("exception \(got["exc"] ?? "") want \(wanted ?? "none")") }
        for key in ["pc", "fcc", "fcsr"] where number(want[key]) != number(got[key]) { found.append("\(key) \(got[key] ?? "") want \(want[key] ?? "")") }
        for (file, prefix) in [("gpr", "r"), ("vr", "vr")] {
            let (before, after, result) = (test[file] as? [String: Any] ?? [:], want[file] as? [String: Any] ?? [:], got[file] as? [String: Any] ?? [:])
            for n in (0..<32).map(String.init) {
                let expected = number(after[n] ?? before[n])
                let value = number(result[n] ?? before[n])
                if (expected ^ value) & ~number(open[prefix + n]) != 0 { found.append("\(prefix)\(n) \(String(value, radix: 16)) want \(String(expected, radix: 16))") }
            }
        }
        if (want["mem"] as? [String: String] ?? [:]) != (got["mem"] as? [String: String] ?? [:]) { found.append("memory \(got["mem"] ?? "") want \(want["mem"] ?? "")") }
        return found
    }
}
