import CHost
import GuestMemory
import LoongArch

/// A core's state in a checkpoint, taken between two `run`s.
extension Core {
    /// What of `LongmaCPU` is the guest's: everything that no host address is part of.
    private static let ranges: [Range<Int>] = [
        0..<MemoryLayout<LongmaCPU>.offset(of: \.fuel)!,
        MemoryLayout<LongmaCPU>.offset(of: \.llValid)!..<MemoryLayout<LongmaCPU>.offset(of: \.floatCall)!,
        MemoryLayout<LongmaCPU>.offset(of: \.guestMXCSR)!..<MemoryLayout<LongmaCPU>.offset(of: \.guestMXCSR)! + 4,
        MemoryLayout<LongmaCPU>.offset(of: \.scr)!..<MemoryLayout<LongmaCPU>.size,
    ]

    func save(_ encoder: inout CheckpointEncoder) {
        for range in Self.ranges { encoder.append(raw: UnsafeRawBufferPointer(start: UnsafeRawPointer(cpu) + range.lowerBound, count: range.count)) }
        for bank in [root, guest] { encoder.append(UnsafeBufferPointer(start: bank, count: Int(LONGMA_CSR_COUNT))) }
        encoder.append(isGuest)
        for bank in 0...1 { encoder.append(UnsafeBufferPointer(start: longma_reservation(state, UInt64(bank)), count: 4)) }
        encoder.append(longma_lines(state))
        encoder.append(state.pointee.lastLines)
        for bank in 0...1 {
            encoder.append(timer(bank).pointee.isRunning)
            encoder.append(timer(bank).pointee.deadline)
        }
        for tlb in [rootTLB, guestTLB] { save(tlb, &encoder) }
        encoder.append(isIdle)
        encoder.append(retired)
        encoder.append(ticks)
    }

    private func save(_ tlb: TranslationBuffer, _ encoder: inout CheckpointEncoder) {
        encoder.append(UnsafeBufferPointer(start: tlb.turns, count: TranslationBuffer.sets))
        encoder.append(tlb.nextMultiple)
        for index in 0..<TranslationBuffer.total {
            let entry = tlb[index]
            let tags = UInt64(entry.asid) | UInt64(entry.tag) << 16 | UInt64(entry.pageSize) << 24 | (entry.isGlobal ? 1 << 32 : 0) | (entry.isValid ? 1 << 33 : 0)
            for word in [tags, entry.address, entry.low, entry.high] { encoder.append(word) }
        }
    }

    func restore(_ decoder: inout CheckpointDecoder) throws(VM.MachineError) {
        for range in Self.ranges {
            let bytes = try decoder.raw(range.count)
            UnsafeMutableRawBufferPointer(start: UnsafeMutableRawPointer(cpu) + range.lowerBound, count: range.count).copyBytes(from: bytes)
        }
        cpu.pointee.gpr.0 = 0
        for bank in [root, guest] {
            let words = try decoder.numbers(atMost: Int(LONGMA_CSR_COUNT))
            guard words.count == Int(LONGMA_CSR_COUNT) else { throw VM.MachineError("the checkpoint has another number of registers") }
            for (number, word) in words.enumerated() { bank[number] = word }
        }
        state.pointee.isGuest = try decoder.flag() ? 1 : 0
        for bank in 0...1 {
            for (index, word) in try decoder.numbers(atMost: 4).enumerated() { longma_reservation(state, UInt64(bank))[index] = word }
        }
        let lines = try decoder.number()
        longma_set_line(state, ~0, false)
        longma_set_line(state, lines, true)
        state.pointee.lastLines = try decoder.number()
        for bank in 0...1 { timer(bank).pointee = LongmaTimer(isRunning: try decoder.flag(), deadline: try decoder.number()) }
        try restore(&rootTLB, &decoder)
        try restore(&guestTLB, &decoder)
        isIdle = try decoder.flag()
        retiredBefore = try decoder.number()
        (granted, cpu.pointee.fuel) = (0, 0)
        // The clock goes on where it stood.
        clockOffset = 0
        clockOffset = try decoder.number() &- ticks
        forgetContext(bank: 0)
        drop(nil) { _ in true }
        select()
        setAlarm()
    }

    private func restore(_ tlb: inout TranslationBuffer, _ decoder: inout CheckpointDecoder) throws(VM.MachineError) {
        for (set, turn) in try decoder.numbers(atMost: TranslationBuffer.sets).enumerated() { tlb.turns[set] = turn % UInt64(TranslationBuffer.spares) }
        tlb.nextMultiple = try decoder.number()
        for index in 0..<TranslationBuffer.total {
            let tags = try decoder.number()
            var entry = TLBEntry()
            entry.asid = UInt16(truncatingIfNeeded: tags)
            entry.tag = UInt8(truncatingIfNeeded: tags >> 16)
            entry.pageSize = UInt8(min(max(tags >> 24 & 0xFF, 12), 47))
            entry.isGlobal = tags >> 32 & 1 != 0
            entry.isValid = tags >> 33 & 1 != 0
            entry.address = try decoder.number()
            entry.low = try decoder.number()
            entry.high = try decoder.number()
            tlb.set(index, entry)
        }
    }
}
