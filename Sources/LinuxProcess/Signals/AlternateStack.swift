/// The guest's alternate signal stack (`stack_t`), per thread.
package struct AlternateStack: Equatable, BitwiseCopyable {
    package static let onStack: UInt32 = 1
    package static let disabled: UInt32 = 2
    package static let autoDisarm: UInt32 = 1 << 31
    /// The kernel's smallest one on LoongArch, in bytes.
    package static let minimumSize: UInt64 = 4096

    package var pointer: UInt64 = 0
    package var flags: UInt32 = disabled
    package var padding: UInt32 = 0
    package var size: UInt64 = 0

    package init(pointer: UInt64 = 0, flags: UInt32 = disabled, padding: UInt32 = 0, size: UInt64 = 0) {
        (self.pointer, self.flags, self.padding, self.size) = (pointer, flags, padding, size)
    }

    /// Whether a stack pointer lies on it.
    package func contains(_ stackPointer: UInt64) -> Bool {
        size > 0 && flags & Self.disabled == 0 && stackPointer > pointer && stackPointer - pointer <= size
    }

    /// What `sigaltstack` and signal frames show: the flags with SS_ONSTACK if it is in use.
    package func shown(at stackPointer: UInt64) -> AlternateStack {
        var result = self
        if contains(stackPointer) { result.flags |= Self.onStack }
        if size == 0 { result.flags |= Self.disabled }
        return result
    }
}
