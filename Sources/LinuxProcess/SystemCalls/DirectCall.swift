import CHost

/// A `PassThrough` call whose arguments are numbers, descriptors and pointers, in a form that costs next to nothing to carry out: plain data, no closure.
struct DirectCall {
    /// The host's number; -1 for a call that is none of these.
    var host: Int64 = -1
    /// Bit n: argument n is a descriptor of the guest.
    var descriptors: UInt8 = 0
    var makesDescriptor = false
    var restarts = true
    /// How many of `blocks` there are.
    var blockCount: UInt8 = 0
    var blocks: (Block, Block, Block) = (Block(), Block(), Block())

    /// A pointer argument, and how much it points to: `size` bytes, or so many times what argument `count` says.
    struct Block {
        var pointer: UInt8 = 0
        /// `always` or an argument.
        var count: UInt8 = 0
        var size: UInt64 = 0

        static let always: UInt8 = 0xFF
    }

    /// Nil for what needs more than checks.
    init?(_ host: Int64, _ arguments: [PassThrough.Argument], _ options: PassThrough.Options) {
        self.host = host
        makesDescriptor = options.contains(.makesDescriptor)
        restarts = !options.contains(.neverRestarts)
        var found: [Block] = []
        for (index, argument) in arguments.enumerated() {
            let pointer = UInt8(index)
            switch argument {
            case .value: break
            // The first argument that is wrong decides the error: none may be a descriptor behind a pointer.
            case .descriptor where found.isEmpty: descriptors |= 1 << pointer
            case .memory(let size): found.append(Block(pointer: pointer, count: Block.always, size: size))
            case .buffer(let length): found.append(Block(pointer: pointer, count: UInt8(length), size: 1))
            case .array(let count, let stride): found.append(Block(pointer: pointer, count: UInt8(count), size: stride))
            default: return nil
            }
        }
        guard found.count <= 3 else { return nil }
        blockCount = UInt8(found.count)
        if found.count > 0 { blocks.0 = found[0] }
        if found.count > 1 { blocks.1 = found[1] }
        if found.count > 2 { blocks.2 = found[2] }
    }

    fileprivate init() {}

    /// By LA64 number, of `SystemCallTable`'s size.
    static let table: UnsafeMutablePointer<DirectCall> = {
        let result = UnsafeMutablePointer<DirectCall>.allocate(capacity: SystemCallTable.calls.count)
        for (number, call) in SystemCallTable.calls.enumerated() { (result + number).initialize(to: call?.direct ?? DirectCall()) }
        return result
    }()
}

extension GuestThread {
    /// Carries out a direct call with the arguments in a0...a5.
    @inline(__always)
    func perform(_ call: UnsafePointer<DirectCall>) -> SystemCallOutcome {
        let values = gpr + 4
        var descriptors = call.pointee.descriptors
        while descriptors != 0 {
            let index = descriptors.trailingZeroBitCount
            descriptors &= descriptors &- 1
            if !descriptorTable.contains(Int32(truncatingIfNeeded: values[index])) { return .error(9 /* EBADF */) }
        }
        let count = call.pointee.blockCount
        if count > 0, !admits(call.pointee.blocks.0, values) { return .error(14 /* EFAULT */) }
        if count > 1, !admits(call.pointee.blocks.1, values) { return .error(14) }
        if count > 2, !admits(call.pointee.blocks.2, values) { return .error(14) }
        let result = longma_safe_syscall(
            attentionWord, call.pointee.host, values[0], values[1], values[2], values[3], values[4], values[5])
        if result < 0 {
            if result == Int64(LONGMA_SYSCALL_NOT_STARTED) { return .notStarted }
            if result == -4 { return .interrupted(restarts: call.pointee.restarts) }
        } else if call.pointee.makesDescriptor {
            descriptorTable.add(Int32(truncatingIfNeeded: result))
        }
        return .value(result)
    }

    @inline(__always)
    private func admits(_ block: DirectCall.Block, _ values: UnsafeMutablePointer<UInt64>) -> Bool {
        if block.count == DirectCall.Block.always { return UserMemory.admitsOrNull(values[Int(block.pointer)], block.size) }
        let (size, overflow) = values[Int(block.count)].multipliedReportingOverflow(by: block.size)
        return !overflow && UserMemory.admitsOrNull(values[Int(block.pointer)], size)
    }
}
