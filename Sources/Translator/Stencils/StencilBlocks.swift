import Glibc

/// A translated block.
struct StencilBlock {
    /// The guest addresses of its first instruction and of what follows its last one, and where the first is in host memory.
    var start: UInt64
    var end: UInt64
    var host: UInt64
    /// Offset in the arena of the way in from code that keeps no register, and from other blocks.
    var external: UInt32
    var entry: UInt32
    /// Guest registers that are in host registers at its entry: `RegisterSlots.state`.
    var state: UInt64
    /// First edge that leads here, -1 for none; the next block with the same start.
    var incoming: Int32
    var sibling: Int32 = -1
    /// Where its instruction words are kept, for a block that the guest may write to; else -1. The place of such a block among those that live.
    var words: Int32
    var writablePlace: Int32 = -1
    var isAlive = true
    /// It only leads to a region, which takes the place of all blocks with this start.
    var isRegion = false
}

/// A jump from one block to another, to which it may lead directly.
struct StencilEdge {
    /// The guest address it is for, and the registers that are in host registers then.
    var target: UInt64
    var state: UInt64
    /// Offset in the arena of the jump's distance, and of the way out that it takes until it leads to a block.
    var site: UInt32
    var stub: UInt32
    /// The next edge to the same block.
    var next: Int32 = -1
    /// How often it may still be taken before its target is hot, if that is counted: it leaves when this is below 0.
    var countdown: Int32 = 0
    var isLinked = false
}

/// The blocks of one thread's stencil code, by address, and the edges between them.
struct StencilBlocks {
    /// Most blocks, edges, and kept instruction words.
    private static let blockCapacity = 1 << 19
    private static let edgeCapacity = 1 << 20
    private static let wordCapacity = 1 << 22

    private let arrays: UnsafeMutableRawPointer
    private let size: Int
    let blocks: UnsafeMutablePointer<StencilBlock>
    let edges: UnsafeMutablePointer<StencilEdge>
    let words: UnsafeMutablePointer<UInt32>
    private(set) var blockCount = 0
    private(set) var edgeCount = 0
    private(set) var wordCount = 0
    /// How many blocks the guest may write to, and how many lead to regions.
    private(set) var writableBlocks = 0
    private(set) var regionBlocks = 0
    /// The numbers of blocks that the guest may write to and that live, in any order: `ibar` is quick when few of many blocks are such.
    let writable: UnsafeMutablePointer<UInt32>
    /// Instructions of blocks that live, and of those that were taken out: their code still takes room.
    private var livingInstructions: UInt64 = 0
    private var deadInstructions: UInt64 = 0
    /// Addresses between which all blocks lie.
    private(set) var range: (low: UInt64, high: UInt64) = (.max, 0)

    /// Open addressing: block number + 1, or 0. At most half full.
    private var table: UnsafeMutablePointer<UInt32>
    private var mask: Int

