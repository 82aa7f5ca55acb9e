import CHost
import LoongArch
import Semantics

extension InterpreterEmitter {
    @inlinable @inline(__always) public func bits(_ a: Double) -> UInt64 { a.bitPattern }
    @inlinable @inline(__always) public func float(_ bits: UInt64) -> Double { Double(bitPattern: bits) }

    @inlinable @inline(__always)
    public mutating func arithmetic(_ operation: FloatOperation, _ a: Double, _ b: Double, _ c: Double) -> Double {
        if cpu.pointee.floatTraps != 0 { return Self.checkedArithmetic(cpu, pc, operation, a, b, c) }
        cpu.pointee.pendingFloat = LongmaPendingFloat(operation: FloatPending.code(operation), a: a, b: b, c: c)
        return FloatUnit.evaluate(operation, a, b, c)
    }

    @inline(never) @usableFromInline
    static func checkedArithmetic(
        _ cpu: UnsafeMutablePointer<LongmaCPU>, _ pc: UInt64, _ operation: FloatOperation, _ a: Double, _ b: Double, _ c: Double
    ) -> Double {
        let (result, traps) = FloatUnit.trapped(cpu, operation, a, b, c)
        if traps { fail(cpu, pc, .FPE, address: 0) }
        return result
    }

    @inlinable @inline(__always)
    public mutating func compare(_ predicate: FloatPredicate, _ format: FloatFormat, _ a: Double, _ b: Double) -> Bool {
        if cpu.pointee.floatTraps != 0 { return Self.checkedCompare(cpu, pc, predicate, format, a, b) }
        cpu.pointee.pendingFloat = LongmaPendingFloat(operation: FloatPending.code(predicate, format), a: a, b: b, c: 0)
        return FloatUnit.compare(predicate, format, a, b)
    }

    @inline(never) @usableFromInline
    static func checkedCompare(
        _ cpu: UnsafeMutablePointer<LongmaCPU>, _ pc: UInt64, _ predicate: FloatPredicate, _ format: FloatFormat, _ a: Double, _ b: Double
    ) -> Bool {
        let (result, traps) = FloatUnit.trapped(cpu, predicate, format, a, b)
        if traps { fail(cpu, pc, .FPE, address: 0) }
        return result
    }

    @inlinable @inline(__always) public mutating func readFCSR(_ number: UInt8) -> UInt64 { FloatUnit.readFCSR(cpu, number) }
    @inlinable @inline(__always) public mutating func writeFCSR(_ number: UInt8, _ value: UInt64) { FloatUnit.writeFCSR(cpu, number, value) }
}
