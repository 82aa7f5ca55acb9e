import LoongArch
import Semantics

/// What a piece of code means besides its instructions: decoded and translated code belongs to one mode.
public struct CodeMode: Hashable, Sendable {
    /// Units of which `CSR.EUEN` has a bit.
    public struct Units: OptionSet, Hashable, Sendable {
        public let rawValue: UInt8
        public init(rawValue: UInt8) { self.rawValue = rawValue }
        public static let floatingPoint = Units(rawValue: 1)
        public static let lsx = Units(rawValue: 2)
        public static let lasx = Units(rawValue: 4)
        public static let binaryTranslation = Units(rawValue: 8)
    }

    /// Memory is reached through a core's soft TLB, and system instructions are for the core; else this is a Linux process.
    public var isMapped: Bool
    /// Units whose instructions raise FPD, SXD, ASXD or BTD.
    public var disabled: Units

    public init(isMapped: Bool, disabled: Units) {
        self.isMapped = isMapped
        self.disabled = disabled
    }

    /// A Linux process: flat memory, every unit enabled.
    public static let flat = CodeMode(isMapped: false, disabled: [])

    /// What an instruction raises because its unit is switched off.
    public func exception(for opcode: Opcode) -> GuestException? {
        if disabled.isEmpty { return nil }
        switch opcode.form.unit {
        case .floatingPoint: return disabled.contains(.floatingPoint) ? .FPD : nil
        case .lsx: return disabled.contains(.lsx) ? .SXD : nil
        case .lasx: return disabled.contains(.lasx) ? .ASXD : nil
        case .binaryTranslation: return disabled.contains(.binaryTranslation) ? .BTD : nil
        case .base, .privileged, .virtualization: return nil
        }
    }
}
