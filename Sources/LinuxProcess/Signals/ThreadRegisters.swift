import CHost

extension GuestThread {
    private var vectors: UnsafeMutablePointer<UInt64> {
        (UnsafeMutableRawPointer(cpu) + MemoryLayout<LongmaCPU>.offset(of: \.vr)!).assumingMemoryBound(to: UInt64.self)
    }
    private var flags: UnsafeMutablePointer<UInt8> {
        (UnsafeMutableRawPointer(cpu) + MemoryLayout<LongmaCPU>.offset(of: \.fcc)!).assumingMemoryBound(to: UInt8.self)
    }

    /// The CPU's registers, for a signal frame.
    var registerContents: SignalFrame.Contents {
        var contents = SignalFrame.Contents()
        contents.pc = cpu.pointee.pc
        for index in 0..<32 {
            contents.gpr[index] = gpr[index]
            contents.fpr[index] = vectors[4 * index]
        }
        contents.upper = (0..<32).map { vectors[4 * $0 + 1] }
        for index in 0..<8 { contents.fcc |= UInt64(flags[index]) << UInt64(8 * index) }
        contents.fcsr = cpu.pointee.fcsr
        return contents
    }

    /// Puts registers back from a signal frame.
    func restore(_ contents: SignalFrame.Contents) {
        cpu.pointee.pc = contents.pc
        for index in 1..<32 { gpr[index] = contents.gpr[index] }
        cpu.pointee.llValid = 0
        guard contents.hasFloatingPoint else { return }
        for index in 0..<32 {
            vectors[4 * index] = contents.fpr[index]
            if let upper = contents.upper { vectors[4 * index + 1] = upper[index] }
        }
        for index in 0..<8 { flags[index] = UInt8(truncatingIfNeeded: contents.fcc >> UInt64(8 * index)) & 1 }
        // The engine derives everything else of the floating-point mode from this.
        cpu.pointee.fcsr = contents.fcsr & 0x1f1f_031f
        cpu.pointee.pendingFloat.operation = 0
    }
}
