import CHost

/// A vcpu's state in a checkpoint: what the kernel's part knows, its core, root's memory.
extension VCPU {
    func save(_ encoder: inout CheckpointEncoder) {
        core.save(&encoder)
        switch pending {
        case .none: encoder.append([0])
        case .mmioLoad(let access): encoder.append([1, UInt64(access.size), access.isStore ? 1 : 0, access.isSigned ? 1 : 0, UInt64(access.register)])
        case .iocsrLoad(let size, let register): encoder.append([2, UInt64(size), UInt64(register)])
        case .hypercall: encoder.append([3, hypercallResult])
        case .value(let register): encoder.append([4, UInt64(register)])
        }
        encoder.append([isInside ? 1 : 0, isWaiting ? 1 : 0, ownedUnits, routineReturn, routineArgument, table.next])
        encoder.append(softwareRegisters)
        encoder.append(configurationWords.map(UInt64.init))
        encoder.append(exitCounts)
        encoder.append(interrupts.queued)
        encoder.append(routineCalls.flatMap { [UInt64($0), 0] })
        CheckpointPages.save(UnsafeRawPointer(bitPattern: UInt(root.host))!, Int(RootMemory.size), &encoder)
    }

    func restore(_ decoder: inout CheckpointDecoder) throws(VM.MachineError) {
        try core.restore(&decoder)
        let words = try decoder.numbers(atMost: 5)
        switch (words.first, words.count) {
        case (0, 1): pending = .none
        case (1, 5): pending = .mmioLoad(MMIOAccess(size: Int(words[1] & 15), isStore: words[2] != 0, isSigned: words[3] != 0, register: UInt8(words[4] & 31)))
        case (2, 3): pending = .iocsrLoad(size: Int(words[1] & 15), register: UInt8(words[2] & 31))
        case (3, 2): (pending, hypercallResult) = (.hypercall, words[1])
        case (4, 2): pending = .value(register: UInt8(words[1] & 31))
        default: throw VM.MachineError("the checkpoint has an unknown pending exit")
        }
        let flags = try decoder.numbers(atMost: 6)
        guard flags.count == 6, flags[5] <= RootMemory.size else { throw VM.MachineError("the checkpoint's vcpu is damaged") }
        (isInside, isWaiting, ownedUnits, routineReturn, routineArgument) = (flags[0] != 0, flags[1] != 0, flags[2], flags[3], flags[4])
        table.restore(next: flags[5])
        let registers = try decoder.numbers(atMost: softwareRegisters.count)
        let configuration = try decoder.numbers(atMost: configurationWords.count)
        let counts = try decoder.numbers(atMost: 64)
        guard registers.count == softwareRegisters.count, configuration.count == configurationWords.count, counts.count == 64 else {
            throw VM.MachineError("the checkpoint's vcpu is damaged")
        }
        softwareRegisters = registers
        configurationWords = configuration.map { UInt32(truncatingIfNeeded: $0) }
        exitCounts = counts
        interrupts.queued = try decoder.number()
        let calls = try decoder.numbers(atMost: 8)
        routineCalls = stride(from: 0, to: calls.count & ~1, by: 2).map { Int(truncatingIfNeeded: calls[$0] & 0xFFFF) }
        try CheckpointPages.restore(UnsafeMutableRawPointer(bitPattern: UInt(root.host))!, Int(RootMemory.size), &decoder)
    }
}

/// Memory in a checkpoint: the pages that are not all zeros.
enum CheckpointPages {
    private static let size = 4096

    static func save(_ memory: UnsafeRawPointer, _ count: Int, _ encoder: inout CheckpointEncoder) {
        var used: [Int] = []
        for page in 0..<count / size {
            let words = (memory + page * size).assumingMemoryBound(to: UInt64.self)
            if (0..<size / 8).contains(where: { words[$0] != 0 }) { used.append(page) }
        }
        encoder.append(used.count)
        for page in used {
            encoder.append(page)
            encoder.append(raw: UnsafeRawBufferPointer(start: memory + page * size, count: size))
        }
    }

    static func restore(_ memory: UnsafeMutableRawPointer, _ count: Int, _ decoder: inout CheckpointDecoder) throws(VM.MachineError) {
        let pages = try decoder.integer()
        guard (0...count / size).contains(pages) else { throw VM.MachineError("the checkpoint has more memory than the machine") }
        memory.initializeMemory(as: UInt8.self, repeating: 0, count: count)
        for _ in 0..<pages {
            let page = try decoder.integer()
            guard (0..<count / size).contains(page) else { throw VM.MachineError("the checkpoint has memory that the machine has not") }
            let bytes = try decoder.raw(size)
            UnsafeMutableRawBufferPointer(start: memory + page * size, count: size).copyBytes(from: bytes)
        }
    }
}
