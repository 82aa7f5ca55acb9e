import CLibGCCJIT
import Glibc

/// The entry points of libgccjit that the backend uses, found at run time: a host without the library still runs guests, interpreted.
///
/// Loading takes 2 to 3 ms, so it happens at the first compilation.
struct LibGCCJIT: @unchecked Sendable {
    typealias Context = OpaquePointer
    typealias GType = OpaquePointer
    typealias RValue = OpaquePointer
    typealias LValue = OpaquePointer
    typealias Function = OpaquePointer
    typealias BasicBlock = OpaquePointer
    typealias Name = UnsafePointer<CChar>

    let acquire: @convention(c) () -> Context?
    let release: @convention(c) (Context?) -> Void
    let setInt: @convention(c) (Context?, gcc_jit_int_option, Int32) -> Void
    let setBool: @convention(c) (Context?, gcc_jit_bool_option, Int32) -> Void
    let allowUnreachableBlocks: @convention(c) (Context?, Int32) -> Void
    let printErrors: @convention(c) (Context?, Int32) -> Void
    let addOption: @convention(c) (Context?, Name?) -> Void
    let compileToFile: @convention(c) (Context?, gcc_jit_output_kind, Name?) -> Void
    let firstError: @convention(c) (Context?) -> Name?
    let type: @convention(c) (Context?, gcc_jit_types) -> GType?
    let intType: @convention(c) (Context?, Int32, Int32) -> GType?
    let pointer: @convention(c) (GType?) -> GType?
    let vectorType: @convention(c) (GType?, Int) -> GType?
    let functionPointerType: @convention(c) (Context?, OpaquePointer?, GType?, Int32, UnsafeMutablePointer<GType?>?, Int32) -> GType?
    let parameter: @convention(c) (Context?, OpaquePointer?, GType?, Name?) -> OpaquePointer?
    let parameterRValue: @convention(c) (OpaquePointer?) -> RValue?
    let function: @convention(c) (Context?, OpaquePointer?, gcc_jit_function_kind, GType?, Name?, Int32, UnsafeMutablePointer<OpaquePointer?>?, Int32) -> Function?
    let block: @convention(c) (Function?, Name?) -> BasicBlock?
    let global: @convention(c) (Context?, OpaquePointer?, gcc_jit_global_kind, GType?, Name?) -> LValue?
    let setRegister: @convention(c) (LValue?, Name?) -> Void
    let local: @convention(c) (Function?, OpaquePointer?, GType?, Name?) -> LValue?
    let lvalueRValue: @convention(c) (LValue?) -> RValue?
    let constantLong: @convention(c) (Context?, GType?, Int) -> RValue?
    let binary: @convention(c) (Context?, OpaquePointer?, gcc_jit_binary_op, GType?, RValue?, RValue?) -> RValue?
    let unary: @convention(c) (Context?, OpaquePointer?, gcc_jit_unary_op, GType?, RValue?) -> RValue?
    let comparison: @convention(c) (Context?, OpaquePointer?, gcc_jit_comparison, RValue?, RValue?) -> RValue?
    let cast: @convention(c) (Context?, OpaquePointer?, RValue?, GType?) -> RValue?
    let bitcast: @convention(c) (Context?, OpaquePointer?, RValue?, GType?) -> RValue?
    let addressOf: @convention(c) (LValue?, OpaquePointer?) -> RValue?
    let dereference: @convention(c) (RValue?, OpaquePointer?) -> LValue?
    let callThrough: @convention(c) (Context?, OpaquePointer?, RValue?, Int32, UnsafeMutablePointer<RValue?>?) -> RValue?
    let requireTailCall: @convention(c) (RValue?, Int32) -> Void
    let assign: @convention(c) (BasicBlock?, OpaquePointer?, LValue?, RValue?) -> Void
    let evaluate: @convention(c) (BasicBlock?, OpaquePointer?, RValue?) -> Void
    let endConditional: @convention(c) (BasicBlock?, OpaquePointer?, RValue?, BasicBlock?, BasicBlock?) -> Void
    let endJump: @convention(c) (BasicBlock?, OpaquePointer?, BasicBlock?) -> Void
    let endReturn: @convention(c) (BasicBlock?, OpaquePointer?, RValue?) -> Void
    let endVoidReturn: @convention(c) (BasicBlock?, OpaquePointer?) -> Void
    let newCase: @convention(c) (Context?, RValue?, RValue?, BasicBlock?) -> OpaquePointer?
    let endSwitch: @convention(c) (BasicBlock?, OpaquePointer?, RValue?, BasicBlock?, Int32, UnsafeMutablePointer<OpaquePointer?>?) -> Void
    let endAssemblyJump:
        @convention(c) (BasicBlock?, OpaquePointer?, Name?, Int32, UnsafeMutablePointer<BasicBlock?>?, BasicBlock?) -> OpaquePointer?
    let assembly: @convention(c) (BasicBlock?, OpaquePointer?, Name?) -> OpaquePointer?
    let assemblyVolatile: @convention(c) (OpaquePointer?, Int32) -> Void
    let assemblyOutput: @convention(c) (OpaquePointer?, Name?, Name?, LValue?) -> Void
    let assemblyInput: @convention(c) (OpaquePointer?, Name?, Name?, RValue?) -> Void
    let assemblyClobber: @convention(c) (OpaquePointer?, Name?) -> Void
    let versionMajor: @convention(c) () -> Int32
    let versionMinor: @convention(c) () -> Int32

