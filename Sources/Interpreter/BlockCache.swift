import CHost
import Execution
import GuestMemory
import LoongArch

/// The predecoded blocks of one guest thread, found by address.
struct BlockCache {
    /// Longest block, in instructions; also bounds how far an interpreter runs between two polls.
    static let maximumLength = 128

    /// Open addressing with linear probing; a power of two slots, at most half of them used.
    var slots: UnsafeMutablePointer<UnsafeMutablePointer<Block>?>
    var mask: Int
    var used = 0
    private let source: any CodeSource
    private var executable: (range: Range<UInt64>, writable: Bool) = (0..<0, false)
    /// How many blocks lie in memory that the guest may write.
    private(set) var writableBlocks = 0
    private let mode: CodeMode
    private let countdown: Int64

    init(source: any CodeSource, mode: CodeMode, countdown: Int64) {
        self.source = source
        self.mode = mode
        self.countdown = countdown
        mask = 1023
        slots = .allocate(capacity: mask + 1)
        slots.initialize(repeating: nil, count: mask + 1)
    }

    func deallocate() {
        forEach { block in
            block.pointee.records.deallocate()
            block.deallocate()
        }
        slots.deallocate()
    }

    func forEach(_ body: (UnsafeMutablePointer<Block>) -> Void) {
        for index in 0...mask {
            if let block = slots[index] { body(block) }
        }
    }

    @inline(__always)
    func slot(of pc: UInt64) -> Int { Int(truncatingIfNeeded: (pc >> 2) ^ (pc >> 14)) & mask }

    /// The block that starts at `pc`, if it was decoded before.
    @inline(__always)
    func find(_ pc: UInt64) -> UnsafeMutablePointer<Block>? {
        var index = slot(of: pc)
        while let block = slots[index] {
            if block.pointee.start == pc { return block }
            index = (index + 1) & mask
        }
        return nil
    }

    /// The block that starts at `pc`, decoded now if need be; nil when there is no executable, defined instruction.
    mutating func block(at pc: UInt64) -> UnsafeMutablePointer<Block>? {
        if let block = find(pc) { return block }
        guard pc & 3 == 0, let block = decode(at: pc) else { return nil }
        insert(block)
        return block
    }

    /// Why no block starts at `pc`: whether its page may be executed at all.
    mutating func isExecutable(_ pc: UInt64) -> Bool { refreshRange(pc) }

    private mutating func refreshRange(_ pc: UInt64) -> Bool {
        if executable.range.contains(pc) { return true }
        guard let found = source.executableRange(containing: pc) else { return false }
        executable = found
        return true
    }

    private mutating func decode(at start: UInt64) -> UnsafeMutablePointer<Block>? {
        guard refreshRange(start) else { return nil }
        let end = executable.range.upperBound
        return withUnsafeTemporaryAllocation(of: Instruction.self, capacity: Self.maximumLength) { buffer in
            let host = source.hostAddress(of: start)
            var count = 0
            var pc = start
            while count < Self.maximumLength, pc < end, pc & 3 == 0 {
                var word: UInt64 = 0
                guard longma_load_u32(host &+ (pc &- start), &word), let instruction = Decoder.decode(UInt32(word)) else { break }
                buffer.initializeElement(at: count, to: instruction)
                count += 1
                pc &+= 4
                if instruction.controlFlow != .sequential { break }
            }
            guard count > 0 else { return nil }
            let block = UnsafeMutablePointer<Block>.allocate(capacity: 1)
            block.initialize(
                to: Block(
                    start: start, host: host, instructions: UnsafeBufferPointer(rebasing: buffer[..<count]), mode: mode, countdown: countdown,
                    isWritable: executable.writable))
            Block.connect(block)
            if executable.writable { writableBlocks += 1 }
            return block
        }
    }

    private mutating func insert(_ block: UnsafeMutablePointer<Block>) {
        if 2 * (used + 1) > mask { grow() }
        var index = slot(of: block.pointee.start)
        while slots[index] != nil { index = (index + 1) & mask }
        slots[index] = block
        used += 1
    }

    private mutating func grow() {
        let old = slots
        let oldMask = mask
        mask = 2 * mask + 1
        slots = .allocate(capacity: mask + 1)
        slots.initialize(repeating: nil, count: mask + 1)
        for index in 0...oldMask {
            guard let block = old[index] else { continue }
            var place = slot(of: block.pointee.start)
            while slots[place] != nil { place = (place + 1) & mask }
            slots[place] = block
        }
        old.deallocate()
    }

    /// Forgets every block (blocks point at each other, so they go together).
    mutating func removeAll() {
        forEach { block in
            block.pointee.records.deallocate()
            block.deallocate()
        }
        slots.update(repeating: nil, count: mask + 1)
        used = 0
        writableBlocks = 0
        executable = (0..<0, false)
    }

    /// Whether all blocks in writable memory still say what memory says.
    func writableBlocksAreCurrent() -> Bool {
        guard writableBlocks > 0 else { return true }
        var current = true
        forEach { block in
            guard current, block.pointee.isWritable else { return }
            for index in 0..<block.pointee.count {
                var word: UInt64 = 0
                guard longma_load_u32(block.pointee.host &+ UInt64(index) &* 4, &word), UInt32(word) == block.pointee.instruction(index).word else {
                    current = false
                    return
                }
            }
        }
        return current
    }
}
