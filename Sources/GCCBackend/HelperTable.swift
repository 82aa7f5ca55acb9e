import CHost
import Execution
import Interpreter
import LoongArch
import Semantics

/// The host functions that translated code calls, by index in `cpu.helpers`. Entry 0 executes one instruction, entry 1 is a stub, then come changes of mode and the pure functions.
public enum HelperTable {
    /// Index of a pure function.
    static func index(of function: PureFunction) -> Int { firstPure + Int(function.rawValue) }
    /// Index of the stub for accesses that the soft TLB does not settle.
    static let slowAccess = 1
    /// Indices of a core's quick changes of mode.
    static let returnQuickly = 2
    static let exitQuickly = 3
    static let raiseQuickly = 4
    private static let firstPure = 5

    /// Gives `cpu` what translated code needs: the table and the floating-point helper.
    public static func install(in cpu: UnsafeMutablePointer<LongmaCPU>) {
        cpu.pointee.helpers = table
        cpu.pointee.floatHelper = floatStub
    }

    private nonisolated(unsafe) static let table: UnsafeMutablePointer<UnsafeRawPointer?> = {
        longma_set_float_callback(computeFloat)
        let pointers = UnsafeMutablePointer<UnsafeRawPointer?>.allocate(capacity: firstPure + pureFunctions.count)
        pointers[0] = unsafeBitCast(executeInstruction, to: UnsafeRawPointer.self)
        typealias Change = @convention(c) (UnsafeMutablePointer<LongmaCPU>, UInt64, UInt64, UInt64) -> UInt64
        pointers[returnQuickly] = unsafeBitCast(longma_return_quickly as Change, to: UnsafeRawPointer.self)
        pointers[exitQuickly] = unsafeBitCast(longma_exit_quickly as Change, to: UnsafeRawPointer.self)
        pointers[raiseQuickly] = unsafeBitCast(longma_raise_quickly as Change, to: UnsafeRawPointer.self)
        pointers[slowAccess] = unsafeBitCast(longma_slow_access_stub as @convention(c) () -> Void, to: UnsafeRawPointer.self)
        for (index, function) in pureFunctions.enumerated() { pointers[firstPure + index] = unsafeBitCast(function, to: UnsafeRawPointer.self) }
        return pointers
    }()

    private nonisolated(unsafe) static let floatStub = unsafeBitCast(
        longma_float_stub as @convention(c) () -> Void, to: UnsafeRawPointer.self)

    /// Answers 0, or the exit reason of the exception that the instruction raised.
    private static let executeInstruction: @convention(c) (UnsafeMutablePointer<LongmaCPU>, UInt64, UInt64, UInt64) -> UInt64 = { cpu, low, high, pc in
        guard let exception = Interpreter.executeSingle(unsafeBitCast((low, high), to: Instruction.self), at: pc, cpu) else { return 0 }
        return UInt64(LONGMA_EXIT_EXCEPTION) + UInt64(exception.rawValue)
    }

    private static let computeFloat: @convention(c) (UnsafeMutablePointer<LongmaCPU>) -> Void = { cpu in
        let call = cpu.pointee.floatCall
        cpu.pointee.floatResult = FloatUnit.execute(FloatOperation(rawValue: UInt8(call.operation))!, call.a, call.b, call.c)
    }

    private typealias Pure = @convention(c) (UInt64, UInt64) -> UInt64
    /// In the order of `PureFunction`'s raw values.
    private static let pureFunctions: [Pure] = [
        { PureFunction.crc8($0, $1) }, { PureFunction.crc16($0, $1) }, { PureFunction.crc32($0, $1) }, { PureFunction.crc64($0, $1) },
        { PureFunction.crcc8($0, $1) }, { PureFunction.crcc16($0, $1) }, { PureFunction.crcc32($0, $1) }, { PureFunction.crcc64($0, $1) },
        { PureFunction.bitReverse($0, $1) }, { PureFunction.classSingle($0, $1) }, { PureFunction.classDouble($0, $1) },
    ]
}
