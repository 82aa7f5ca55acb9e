import CHost
import Execution
import Glibc
import GuestMemory
import LoongArch

/// The stencil code of one guest thread: finds, translates and links blocks. Everything happens on the thread itself while it runs no translated code, so
/// there is nothing to lock and nobody else to wait for.
package final class StencilCode {
    /// Most instructions of a block, and most bytes of host code that they can need in either half.
    private static let maximumLength = 128
    private static let roomNeeded = 256 << 10
    /// Stencils that are no instruction's come first.
    private let specials = SpecialStencil.allCases.count

    private let source: any CodeSource
    let arena: StencilArena
    private let patcher: StencilPatcher
    private let library: StencilLibrary
    private let mode: CodeMode
    private let hasSwitches: Bool
    /// The library's table for the mode.
    private let table: UnsafePointer<UInt16>
    private var blocks: StencilBlocks
    private var slots = RegisterSlots()
    private let instructions: UnsafeMutablePointer<Instruction>
    private let records: UnsafeMutablePointer<Bool>
    private let decoder = DecoderTables.shared
    private var executable: (range: Range<UInt64>, writable: Bool) = (0..<0, false)
    private var forks = ForkCount.current
    /// How often an edge is polled before its target is hot; nil when that is not counted.
    private let countdown: Int32?
    /// The same for an indirect jump, at which one looks several times.
    var countdownOfJump: Int32 { max(1, (countdown ?? .max) / TierChange.looksAtJump) }
    /// Finds a region to run instead of the block at an address.
    var findRegion: ((UInt64) -> UnsafeRawPointer?)?

    /// Blocks and instructions translated so far, the bytes of host code they became, and how often everything was thrown away.
    package private(set) var translatedBlocks = 0
    package private(set) var translatedInstructions = 0
    package private(set) var translatedBytes = 0
    package private(set) var flushes = 0

    /// Nil when the host gives no memory for code.
    package init?(_ library: StencilLibrary, source: any CodeSource, mode: CodeMode = .flat, countdown: Int32? = nil) {
        guard let arena = StencilArena(half: mode.isMapped ? StencilArena.halves.mapped : StencilArena.halves.flat), let blocks = StencilBlocks() else { return nil }
        self.countdown = countdown
        self.library = library
        self.mode = mode
        hasSwitches = !mode.disabled.isEmpty
        table = library.table + (mode.isMapped ? StencilLibrary.mapped : 0)
        self.source = source
        self.arena = arena
        self.blocks = blocks
        patcher = StencilPatcher(library, arena)
        instructions = .allocate(capacity: Self.maximumLength)
        records = .allocate(capacity: Self.maximumLength)
        placeExits()
    }

    deinit {
        blocks.deallocate()
        slots.deallocate()
        instructions.deallocate()
        records.deallocate()
    }

    // MARK: What the engine asks for

    /// Code for `pc`, translated now if need be; nil when there is no instruction.
    package func code(at pc: UInt64) -> UnsafeRawPointer? {
        if forks != ForkCount.current { leaveParent() }
        let block = find(pc)
        return block < 0 ? nil : UnsafeRawPointer(arena.executable + Int(blocks.blocks[block].external))
    }

    /// Code for `pc` if there is some already; computes nothing.
    @inline(__always)
    func knownCode(at pc: UInt64) -> UnsafeRawPointer? {
        if forks != ForkCount.current { return nil }
        let block = blocks.find(pc)
        return block < 0 ? nil : UnsafeRawPointer(arena.executable + Int(blocks.blocks[block].external))
    }

    /// The address that an edge is for.
    func target(of edge: Int) -> UInt64 { blocks.edges[edge].target }

    /// Lets an edge lead to its target from now on, if there is an instruction.
    func follow(_ edge: Int) {
        if forks != ForkCount.current { return }
        let flushesBefore = flushes
        let block = find(blocks.edges[edge].target, blocks.edges[edge].state)
        if block >= 0, flushes == flushesBefore, !blocks.edges[edge].isLinked, blocks.edges[edge].site != 0 {
            blocks.edges[edge].isLinked = true
            blocks.edges[edge].next = blocks.blocks[block].incoming
            blocks.blocks[block].incoming = Int32(edge)
            patcher.redirect(Int(blocks.edges[edge].site), to: Int(blocks.blocks[block].entry))
        }
    }

    // MARK: Regions

    /// Whether there is code of some kind for `pc`.
    func knows(_ pc: UInt64) -> Bool { blocks.find(pc) >= 0 }

    /// The instructions of the block at `pc`, if there is code for it.
    func instructions(at pc: UInt64) -> [Instruction]? { knows(pc) ? decoded(at: pc) : nil }

    /// The straight run of instructions at `pc`; nil when there is none.
    func decoded(at pc: UInt64) -> [Instruction]? {
        guard pc & 3 == 0, refreshRange(pc) else { return nil }
        let count = decode(pc, source.hostAddress(of: pc))
        return count > 0 ? Array(UnsafeBufferPointer(start: instructions, count: count)) : nil
    }

    /// Whether an edge has been polled as often as its countdown said.
    func isHot(_ edge: Int) -> Bool { countdown != nil && blocks.edges[edge].countdown < 0 }

    /// Counts an edge down anew.
    func restart(_ edge: Int, _ countdown: Int32) { blocks.edges[edge].countdown = countdown }

    /// From now on what goes to `pc` goes to a region; the way there from code that keeps no register.
    func enter(_ region: UnsafeRawPointer, at pc: UInt64) -> UnsafeRawPointer {
        if !arena.hasRoom(Self.roomNeeded) || !blocks.hasRoom { flush() }
        return UnsafeRawPointer(arena.executable + Int(blocks.blocks[place(region, at: pc)].external))
    }

    /// Puts a jump to a region in the place of the blocks at `pc`; its number as a block.
    private func place(_ region: UnsafeRawPointer, at pc: UInt64) -> Int {
        var known = blocks.find(pc)
        while known >= 0 {
            blocks.kill(known) { patcher.redirect($0, to: $1) }
            known = Int(blocks.blocks[known].sibling)
        }
        let start = UInt32(arena.common)
        patcher.values[HoleValue.pc] = pc
        patcher.values[HoleValue.code] = UInt64(UInt(bitPattern: region))
        patcher.place(SpecialStencil.region.rawValue)
        return blocks.append(StencilBlock(start: pc, end: pc &+ 4, host: pc, external: start, entry: start, state: 0, incoming: -1, words: -1, isRegion: true))
    }

    /// Forgets all ways to regions; what they replaced is translated again unless a region is found for it.
    func forgetRegions() { if blocks.regionBlocks > 0 { _ = kill(\.isRegion) } }

    // MARK: Blocks

    /// Most versions of a block, for different registers in host registers at its entry.
    private static let versions = 4

    private func find(_ pc: UInt64) -> Int {
        let known = blocks.find(pc)
        return known >= 0 ? known : translate(pc, 0)
    }

    /// The version of the block at `pc` for code in `state`: made for it, or the one that wants most of it.
    private func find(_ pc: UInt64, _ state: UInt64) -> Int {
        var best = -1
        var count = 0
        var next = blocks.find(pc)
        while next >= 0 {
            defer { next = Int(blocks.blocks[next].sibling) }
            if !blocks.blocks[next].isAlive { continue }
            let wanted = blocks.blocks[next].state
            if wanted == state || blocks.blocks[next].isRegion { return next }
            // States are compared by how many registers they have.
            if RegisterSlots.contains(state, wanted), best < 0 || Self.size(wanted) > Self.size(blocks.blocks[best].state) { best = next }
            count += 1
        }
        if count < Self.versions - 1 { return translate(pc, state) }
        return best >= 0 ? best : translate(pc, 0)
    }

    private static func size(_ state: UInt64) -> Int { (0..<UInt64(RegisterSlots.count)).count { state >> (8 * $0) & 0xFF != 0 } }

    /// Forgets code in `range`; true when there was some.
    package func invalidate(_ range: Range<UInt64>) -> Bool {
        executable = (0..<0, false)
        guard range.lowerBound < blocks.range.high, blocks.range.low < range.upperBound else { return false }
        if range == 0..<UInt64.max {
            flush()
            return true
        }
        return kill { $0.start < range.upperBound && range.lowerBound < $0.end }
    }

    /// Forgets code that no longer says what memory says; true when there was some.
    @discardableResult
    package func synchronizeCode() -> Bool {
        var any = false
        // From the end, for a block that is taken out changes places with the last one.
        for place in stride(from: blocks.writableBlocks - 1, through: 0, by: -1) {
            let number = Int(blocks.writable[place])
            if saysWhatMemorySays(blocks.blocks[number]) { continue }
            blocks.kill(number) { patcher.redirect($0, to: $1) }
            any = true
        }
        return any
    }

    private func saysWhatMemorySays(_ block: StencilBlock) -> Bool {
        for index in 0..<Int((block.end &- block.start) / 4) {
            var word: UInt64 = 0
            guard longma_load_u32(block.host &+ UInt64(index) &* 4, &word), UInt32(word) == blocks.words[Int(block.words) + index] else { return false }
        }
        return true
    }

    private func kill(_ isStale: (StencilBlock) -> Bool) -> Bool {
        var any = false
        for number in 0..<blocks.blockCount where blocks.blocks[number].isAlive && isStale(blocks.blocks[number]) {
            blocks.kill(number) { patcher.redirect($0, to: $1) }
            any = true
        }
        return any
    }

    /// Throws everything away.
    private func flush() {
        flushes += 1
        blocks.clear()
        arena.clear()
        placeExits()
    }

    /// In a new process the memory is still the parent's too.
    private func leaveParent() {
        forks = ForkCount.current
        flushes += 1
        blocks.clear()
        isBroken = !arena.renew()
        if !isBroken { placeExits() }
    }
    /// The host has refused memory.
    private var isBroken = false

    /// What all blocks jump to.
    private func placeExits() {
        patcher.values[HoleValue.leave] = UInt64(arena.common)
        patcher.place(SpecialStencil.leave.rawValue)
        openEdges = UInt64(arena.common)
        patcher.place(SpecialStencil.openEdges.rawValue)
    }
    private var openEdges: UInt64 = 0

    // MARK: Translating

    private func refreshRange(_ pc: UInt64) -> Bool {
        if executable.range.contains(pc) { return true }
        guard let found = source.executableRange(containing: pc) else { return false }
        executable = found
        return true
    }

    /// Reads the block at `start` into `instructions`; its length.
    private func decode(_ start: UInt64, _ host: UInt64) -> Int {
        let end = executable.range.upperBound
        var count = 0
        var pc = start
        while count < Self.maximumLength, pc < end {
            var word: UInt64 = 0
            guard longma_load_u32(host &+ (pc &- start), &word), let instruction = decoder.decode(UInt32(truncatingIfNeeded: word)) else { break }
            instructions[count] = instruction
            count += 1
            pc &+= 4
            guard case .sequential = instruction.controlFlow else { break }
        }
        return count
    }

    /// Which operations must keep what FCSR.Cause is worked out from: the last one before whatever can leave the code.
    private func findRecords(_ count: Int) {
        var isWanted = true
        for index in stride(from: count - 1, through: 0, by: -1) {
            let row = table + instructions[index].opcode.index * StencilLibrary.variants
            let number = Int(row[0])
            if instructions[index].opcode == .dbar {
                records[index] = !instructions[index].isFullBarrier
                continue
            }
            records[index] = false
            if library.stencils[number].traits & Stencil.canLeave != 0 { isWanted = true }
            // A branch has an alternative too, of another kind.
            if row[8] != row[0], instructions[index].controlFlow == .sequential {
                records[index] = isWanted
                isWanted = false
            }
        }
    }

    /// Translates the block at `start`; its number, or -1 when there is no instruction.
    private func translate(_ start: UInt64, _ state: UInt64) -> Int {
        guard !isBroken, start & 3 == 0, refreshRange(start) else { return -1 }
        let region = findRegion?(start)
        if !arena.hasRoom(Self.roomNeeded) || !blocks.hasRoom || blocks.isMostlyDead { flush() }
        if let region { return place(region, at: start) }
        arena.provide()
        let host = source.hostAddress(of: start)
        let count = decode(start, host)
        guard count > 0 else { return -1 }
        let words = executable.writable ? Int32(blocks.wordCount) : -1
        if words >= 0 { for index in 0..<count { blocks.keep(instructions[index].word) } }
        findRecords(count)

        let usedBefore = arena.common + arena.rare
        var external = arena.common
        let end = start &+ UInt64(count) &* 4
        if state == 0 { patcher.place(enter) } else { external = placeEntrance(state) }
        let entry = arena.common
        slots.restore(state)
        let last = directly(UnsafeBufferPointer(start: instructions, count: count), start)
        // Both ways on poll where they must; one of them cannot, so that is done here.
        if case .branch(let offset) = last.controlFlow, mustPoll(start, end), mustPoll(start, end &- 4 &+ UInt64(bitPattern: offset)) { poll(openEdge(start)) }
        patcher.values[HoleValue.count] = UInt64(count)
        patcher.place(SpecialStencil.count.rawValue)
        for index in 0..<count - 1 { emit(instructions[index], start &+ UInt64(index) &* 4, UInt64(count - index), index) }
        emitLast(last, start, end)

        translatedBlocks += 1
        translatedInstructions += count
        translatedBytes += arena.common + arena.rare - usedBefore
        return blocks.append(
            StencilBlock(
                start: start, end: end, host: host, external: UInt32(external), entry: UInt32(entry), state: state, incoming: -1, words: words))
    }

    /// What stands at every way in from code that keeps no register.
    private var enter: Int { (mode.isMapped ? SpecialStencil.enterMapped : .enter).rawValue }

    /// The way in from code that keeps no register to the block that comes next, which wants `state`; its offset.
    private func placeEntrance(_ state: UInt64) -> Int {
        let start = arena.rare
        patcher.placeRare(enter)
        for slot in 0..<UInt8(RegisterSlots.count) {
            let guest = UInt8(truncatingIfNeeded: state >> (8 * UInt64(slot)))
            if guest == 0 { continue }
            patcher.operands[0] = slots.host(slot)
            patcher.values[HoleValue.general] = 8 &* UInt64(guest)
            patcher.placeRare(SpecialStencil.load.rawValue)
        }
        patcher.values[HoleValue.taken] = UInt64(arena.common)
        patcher.placeRare(SpecialStencil.jump.rawValue)
        return start
    }

    /// Register 0 in the fields of an instruction, as the library's table wants it.
    @inline(__always)
    private func zeros(_ i: Instruction) -> Int { (i.rd == 0 ? 1 : 0) | (i.rj == 0 ? 2 : 0) | (i.rk == 0 ? 4 : 0) }

    /// One instruction: operands to host registers, the stencil, the result to memory.
    @inline(__always)
    private func emit(_ i: Instruction, _ pc: UInt64, _ unexecuted: UInt64, _ index: Int, alternative: Bool = false) {
        let variant = zeros(i) | (alternative || records[index] ? 8 : 0)
        var number = Int(table[i.opcode.index &* StencilLibrary.variants &+ variant])
        if hasSwitches, let exception = mode.exception(for: i.opcode) {
            number = SpecialStencil.disabled.rawValue
            patcher.values[HoleValue.reason] = UInt64(LONGMA_EXIT_EXCEPTION) + UInt64(exception.rawValue)
        }
        let stencil = library.stencils + number
        let values = patcher.values
        values[HoleValue.pc] = pc
        values[HoleValue.unexecuted] = unexecuted
        if number < specials { return emitHelper(i, number) }
        if stencil.pointee.traits & Stencil.refusesEqual != 0, i.rd != 0, i.rd == i.rj || i.rd == i.rk {
            return emitHelper(i, SpecialStencil.helper.rawValue)
        }

        let forbidden = stencil.pointee.clobbers & RegisterSlots.hostMask
        if forbidden != 0 { slots.forget(hosts: forbidden) }
        let operands = stencil.pointee.operands
        var locked: UInt8 = 0
        if operands & 2 != 0 { use(1, i.rj, &locked, forbidden) }
        if operands & 4 != 0 { use(2, i.rk, &locked, forbidden) }
        if operands & 8 != 0 { use(3, i.rd, &locked, forbidden) }
        if operands & 1 != 0 {
            // The register's old place, unless that is still needed.
            var slot = slots.slot(of: i.rd)
            var isNeeded = false
            if slot != RegisterSlots.none {
                let host = slots.host(slot)
                let needed = operands & ~stencil.pointee.shareable
                for n in 1..<4 where needed >> UInt8(n) & 1 == 1 && patcher.operands[n] == host { isNeeded = true }
            }
            if slot == RegisterSlots.none || isNeeded { slot = slots.take(locked: locked, forbidden: forbidden) }
            slots.assign(slot, i.rd)
            patcher.operands[0] = slots.host(slot)
        }
        patcher.prepare(i, stencil.pointee.traits)
        patcher.place(number)
        if operands & 1 != 0 {
            patcher.operands[1] = patcher.operands[0]
            values[HoleValue.general] = 8 &* UInt64(i.rd)
            patcher.place(SpecialStencil.store.rawValue)
        }
    }

    /// Makes guest register `guest` operand number `operand`.
    @inline(__always)
    private func use(_ operand: Int, _ guest: UInt8, _ locked: inout UInt8, _ forbidden: UInt16) {
        var slot = slots.slot(of: guest)
        if slot == RegisterSlots.none {
            slot = slots.take(locked: locked, forbidden: forbidden)
            let saved = patcher.operands[0]
            patcher.operands[0] = slots.host(slot)
            patcher.values[HoleValue.general] = 8 &* UInt64(guest)
            patcher.place(SpecialStencil.load.rawValue)
            patcher.operands[0] = saved
            slots.assign(slot, guest)
        } else {
            slots.touch(slot)
        }
        locked |= 1 << slot
        patcher.operands[operand] = slots.host(slot)
    }

    private func emitHelper(_ i: Instruction, _ number: Int) {
        let record = unsafeBitCast(i, to: (UInt64, UInt64).self)
        patcher.values[HoleValue.recordLow] = record.0
        patcher.values[HoleValue.recordHigh] = record.1
        patcher.place(number)
        slots.clear()
    }

    // MARK: The end of a block

    /// Edges that go back, or to another page, so that little code runs between two polls.
    private func mustPoll(_ start: UInt64, _ target: UInt64) -> Bool { target <= start || (target ^ start) >> 12 != 0 }

    /// A way out for an edge to `target`, which gives back so many instructions of the block; the edge's number. Its offset is then what jumps to `taken` get.
    private func openEdge(_ target: UInt64, unexecuted: UInt64 = 0) -> Int {
        let stub = arena.rare
        if unexecuted > 0 {
            patcher.values[HoleValue.unexecuted] = unexecuted
            patcher.placeRare(SpecialStencil.giveBack.rawValue)
        }
        let edge = blocks.appendEdge(to: target, state: slots.state, stub: stub)
        // The stencil's common part stands among the rare ones.
        patcher.values[HoleValue.edge] = UInt64(edge)
        patcher.values[HoleValue.taken] = openEdges
        patcher.values[HoleValue.code] = target
        patcher.placeRare((mode.isMapped ? SpecialStencil.openEdgeMapped : .openEdge).rawValue)
        patcher.values[HoleValue.taken] = UInt64(stub)
        return edge
    }

    /// Polls, and counts, in front of an edge: the one that was opened last.
    private func poll(_ edge: Int) {
        if let countdown { tally(edge, countdown) }
        patcher.place(SpecialStencil.poll.rawValue)
    }

    private func tally(_ edge: Int, _ countdown: Int32) {
        blocks.edges[edge].countdown = countdown
        patcher.values[HoleValue.countdown] = UInt64(UInt(bitPattern: blocks.countdown(of: edge)))
        patcher.place(SpecialStencil.tally.rawValue)
    }

    /// Goes on at `target`.
    private func jump(_ start: UInt64, to target: UInt64) {
        let edge = openEdge(target)
        if mustPoll(start, target) { poll(edge) }
        patcher.place(SpecialStencil.jump.rawValue)
        blocks.edges[edge].site = UInt32(patcher.jumpSite)
    }

    /// A block's last instruction; for a jump by a register to where the block itself says, one that does the same directly, if there is one.
    private func directly(_ block: UnsafeBufferPointer<Instruction>, _ start: UInt64) -> Instruction {
        let last = block[block.count - 1]
        guard case .jump(let offset, let link) = block.flow(at: start), case .indirect = last.controlFlow, link < 2 else { return last }
        guard offset & 3 == 0, -0x800_0000..<0x800_0000 ~= offset else { return last }
        let words = UInt32(truncatingIfNeeded: offset >> 2)
        return decoder.decode((link == 0 ? 0x5000_0000 : 0x5400_0000) | (words & 0xFFFF) << 10 | words >> 16 & 0x3FF) ?? last
    }

    private func emitLast(_ i: Instruction, _ start: UInt64, _ end: UInt64) {
        let pc = end &- 4
        let index = Int((pc &- start) / 4)
        switch i.controlFlow {
        case .branch(let offset):
            let target = pc &+ UInt64(bitPattern: offset)
            let goesBack = mustPoll(start, target)
            let edge = openEdge(goesBack ? end : target)
            patcher.values[HoleValue.other] = patcher.values[HoleValue.taken]
            emit(i, pc, 1, index, alternative: goesBack)
            blocks.edges[edge].site = UInt32(patcher.jumpSite)
            // The operands may have been loaded just now, where others were.
            blocks.edges[edge].state = slots.state
            jump(start, to: goesBack ? target : end)
        case .jump(let offset, let link):
            patcher.values[HoleValue.generalRD] = 8 &* UInt64(link)
            emit(i, pc, 1, index)
            slots.forget(link)
            jump(start, to: pc &+ UInt64(bitPattern: offset))
        case .indirect(let register, _, let link):
            // A loop may consist of indirect jumps alone. Returns have their calls.
            if countdown != nil, register != 1 || link != 0 { tally(openEdge(pc, unexecuted: 1), countdownOfJump) }
            patcher.values[HoleValue.generalRD] = 8 &* UInt64(link)
            emit(i, pc, 1, index)
        case .exception where !mode.isMapped: emit(i, pc, 1, index)
        case .sequential, .barrier, .exception:
            emit(i, pc, 1, index)
            jump(start, to: end)
        }
    }
}

/// How often this process came out of a `fork` as the child.
enum ForkCount {
    private nonisolated(unsafe) static var count = 0
    private static let installed: Void = { pthread_atfork(nil, nil) { ForkCount.count += 1 } }()

    static var current: Int {
        _ = installed
        return count
    }
}
