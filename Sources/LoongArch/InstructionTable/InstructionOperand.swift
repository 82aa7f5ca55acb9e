/// One operand of an instruction form: what kind of thing it names and which bits of the word hold it.
public struct InstructionOperand: Equatable, Sendable {
    /// What an operand names.
    public enum Kind: UInt8, Sendable {
        /// `$r0`...`$r31`.
        case general
        /// `$f0`...`$f31`.
        case float
        /// `$vr0`...`$vr31`, 128 bits.
        case vector
        /// `$xr0`...`$xr31`, 256 bits.
        case wideVector
        /// `$fcc0`...`$fcc7`.
        case conditionFlag
        /// `$scr0`...`$scr3`, the binary translation scratch registers.
        case scratch
        /// `$fcsr0`...`$fcsr3`.
        case floatControl
        /// A number that is never negative.
        case unsignedImmediate
        /// A number in two's complement.
        case signedImmediate

        /// Whether the operand is a number and not a register.
        public var isImmediate: Bool { self == .unsignedImmediate || self == .signedImmediate }
    }

    /// A run of bits of the instruction word.
    public struct BitField: Equatable, Sendable {
        /// The lowest bit.
        public let position: UInt8
        /// The number of bits.
        public let width: UInt8

        /// The bits of the word that belong to the field.
        public var mask: UInt32 { ((1 << UInt32(width)) - 1) << UInt32(position) }
    }

    /// What the operand names.
    public let kind: Kind
    /// The field that holds the operand, or its low bits when `highField` is there too.
    public let lowField: BitField
    /// The field that holds the bits above those of `lowField`: branch offsets of 21 and 26 bits have one.
    public let highField: BitField?
    /// The effective value is the field shifted left by this...
    public let shift: UInt8
    /// ...plus this.
    public let addend: UInt8

    /// The number of bits that the operand takes in the word.
    public var width: UInt8 { lowField.width + (highField?.width ?? 0) }

    /// The bits of the word that belong to the operand.
    public var mask: UInt32 { lowField.mask | (highField?.mask ?? 0) }

    /// The effective values that the operand can hold. Only those that differ from `addend` by a multiple of `step` exist.
    public var range: ClosedRange<Int64> {
        let count: Int64 = 1 << Int64(width)
        let low = kind == .signedImmediate ? -(count / 2) : 0
        return ((low << Int64(shift)) + Int64(addend))...(((low + count - 1) << Int64(shift)) + Int64(addend))
    }

    /// The distance between two neighbouring effective values.
    public var step: Int64 { 1 << Int64(shift) }

    /// The effective value of the operand in `word`.
    public func value(in word: UInt32) -> Int64 {
        var field = (word & lowField.mask) >> UInt32(lowField.position)
        if let highField {
            field |= ((word & highField.mask) >> UInt32(highField.position)) << UInt32(lowField.width)
        }
        var value = Int64(field)
        if kind == .signedImmediate && value >> Int64(width - 1) != 0 {
            value -= 1 << Int64(width)
        }
        return (value << Int64(shift)) + Int64(addend)
    }

    /// The bits of a word whose operand has the effective value `value`, or nil when it cannot have it.
    public func bits(of value: Int64) -> UInt32? {
        guard range.contains(value), (value - Int64(addend)) & (step - 1) == 0 else { return nil }
        let field = UInt32(truncatingIfNeeded: (value - Int64(addend)) >> Int64(shift))
        var bits = field << UInt32(lowField.position) & lowField.mask
        if let highField {
            bits |= (field >> UInt32(lowField.width)) << UInt32(highField.position) & highField.mask
        }
        return bits
    }
}
