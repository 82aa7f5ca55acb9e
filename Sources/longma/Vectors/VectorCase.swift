/// One test vector: instruction words and the state they start from. What is not given is 0.
struct VectorCase {
    /// The instruction words, from `VectorMachine.codeBase` on.
    var words: [UInt32] = []
    /// General registers; element 0 is ignored.
    var gpr = [UInt64](repeating: 0, count: 32)
    /// Vector registers that are not 0; the low 64 bits are the floating-point register.
    var vr: [(number: Int, value: SIMD4<UInt64>)] = []
    var fcc: UInt64 = 0
    var fcsr: UInt64 = 0
    /// What stands in the memory window: offset and bytes.
    var memory: [(offset: Int, bytes: [UInt8])] = []
    /// Offset of the first instruction to run.
    var entry: UInt64 = 0
    /// Instructions after which it counts as endless.
    var fuel: Int64 = VectorMachine.fuel
}