    /// The library, or why it cannot be used.
    static let shared: Result<LibGCCJIT, LibraryError> = Result { () throws(LibraryError) in try LibGCCJIT() }

    struct LibraryError: Error { let reason: String }

    private init() throws(LibraryError) {
        // The name can be overridden to test what a host without the library sees.
        let name = getenv("LONGMA_LIBGCCJIT").map { String(cString: $0) } ?? "libgccjit.so.0"
        guard let handle = dlopen(name, RTLD_NOW | RTLD_LOCAL) else {
            throw LibraryError(reason: "libgccjit cannot be loaded (\(String(cString: dlerror()))); mend it with: apt-get install libgccjit-12-dev")
        }
        func entry<T>(_ symbol: String) throws(LibraryError) -> T {
            guard let address = dlsym(handle, "gcc_jit_" + symbol) else {
                throw LibraryError(reason: "this libgccjit is too old: it lacks gcc_jit_\(symbol); version 12 or newer is needed")
            }
            return unsafeBitCast(address, to: T.self)
        }
        acquire = try entry("context_acquire")
        release = try entry("context_release")
        setInt = try entry("context_set_int_option")
        setBool = try entry("context_set_bool_option")
        allowUnreachableBlocks = try entry("context_set_bool_allow_unreachable_blocks")
        printErrors = try entry("context_set_bool_print_errors_to_stderr")
        addOption = try entry("context_add_command_line_option")
        compileToFile = try entry("context_compile_to_file")
        firstError = try entry("context_get_first_error")
        type = try entry("context_get_type")
        intType = try entry("context_get_int_type")
        pointer = try entry("type_get_pointer")
        vectorType = try entry("type_get_vector")
        functionPointerType = try entry("context_new_function_ptr_type")
        parameter = try entry("context_new_param")
        parameterRValue = try entry("param_as_rvalue")
        function = try entry("context_new_function")
        block = try entry("function_new_block")
        global = try entry("context_new_global")
        setRegister = try entry("lvalue_set_register_name")
        local = try entry("function_new_local")
        lvalueRValue = try entry("lvalue_as_rvalue")
        constantLong = try entry("context_new_rvalue_from_long")
        binary = try entry("context_new_binary_op")
        unary = try entry("context_new_unary_op")
        comparison = try entry("context_new_comparison")
        cast = try entry("context_new_cast")
        bitcast = try entry("context_new_bitcast")
        addressOf = try entry("lvalue_get_address")
        dereference = try entry("rvalue_dereference")
        callThrough = try entry("context_new_call_through_ptr")
        requireTailCall = try entry("rvalue_set_bool_require_tail_call")
        assign = try entry("block_add_assignment")
        evaluate = try entry("block_add_eval")
        endConditional = try entry("block_end_with_conditional")
        endJump = try entry("block_end_with_jump")
        endReturn = try entry("block_end_with_return")
        endVoidReturn = try entry("block_end_with_void_return")
        newCase = try entry("context_new_case")
        endSwitch = try entry("block_end_with_switch")
        endAssemblyJump = try entry("block_end_with_extended_asm_goto")
        assembly = try entry("block_add_extended_asm")
        assemblyVolatile = try entry("extended_asm_set_volatile_flag")
        assemblyOutput = try entry("extended_asm_add_output_operand")
        assemblyInput = try entry("extended_asm_add_input_operand")
        assemblyClobber = try entry("extended_asm_add_clobber")
        versionMajor = try entry("version_major")
        versionMinor = try entry("version_minor")
    }
}
