import CHost
import CLibGCCJIT

/// One libgccjit context with the types that translated code needs. Types are made once per context: the library compares them by identity.
final class CompilationContext {
    let library: LibGCCJIT
    let context: OpaquePointer
    let u64: OpaquePointer
    let i64: OpaquePointer
    let u32: OpaquePointer
    let i32: OpaquePointer
    let u16: OpaquePointer
    let i16: OpaquePointer
    let u8: OpaquePointer
    let i8: OpaquePointer
    let u128: OpaquePointer
    let i128: OpaquePointer
    let bool: OpaquePointer
    let double: OpaquePointer
    /// 128 bits, as two words.
    let vector: OpaquePointer
    let u64Pointer: OpaquePointer
    let u8Pointer: OpaquePointer
    let doublePointer: OpaquePointer
    let vectorPointer: OpaquePointer
    /// `u64 region(u64 cpu, u64 pc)`, also the shape of a helper for instructions.
    let regionPointer: OpaquePointer
    /// `u64 helper(u64, u64)` and `u64 helper(u64 cpu, u64, u64, u64 pc)`.
    let helper4Pointer: OpaquePointer
    /// Instructions left, in r15 throughout (see EnterCode.c).
    let fuel: OpaquePointer
    /// `LongmaCPU.pages`, in r14 throughout regions of a core with address translation; nil elsewhere. It is the same as long as the core's context is. As a
    /// local it was what the compiler kept on the stack, and the way to a loaded value begins with it.
    let pages: OpaquePointer?

    /// Options measured in the engine-design article: -Og with two passes added costs a third of -O2 and gives as fast code.
    static let regionOptions = [
        "-Og", "-ftree-bit-ccp", "-ftree-vrp", "-fno-strict-aliasing", "-fno-delete-null-pointer-checks", "-fwrapv", "-fno-finite-loops",
        "-fno-asynchronous-unwind-tables", "-fno-stack-protector", "-fcf-protection=none", "-ffp-contract=off", "-frounding-math",
        "-fsignaling-nans", "-fno-math-errno", "-mcx16", "-march=x86-64-v3", "-mno-red-zone", "--param=case-values-threshold=29",
        "--param=ggc-min-heapsize=32768", "--param=ggc-min-expand=10",
    ]

    init(_ library: LibGCCJIT, options: [String] = regionOptions, isMapped: Bool = false) {
        self.library = library
        context = library.acquire()!
        library.setInt(context, GCC_JIT_INT_OPTION_OPTIMIZATION_LEVEL, 1)
        library.allowUnreachableBlocks(context, 1)
        library.printErrors(context, 0)
        for option in options { library.addOption(context, option) }
        let context = self.context
        func integer(_ bytes: Int32, _ signed: Int32) -> OpaquePointer { library.intType(context, bytes, signed)! }
        u64 = integer(8, 0)
        i64 = integer(8, 1)
        u32 = integer(4, 0)
        i32 = integer(4, 1)
        u16 = integer(2, 0)
        i16 = integer(2, 1)
        u8 = integer(1, 0)
        i8 = integer(1, 1)
        u128 = integer(16, 0)
        i128 = integer(16, 1)
        bool = library.type(context, GCC_JIT_TYPE_BOOL)!
        double = library.type(context, GCC_JIT_TYPE_DOUBLE)!
        vector = library.vectorType(u64, 2)!
        vectorPointer = library.pointer(vector)!
        u64Pointer = library.pointer(u64)!
        u8Pointer = library.pointer(u8)!
        doublePointer = library.pointer(double)!
        var two: [OpaquePointer?] = [u64, u64]
        regionPointer = library.functionPointerType(context, nil, u64, 2, &two, 0)!
        var four: [OpaquePointer?] = [u64, u64, u64, u64]
        helper4Pointer = library.functionPointerType(context, nil, u64, 4, &four, 0)!
        // Only an exported global keeps its register: an internal one is miscompiled silently.
        fuel = library.global(context, nil, GCC_JIT_GLOBAL_EXPORTED, i64, "longma_fuel")!
        library.setRegister(fuel, "r15")
        pages = isMapped ? library.global(context, nil, GCC_JIT_GLOBAL_EXPORTED, u64, "longma_pages") : nil
        if let pages { library.setRegister(pages, "r14") }
    }

    deinit { library.release(context) }

    func constant(_ value: UInt64) -> OpaquePointer { library.constantLong(context, u64, Int(bitPattern: UInt(value)))! }
    func constant(_ value: UInt64, _ type: OpaquePointer) -> OpaquePointer { library.constantLong(context, type, Int(bitPattern: UInt(value)))! }
    func value(_ lvalue: OpaquePointer) -> OpaquePointer { library.lvalueRValue(lvalue)! }
    func cast(_ value: OpaquePointer, _ type: OpaquePointer) -> OpaquePointer { library.cast(context, nil, value, type)! }
    func bitcast(_ value: OpaquePointer, _ type: OpaquePointer) -> OpaquePointer { library.bitcast(context, nil, value, type)! }

    func binary(_ operation: gcc_jit_binary_op, _ a: OpaquePointer, _ b: OpaquePointer, _ type: OpaquePointer? = nil) -> OpaquePointer {
        library.binary(context, nil, operation, type ?? u64, a, b)!
    }
    func unary(_ operation: gcc_jit_unary_op, _ a: OpaquePointer) -> OpaquePointer { library.unary(context, nil, operation, u64, a)! }
    func compare(_ operation: gcc_jit_comparison, _ a: OpaquePointer, _ b: OpaquePointer) -> OpaquePointer {
        library.comparison(context, nil, operation, a, b)!
    }

    /// Memory at a host address held in a word.
    func memory(_ address: OpaquePointer, _ pointerType: OpaquePointer) -> OpaquePointer {
        library.dereference(bitcast(address, pointerType), nil)!
    }

    /// Compiles everything to assembly text.
    func compile(to path: String) throws(CompilationFailure) {
        library.compileToFile(context, GCC_JIT_OUTPUT_KIND_ASSEMBLER, path)
        if let error = library.firstError(context) { throw CompilationFailure(reason: String(cString: error)) }
    }

    struct CompilationFailure: Error { let reason: String }
}
