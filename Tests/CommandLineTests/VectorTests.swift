import Foundation
import Testing

/// `longma vectors` on cases whose results are plain from the manual. The random ones are judged by the oracle.
@Suite struct VectorTests {
    static let cases: [(test: String, result: String)] = [
        // add.w $a1, $a0, $a2, sign-extended
        (
            #"{"words": ["0x00101885"], "gpr": {"4": "0x7fffffff", "6": "0x1"}}"#,
            #"{"pc": 4, "exc": null, "gpr": {"5": "0xffffffff80000000"}, "vr": {}, "fcc": 0, "fcsr": "0x0", "mem": {}}"#
        ),
        // st.h $a1, $a0, 2; ld.b $a2, $a0, 3
        (
            #"{"name": ["a", {"b": "c\"}"}], "words": ["0x29400885", 671091846], "gpr": {"4": "0x60000000", "5": 33023}, "mem": {"2": "1122"}, "fcc": 129}"#,
            #"{"pc": 8, "exc": null, "gpr": {"6": "0xffffffffffffff80"}, "vr": {}, "fcc": 129, "fcsr": "0x0", "mem": {"2": "ff80"}}"#
        ),
        // b -4: lands on a sentinel
        (#"{"words": ["0x53ffffff"]}"#, #"{"pc": -4, "exc": null, "gpr": {}, "vr": {}, "fcc": 0, "fcsr": "0x0", "mem": {}}"#),
        // b 0: does not end
        (#"{"words": ["0x50000000"]}"#, #"{"pc": 0, "exc": "TIMEOUT", "gpr": {}, "vr": {}, "fcc": 0, "fcsr": "0x0", "mem": {}}"#),
        // break 5, in the words
        (#"{"words": ["0x03400000", "0x002a0005"]}"#, #"{"pc": 4, "exc": "BRK", "gpr": {}, "vr": {}, "fcc": 0, "fcsr": "0x0", "mem": {}}"#),
        // no instruction
        (#"{"words": ["0x00000000"]}"#, #"{"pc": 0, "exc": "INE", "gpr": {}, "vr": {}, "fcc": 0, "fcsr": "0x0", "mem": {}}"#),
        // ld.d $a1, $a0, 0 from nowhere; jr $a0 to nowhere
        (#"{"words": ["0x28c00085"], "gpr": {"4": "0x1000"}}"#, #"{"pc": 0, "exc": "MEM", "gpr": {}, "vr": {}, "fcc": 0, "fcsr": "0x0", "mem": {}}"#),
        (
            #"{"words": ["0x03400000", "0x4c000080"], "entry": 4, "gpr": {"4": "0x10000000"}}"#,
            #"{"pc": -805306368, "exc": "MEM", "gpr": {}, "vr": {}, "fcc": 0, "fcsr": "0x0", "mem": {}}"#
        ),
        // amadd.w $a1, $a2, $a0, misaligned
        (#"{"words": ["0x38611885"], "gpr": {"4": "0x60000001"}}"#, #"{"pc": 0, "exc": "ALE", "gpr": {}, "vr": {}, "fcc": 0, "fcsr": "0x0", "mem": {}}"#),
        // fadd.d $fa0, $fa1, $fa2: 1 + 2^-60 is inexact
        (
            #"{"words": ["0x01010820"], "vr": {"1": "0x3ff0000000000000", "2": "0x3c30000000000000"}}"#,
            #"{"pc": 4, "exc": null, "gpr": {}, "vr": {"0": "0x3ff0000000000000"}, "fcc": 0, "fcsr": "0x1010000", "mem": {}}"#
        ),
    ]

    @Test(arguments: Fixture.engines)
    func knownAnswers(engine: String) throws {
        let directory = try TemporaryDirectory()
        let file = try directory.file("cases.jsonl", Self.cases.map(\.test).joined(separator: "\n") + "\n")
        let result = try LongmaCommand(["vectors", file] + Fixture.options(engine, takesCache: false))
        #expect(result.status == 0, "\(result.error)")
        let lines = result.output.split(separator: "\n")
        try #require(lines.count == Self.cases.count)
        for (line, test) in zip(lines, Self.cases) {
            let got = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? NSDictionary
            var want = try JSONSerialization.jsonObject(with: Data(test.result.utf8)) as! [String: Any]
            want["vr"] = (want["vr"] as? [String: String])?.mapValues { "0x" + String(repeating: "0", count: 66 - $0.count) + $0.dropFirst(2) }
            #expect(got == want as NSDictionary, "\(test.test)\ngot  \(line)\nwant \(test.result)")
        }
    }

    @Test func aListIsReadToo() throws {
        let result = try LongmaCommand(["vectors", "-"], input: "[" + Self.cases.map(\.test).joined(separator: ",\n ") + "]\n")
        #expect(result.status == 0)
        #expect(result.output.split(separator: "\n").count == Self.cases.count)
    }

    @Test(arguments: [
        #"{"words": ["0x1"#, #"{"words": ["zz"]}"#, #"{"words": ["0x100000000"]}"#, #"{"words": [1], "gpr": {"32": 1}}"#,
        #"{"words": [1], "mem": {"65535": "0000"}}"#,
        #"{"words": [1], "mem": "123"}"#, "hello", #"{"words" 1}"#, #"{"words": [1], "vr": {"1": "0x1\#(String(repeating: "0", count: 64))"}}"#,
    ])
    func badInput(text: String) throws {
        try LongmaCommand(["vectors", "-"], input: text).expectFailure(65, saying: "line 1")
    }
}