    /// Reserves address space; nil when the host refuses.
    init?() {
        let sizes = (
            Self.blockCapacity * MemoryLayout<StencilBlock>.stride, Self.edgeCapacity * MemoryLayout<StencilEdge>.stride, Self.wordCapacity * 4
        )
        size = sizes.0 + sizes.1 + sizes.2 + Self.blockCapacity * 4
        guard let memory = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0), memory != MAP_FAILED else { return nil }
        arrays = memory
        blocks = memory.assumingMemoryBound(to: StencilBlock.self)
        edges = (memory + sizes.0).assumingMemoryBound(to: StencilEdge.self)
        words = (memory + sizes.0 + sizes.1).assumingMemoryBound(to: UInt32.self)
        writable = (memory + sizes.0 + sizes.1 + sizes.2).assumingMemoryBound(to: UInt32.self)
        mask = 1023
        table = .allocate(capacity: mask + 1)
        table.initialize(repeating: 0, count: mask + 1)
    }

    func deallocate() {
        munmap(arrays, size)
        table.deallocate()
    }

    var hasRoom: Bool { blockCount < Self.blockCapacity && edgeCount + 4 < Self.edgeCapacity && wordCount + 256 < Self.wordCapacity }

    /// Whether most of the code is of blocks that were taken out, and there is much of it: about 4 MiB.
    var isMostlyDead: Bool { deadInstructions > max(1 << 16, livingInstructions) }

    mutating func clear() {
        blockCount = 0
        edgeCount = 0
        wordCount = 0
        writableBlocks = 0
        regionBlocks = 0
        (livingInstructions, deadInstructions) = (0, 0)
        range = (.max, 0)
        table.update(repeating: 0, count: mask + 1)
    }

    @inline(__always)
    private func slot(of pc: UInt64) -> Int { Int(truncatingIfNeeded: (pc >> 2) ^ (pc >> 14)) & mask }

    /// The blocks that start at `pc` are this one and its siblings; -1 if there is none.
    @inline(__always)
    func find(_ pc: UInt64) -> Int {
        var index = slot(of: pc)
        while table[index] != 0 {
            let block = Int(table[index]) - 1
            if blocks[block].start == pc { return blocks[block].isAlive ? block : -1 }
            index = (index + 1) & mask
        }
        return -1
    }

    /// Enters a block; those at the same address that live become its siblings.
    mutating func append(_ block: StencilBlock) -> Int {
        if 2 * (blockCount + 1) > mask { grow() }
        let number = blockCount
        let sibling = find(block.start)
        blocks[number] = block
        blocks[number].sibling = Int32(sibling)
        blockCount += 1
        if block.words >= 0 {
            blocks[number].writablePlace = Int32(writableBlocks)
            writable[writableBlocks] = UInt32(number)
            writableBlocks += 1
        }
        if block.isRegion { regionBlocks += 1 }
        livingInstructions &+= (block.end &- block.start) / 4
        range = (min(range.low, block.start), max(range.high, block.end))
        enter(number)
        return number
    }

    private func enter(_ number: Int) {
        var index = slot(of: blocks[number].start)
        while table[index] != 0, blocks[Int(table[index]) - 1].start != blocks[number].start { index = (index + 1) & mask }
        table[index] = UInt32(number + 1)
    }

    private mutating func grow() {
        table.deallocate()
        mask = 2 * mask + 1
        table = .allocate(capacity: mask + 1)
        table.initialize(repeating: 0, count: mask + 1)
        // Later blocks replace earlier ones with the same address.
        for number in 0..<blockCount { enter(number) }
    }

    /// Keeps an instruction word for `StencilBlock.words`.
    mutating func keep(_ word: UInt32) {
        words[wordCount] = word
        wordCount += 1
    }

    mutating func appendEdge(to target: UInt64, state: UInt64, stub: Int) -> Int {
        edges[edgeCount] = StencilEdge(target: target, state: state, site: 0, stub: UInt32(stub))
        edgeCount += 1
        return edgeCount - 1
    }

    /// Where an edge's countdown is.
    func countdown(of edge: Int) -> UnsafeMutablePointer<Int32> {
        (UnsafeMutableRawPointer(edges + edge) + MemoryLayout<StencilEdge>.offset(of: \.countdown)!).assumingMemoryBound(to: Int32.self)
    }

    /// Takes a block out; `redirect` makes a jump go to an offset in the arena.
    mutating func kill(_ number: Int, redirect: (Int, Int) -> Void) {
        guard blocks[number].isAlive else { return }
        blocks[number].isAlive = false
        if blocks[number].words >= 0 {
            writableBlocks -= 1
            // The last one takes its place.
            let last = writable[writableBlocks]
            writable[Int(blocks[number].writablePlace)] = last
            blocks[Int(last)].writablePlace = blocks[number].writablePlace
        }
        if blocks[number].isRegion { regionBlocks -= 1 }
        let length = (blocks[number].end &- blocks[number].start) / 4
        livingInstructions &-= length
        deadInstructions &+= length
        var edge = blocks[number].incoming
        while edge >= 0 {
            let line = edges[Int(edge)]
            redirect(Int(line.site), Int(line.stub))
            edges[Int(edge)].isLinked = false
            edge = line.next
        }
        blocks[number].incoming = -1
    }
}
