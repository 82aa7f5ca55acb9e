/// What figures were measured on. Figures of different testbeds are never compared.
public struct Testbed: Codable, Hashable, Sendable {
    /// A name given by the user, to keep machines apart that look the same; empty when there is none.
    public var label: String
    /// The processor's model name.
    public var processor: String
    /// The release of the running kernel.
    public var kernel: String
    /// Processors that the process may use.
    public var cores: Int
    /// The version of libgccjit, or `none`.
    public var libgccjit: String

    public init(label: String = "", processor: String, kernel: String, cores: Int, libgccjit: String) {
        self.label = label
        self.processor = processor
        self.kernel = kernel
        self.cores = cores
        self.libgccjit = libgccjit
    }

    /// Eight hexadecimal digits that tell testbeds apart.
    public var id: String {
        let hash = Digest.fnv1a([label, processor, kernel, "\(cores)", libgccjit].joined(separator: "\u{1f}").utf8)
        let digits = String(UInt32(truncatingIfNeeded: hash ^ hash >> 32), radix: 16)
        return String(repeating: "0", count: 8 - digits.count) + digits
    }

    /// One line for people.
    public var summary: String {
        (label.isEmpty ? "" : "\(label): ") + "\(processor), \(cores) \(cores == 1 ? "core" : "cores"), Linux \(kernel), libgccjit \(libgccjit)"
    }

    /// What differs from another testbed, in words; nil when nothing does.
    public func difference(from other: Testbed) -> String? {
        let parts: [(String, String, String)] = [
            ("label", label, other.label), ("processor", processor, other.processor), ("kernel", kernel, other.kernel),
            ("cores", "\(cores)", "\(other.cores)"), ("libgccjit", libgccjit, other.libgccjit),
        ]
        let differing = parts.filter { $0.1 != $0.2 }.map { "\($0.0) \($0.2.isEmpty ? "none" : $0.2) and \($0.1.isEmpty ? "none" : $0.1)" }
        return differing.isEmpty ? nil : differing.joined(separator: ", ")
    }
}

/// A hash that stays the same from run to run, for identities in files. It keeps nobody out.
enum Digest {
    static func fnv1a(_ bytes: some Sequence<UInt8>) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return hash
    }
}
