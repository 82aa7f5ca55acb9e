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

    /// What a core allows its code at privilege level 0 to do with control and status registers.
    public struct Privilege: Hashable, Sendable {
        /// The bank that is current.
        public var isGuest: Bool
        /// Root may reach the guest's bank.
        public var hasVirtualization: Bool

        public init(isGuest: Bool, hasVirtualization: Bool) {
            self.isGuest = isGuest
            self.hasVirtualization = hasVirtualization
        }
    }

    /// Of a mapped mode: what translated code may do to registers without asking the machine; nil: nothing.
    public var privilege: Privilege?

    public init(isMapped: Bool, disabled: Units, privilege: Privilege? = nil) {
        self.isMapped = isMapped
        self.disabled = disabled
        self.privilege = privilege
    }

    /// A Linux process: flat memory, every unit enabled.
    public static let flat = CodeMode(isMapped: false, disabled: [])

    /// What an instruction raises because its unit is switched off.
    public func exception(for opcode: Opcode) -> GuestException? {
        if disabled.isEmpty { return nil }
        switch disabled.intersection(Self.unit(of: opcode)) {
        case .floatingPoint: return .FPD
        case .lsx: return .SXD
        case .lasx: return .ASXD
        case .binaryTranslation: return .BTD
        default: return nil
        }
    }

    /// The unit of an instruction if it has a switch.
    public static func unit(of opcode: Opcode) -> Units {
        switch opcode.form.unit {
        case .floatingPoint: .floatingPoint
        case .lsx: .lsx
        case .lasx: .lasx
        case .binaryTranslation: .binaryTranslation
        case .base, .privileged, .virtualization: []
        }
    }
}
