import ChildProcess
import Foundation
import LoongArch
import Testing

/// Comparison with LLVM 19, an implementation that shares nothing with ours.
@Suite(.enabled(if: LLVM.isInstalled, "needs llvm-mc-19"))
struct LLVMTests {
    /// The rows that LLVM 19 lacks.
    private static let unknown: Set<Opcode> = [
        .vfscaleb_s, .vfscaleb_d, .xvfscaleb_s, .xvfscaleb_d, .vmepatmsk_v, .xvmepatmsk_v,
        .gtlbclr, .gtlbsrch, .gtlbrd, .gtlbwr, .gtlbfill,
    ]

    /// Words of all rows that LLVM knows; operands that LLVM refuses are steered around.
    private static func sample(perRow: Int) -> [UInt32] {
        var generator = SeededGenerator(seed: SeededGenerator.seed)
        var words: [UInt32] = []
        for form in InstructionTable.forms where !unknown.contains(form.opcode) {
            for var word in form.cornerWords + (0..<perRow).map({ _ in form.randomWord(using: &generator) }) {
                // LLVM has four control registers.
                for operand in form.operands where operand.kind == .floatControl { word &= ~(operand.mask & operand.mask << 2) }
                words.append(word)
            }
        }
        return Array(Set(words)).sorted()
    }

    @Test func disassemblyIsTheSame() throws {
        let words = Self.sample(perRow: 8)
        let theirs = try LLVM.disassemble(words)
        var rows = Set<Opcode>()
        for word in words {
            guard let instruction = Decoder.decode(word) else { continue }
            // LLVM's own decoder refuses nothing else of the sample.
            #expect(theirs[word] == Disassembler.text(instruction), "\(String(word, radix: 16))")
            rows.insert(instruction.opcode)
        }
        #expect(rows.count == InstructionTable.count - Self.unknown.count)
    }

    @Test func bothAssemblersAgree() throws {
        let words = Self.sample(perRow: 4).filter { word in
            let opcode = Decoder.decode(word)!.opcode
            // LLVM refuses am* whose rd is one of the sources, and bit ranges upside down.
            if opcode.mnemonic.hasPrefix("am") { return word & 31 != word >> 5 & 31 && word & 31 != word >> 10 & 31 }
            if opcode.mnemonic.hasPrefix("bstr") { return word >> 16 & 31 >= word >> 10 & 31 && word >> 21 & 1 >= word >> 15 & 1 }
            return true
        }
        let lines = words.map { Disassembler.text(word: $0) }
        let theirs = try LLVM.assemble(lines)
        #expect(theirs.count == words.count)
        for (index, (word, other)) in zip(words, theirs).enumerated() where word != other {
            Issue.record("\(lines[index]): \(String(word, radix: 16)), LLVM \(String(other, radix: 16))")
        }
    }

    @Test func pseudoInstructionsAreTheSame() throws {
        let lines = [
            "nop", "ret", "jr $t0", "move $a0, $s9", "bltz $a0, 8", "bgtz $a0, 8", "blez $a0, 8", "bgez $a0, 8",
            "bgt $a0, $a1, 8", "ble $a0, $a1, 8", "bgtu $a0, $a1, 8", "bleu $a0, $a1, 8", "li.w $a0, 0x12345678",
            "li.d $a0, 0x123456789abcdef0", "li.w $a0, -1", "li.d $a0, 0x7ff0000000000000", "li.d $a0, 0x80000000",
        ]
        let ours = try Assembler.assemble(lines.joined(separator: "\n"), at: 0).words
        #expect(try LLVM.assemble(lines) == ours)
    }
}

/// Runs llvm-mc-19.
private enum LLVM {
    static let path = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map { "\($0)/llvm-mc-19" }
        .first { FileManager.default.isExecutableFile(atPath: $0) }
    static var isInstalled: Bool { path != nil }
    static let options = ["--triple=loongarch64", "--show-encoding", "--mattr=+f,+d,+lsx,+lasx,+lbt,+lvz,+frecipe,+ual"]

    /// LLVM's text by word; words that it does not know are left out.
    static func disassemble(_ words: [UInt32]) throws -> [UInt32: String] {
        let lines = words.map { word in
            (0..<4).map { "0x" + String(word >> ($0 * 8) & 0xff, radix: 16) }.joined(separator: " ")
        }
        return Dictionary(try run(["--disassemble"], lines), uniquingKeysWith: { first, _ in first })
    }

    /// LLVM's words for assembly lines.
    static func assemble(_ lines: [String]) throws -> [UInt32] {
        try run([], lines).map(\.0)
    }

    private static func run(_ arguments: [String], _ lines: [String]) throws -> [(UInt32, String)] {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("longma-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let (input, output) = (folder.appendingPathComponent("input"), folder.appendingPathComponent("output"))
        try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: input)
        _ = try ChildProcess.run(path ?? "llvm-mc-19", options + arguments + [input.path], output: output.path)
        // Lines such as `	add.w	$a0, $a1, $a2  # encoding: [0xa4,0x18,0x10,0x00]`.
        return String(decoding: try Data(contentsOf: output), as: UTF8.self).split(separator: "\n").compactMap { line in
            guard let marker = line.range(of: "# encoding: [") else { return nil }
            let bytes = line[marker.upperBound...].dropLast().split(separator: ",").compactMap { UInt32($0.dropFirst(2), radix: 16) }
            guard bytes.count == 4 else { return nil }
            let text = line[..<marker.lowerBound].split(whereSeparator: \.isWhitespace).joined(separator: " ")
            return (bytes.reversed().reduce(0) { $0 << 8 | $1 }, text)
        }
    }
}
