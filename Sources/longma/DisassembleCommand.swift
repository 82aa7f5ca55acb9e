import ArgumentParser
import Foundation
import LoongArch

/// `longma disassemble`.
struct DisassembleCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "disassemble", abstract: "Shows LA64 instructions as text: of an ELF file, of a raw file, or of words given in hexadecimal.",
        discussion: """
            An ELF file's executable sections are listed (its executable segments when it has no sections), with symbols as labels. Any other file is \
            taken as raw instruction words. Words are hexadecimal, with or without 0x; a name that is both a word and a file is the file when it has a slash.
            """)

    @Option(help: ArgumentHelp("Address of the first word, of words and raw files.", valueName: "address"))
    var base = "0"

    @Argument(help: ArgumentHelp("A file, or words.", valueName: "file|word"))
    var input: [String]

    func run() throws {
        guard let base = Self.hexadecimal(base) else { throw Failure(.usage, "--base \(base) is not a hexadecimal address") }
        let words = input.map { $0.contains("/") ? nil : Self.hexadecimal($0) }
        if words.allSatisfy({ $0 != nil }) {
            let words = try zip(words, input).map { word, text in
                guard let word = UInt32(exactly: word!) else {
                    throw Failure(.usage, "\(text) has more than 32 bits; an instruction word has at most eight digits")
                }
                return word
            }
            Disassembler.listing(words: words, at: base).forEach { print($0) }
            return
        }
        guard input.count == 1 else {
            let wrong = zip(words, input).first { $0.0 == nil }!.1
            throw Failure(.usage, "\(wrong) is not a hexadecimal word; give one file, or words only")
        }
        try list(file: input[0], base: base)
    }

    private func list(file: String, base: UInt64) throws {
        let data: Data
        do {
            data = try Data(contentsOf: URL(fileURLWithPath: file))
        } catch {
            throw Failure(.badImage, "cannot read \(file) (\(reason(error))); give a file, or words in hexadecimal")
        }
        guard ElfFile.isELF(data) else {
            guard data.count >= 4 else { throw Failure(.badImage, "\(file) holds no instruction word (\(data.count) bytes)") }
            Disassembler.listing(words: Self.words(data), at: base).forEach { print($0) }
            return
        }
        let elf = try ElfFile(data, path: file)
        for (index, code) in elf.code.enumerated() {
            if index > 0 { print("") }
            print("\(code.name):")
            let words = Self.words(code.bytes)
            // Labels stand between stretches that are listed at one go.
            func labels(_ index: Int) -> [String] { elf.symbols[code.address &+ UInt64(index) &* 4] ?? [] }
            let starts = words.indices.filter { $0 == 0 || !labels($0).isEmpty }
            for (start, end) in zip(starts, starts.dropFirst() + [words.count]) {
                labels(start).forEach { print("\n\($0):") }
                Disassembler.listing(words: Array(words[start..<end]), at: code.address &+ UInt64(start) &* 4).forEach { print($0) }
            }
        }
    }

    private static func words(_ data: Data) -> [UInt32] {
        data.withUnsafeBytes { bytes in
            (0..<(bytes.count / 4)).map { UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 4 * $0, as: UInt32.self)) }
        }
    }

    private static func hexadecimal(_ text: String) -> UInt64? {
        let digits = text.hasPrefix("0x") || text.hasPrefix("0X") ? text.dropFirst(2) : text[...]
        guard !digits.isEmpty, digits.allSatisfy(\.isHexDigit) else { return nil }
        return UInt64(digits, radix: 16)
    }
}
