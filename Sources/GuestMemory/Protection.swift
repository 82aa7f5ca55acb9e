/// What the guest may do with a page; the raw values of the first three are those of `PROT_READ`, `PROT_WRITE` and `PROT_EXEC`.
public struct Protection: OptionSet, Hashable, Sendable {
    public let rawValue: UInt8

    public init(rawValue: UInt8) { self.rawValue = rawValue }

    public static let read = Protection(rawValue: 1)
    public static let write = Protection(rawValue: 2)
    public static let execute = Protection(rawValue: 4)
    /// A shared mapping (`MAP_SHARED`): what it holds may also change through another one. Mappings keep this whatever `mprotect` does.
    public static let shared = Protection(rawValue: 8)

    /// The protection bits for the host's `mmap` and `mprotect`: guest code is data to the host, read and never executed.
    public var host: UInt64 {
        var bits = UInt64(rawValue & 3)
        if contains(.execute) { bits |= 1 }
        return bits
    }
}
