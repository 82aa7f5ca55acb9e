import CHost
import LoongArch
import Semantics

/// Performs one LSX instruction on the register file in memory. Memory accesses are not here but in the emitter, which knows how to make them.
struct VectorUnit {
    let cpu: UnsafeMutablePointer<LongmaCPU>
    let row: VectorRow
    let i: Instruction
    private let file: UnsafeMutableRawPointer

    init(_ cpu: UnsafeMutablePointer<LongmaCPU>, _ row: VectorRow, _ i: Instruction) {
        self.cpu = cpu
        self.row = row
        self.i = i
        file = UnsafeMutableRawPointer(cpu) + MemoryLayout<LongmaCPU>.offset(of: \.vr)!
    }

    /// Performs the instruction; the exception that it raised, if any.
    func perform() -> GuestException? {
        switch row.family {
        case .lanes: performLanes()
        case .widening: performWidening()
        case .narrowing: performNarrowing()
        case .shuffle: performShuffle()
        case .move: performMove()
        case .float: return performFloat()
        case .memory: fatalError("VectorUnit: memory is the emitter's")
        }
        return nil
    }

    // MARK: Registers

    /// The low 128 bits of vector register `n`. The part above is of the 256-bit registers, which LSX leaves as it is.
    @inline(__always)
    func bits(_ n: UInt8) -> SIMD2<UInt64> { (file + 32 &* Int(n)).load(as: SIMD2<UInt64>.self) }

    @inline(__always)
    func lanes<L>(_ n: UInt8, _ type: L.Type) -> Lanes<L> { Lanes(bits: bits(n)) }

    /// Writes the destination.
    @inline(__always)
    func write(_ bits: SIMD2<UInt64>) { (file + 32 &* Int(i.rd)).storeBytes(of: bits, as: SIMD2<UInt64>.self) }

    /// Writes the destination lane by lane. `lane` must have read its operands into values of its own.
    @inline(__always)
    func result<L: FixedWidthInteger>(_ type: L.Type, _ lane: (Int) -> L) {
        var result = Lanes<L>(bits: .zero)
        for n in 0..<Lanes<L>.count { result[n] = lane(n) }
        write(result.bits)
    }

    func gpr(_ n: UInt8) -> UInt64 { UnsafeMutableRawPointer(cpu).load(fromByteOffset: 8 &* Int(n), as: UInt64.self) }

    func setGPR(_ n: UInt8, _ value: UInt64) {
        if n != 0 { UnsafeMutableRawPointer(cpu).storeBytes(of: value, toByteOffset: 8 &* Int(n), as: UInt64.self) }
    }

    func setFCC(_ n: UInt8, _ value: Bool) {
        UnsafeMutableRawPointer(cpu).storeBytes(of: value ? 1 : 0, toByteOffset: MemoryLayout<LongmaCPU>.offset(of: \.fcc)! + Int(n & 7), as: UInt8.self)
    }
}

/// A 128-bit value as lanes of type `L`, the lowest first.
struct Lanes<L> {
    var bits: SIMD2<UInt64>

    @inline(__always)
    static var count: Int { 16 / MemoryLayout<L>.size }

    @inline(__always)
    init(bits: SIMD2<UInt64>) { self.bits = bits }

    subscript(n: Int) -> L {
        @inline(__always) get { withUnsafeBytes(of: bits) { $0.load(fromByteOffset: n &* MemoryLayout<L>.size, as: L.self) } }
        @inline(__always) set { withUnsafeMutableBytes(of: &bits) { $0.storeBytes(of: newValue, toByteOffset: n &* MemoryLayout<L>.size, as: L.self) } }
    }
}

extension Lanes where L: FixedWidthInteger {
    /// The same value in each lane.
    @inline(__always)
    init(repeating value: L) {
        bits = .zero
        for n in 0..<Self.count { self[n] = value }
    }
}
