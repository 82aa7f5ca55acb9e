/// The guest's alternate signal stack (`stack_t`), per thread.
struct AlternateStack: Equatable, BitwiseCopyable {
    static let onStack: UInt32 = 1
    static let disabled: UInt32 = 2
    static let autoDisarm: UInt32 = 1 << 31
    /// The kernel's smallest one on LoongArch, in bytes.
    static let minimumSize: UInt64 = 4096

    var pointer: UInt64 = 0
    var flags: UInt32 = disabled
    var padding: UInt32 = 0
    var size: UInt64 = 0

    /// Whether a stack pointer lies on it.
    func contains(_ stackPointer: UInt64) -> Bool {
        size > 0 && flags & Self.disabled == 0 && stackPointer > pointer && stackPointer - pointer <= size
    }

    /// What `sigaltstack` and signal frames show: the flags with SS_ONSTACK if it is in use.
    func shown(at stackPointer: UInt64) -> AlternateStack {
        var result = self
        if contains(stackPointer) { result.flags |= Self.onStack }
        if size == 0 { result.flags |= Self.disabled }
        return result
    }
}
