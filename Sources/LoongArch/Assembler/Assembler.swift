/// Turns assembly text into bytes.
///
/// The source holds labels (`name:`, `1:` with `1b` and `1f`), all mnemonics of the instruction table, LLVM's aliases,
/// pseudo-instructions (`li.w`, `li.d`, `la.local`, `bgez`, …), data directives and `.equ` symbols. Where a branch takes an
/// offset, an address branches there and a plain number is the offset in bytes. Everything goes to one section.
public enum Assembler {
    /// Assembles `source` for `base`, the address of its first byte. `symbols` are numbers that the source may use by name.
    public static func assemble(
        _ source: String, at base: UInt64, symbols: [String: UInt64] = [:]
    ) throws(AssemblerError) -> Assembly {
        var layout = AssemblyLayout(base: base, symbols: symbols)
        for statement in try AssemblyParser.statements(of: source) {
            try layout.add(statement)
        }
        return try layout.assembly()
    }
}

/// What the assembler made.
public struct Assembly: Equatable, Sendable {
    /// The address of the first byte.
    public let base: UInt64
    /// The code and data.
    public let bytes: [UInt8]
    /// The labels' addresses and the values of the symbols that the source defined.
    public let symbols: [String: UInt64]

    /// The bytes as little-endian instruction words; a rest of less than 4 bytes is left out.
    public var words: [UInt32] {
        stride(from: 0, to: bytes.count & ~3, by: 4).map { (start: Int) -> UInt32 in
            bytes[start..<start + 4].reversed().reduce(0) { $0 << 8 | UInt32($1) }
        }
    }
}

/// What is wrong in assembly source.
public struct AssemblerError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The line, counted from 1.
    public let line: Int
    /// What is wrong there.
    public let message: String

    public var description: String { "line \(line): \(message)" }
}
