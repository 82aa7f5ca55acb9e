/// What a hole of a stencil is filled with: an index into the values that the patcher has at hand for an instruction.
public enum HoleValue {
    /// The constants of an instruction's semantics, in the order in which they are asked for.
    public static let constants = 0..<8
    /// The instruction's address; instructions of its block from it on; its decoded form as two words.
    public static let pc = 8
    public static let unexecuted = 9
    public static let recordLow = 10
    public static let recordHigh = 11
    /// Offsets in `LongmaCPU` of the floating-point registers and condition flags that the fields rd, rj, rk, ra name.
    public static let float = (rd: 12, rj: 13, rk: 14, ra: 15)
    public static let flag = (rd: 16, rj: 17, ra: 18)
    /// Offset in `LongmaCPU` of a general register: of any one, of the one that rd names.
    public static let general = 19
    public static let generalRD = 20
    /// The block's number of instructions; the number of an edge.
    public static let count = 21
    public static let edge = 22
    /// Where to jump: when a condition holds, or else; how to leave translated code. Then the stencil's own two parts.
    public static let taken = 23
    public static let other = 24
    public static let leave = 25
    public static let common = 26
    public static let rare = 27
    /// A region's code; where a countdown is.
    public static let code = 28
    public static let countdown = 29
    /// A value of `LongmaCPU.exitReason`.
    public static let reason = 30
    public static let number = 31
}

/// A place in a stencil that gets a value.
@frozen
public struct StencilHole {
    /// Offset into its part.
    public var position: UInt16
    /// Index of the value.
    public var value: UInt8
    /// Bytes (1, 4 or 8) in the low four bits, and `relative`, `rare`.
    public var form: UInt8
    /// Added to the value.
    public var addend: Int32

    /// Bits of `form`: relative to the place; in the rare part.
    public static let relative: UInt8 = 0x10
    public static let rare: UInt8 = 0x20

    public init(position: UInt16, value: UInt8, form: UInt8, addend: Int32) {
        self.position = position
        self.value = value
        self.form = form
        self.addend = addend
    }
}

/// A byte of a stencil that holds bits of a host register's number.
@frozen
public struct StencilRegister {
    /// Offset into its part; bit 15: the rare one.
    public var position: UInt16
    /// Operand: 0 what is written, 1 rj, 2 rk, 3 rd as it was.
    public var operand: UInt8
    /// A `RegisterField`.
    public var field: UInt8

    /// Bit of `position`.
    public static let rare: UInt16 = 0x8000

    public init(position: UInt16, operand: UInt8, field: UInt8) {
        self.position = position
        self.operand = operand
        self.field = field
    }
}

/// Where in a byte bits of a register's number lie: 0 to 5, the low three from that bit on; 8 to 15, bit 3 at that bit less 8.
public enum RegisterField {
    public static let count = 16

    /// What register `register` changes in a byte that is encoded for register 0; inverted fields are no different.
    public static func bits(_ field: UInt8, _ register: UInt8) -> UInt8 { field < 8 ? (register & 7) << field : (register >> 3) << (field - 8) }
}

/// A host instruction of a stencil that may fault.
@frozen
public struct StencilSite {
    /// Offset into its part; bit 15: the rare one.
    public var position: UInt16
    /// 1 for a store.
    public var isStore: UInt16

    /// Bit of `position`.
    public static let rare: UInt16 = 0x8000

    public init(position: UInt16, isStore: UInt16) {
        self.position = position
        self.isStore = isStore
    }
}

/// Host code for one kind of instruction, with holes: the common part, which runs on into what follows, and a rare part that stands elsewhere.
@frozen
public struct Stencil {
    /// Where the parts are in the library's bytes, and their sizes.
    public var common: UInt32 = 0
    public var rare: UInt32 = 0
    public var commonSize: UInt16 = 0
    public var rareSize: UInt16 = 0
    /// Where its lines are in the library's tables, and how many they are.
    public var holes: UInt32 = 0
    public var registers: UInt32 = 0
    public var sites: UInt32 = 0
    public var holeCount: UInt8 = 0
    public var registerCount: UInt8 = 0
    public var siteCount: UInt8 = 0
    /// Bit n: it has operand n (see `StencilRegister.operand`).
    public var operands: UInt8 = 0
    /// Bit n: operand 0 may be in the register of operand n.
    public var shareable: UInt8 = 0
    public var traits: UInt8 = 0
    /// Bit n: host register n is changed.
    public var clobbers: UInt16 = 0

    /// Bits of `traits`: it has holes for constants; for floating-point registers or flags.
    public static let hasConstants: UInt8 = 1
    public static let hasFloats: UInt8 = 2
    /// It may leave translated code.
    public static let canLeave: UInt8 = 4
    /// It is not for instructions whose rd, unless that is register 0, is rj or rk as well.
    public static let refusesEqual: UInt8 = 8

    public init() {}
}

/// Stencils that are not an instruction's.
public enum SpecialStencil: Int, CaseIterable, Sendable {
    /// In from code that keeps no register; load and store of a general register; copy between host registers.
    case enter, load, store, move
    /// In to code of a mapped mode.
    case enterMapped
    /// Takes a block's instructions from the fuel; leaves if fuel is low; goes elsewhere.
    case count, poll, jump
    /// Leaves when a countdown is over; gives instructions back to the fuel; goes to a region.
    case tally, giveBack, region
    /// Has the interpreter execute an instruction; the same, and goes to the dispatcher behind it.
    case helper, helperBarrier
    /// Raises INE or IPE, what instructions without semantics do.
    case unimplemented, privileged
    /// Raises the exception of a unit that is switched off; asks the machine, in a mapped mode.
    case disabled, system
    /// An edge that leads nowhere yet; where all those go; the way out.
    case openEdge, openEdges, leave
    /// An edge of a mapped mode's code: whoever is come to by it may be another context's engine, and gets the address.
    case openEdgeMapped
}
