import LoongArch

/// Finds the region that belongs to an entry: follows branches, falls through, goes into callees and on behind calls.
///
/// `fetch` gives the straight run of instructions at an address, ending with the first that changes control flow, or nil where there is no code
/// or where the region should not go (cold code). `read` and `register` help to find jump tables: memory of 4 or 8 bytes, zero-extended, or nil where there is none;
/// and general registers as they are now. `seen` says where the indirect jump at an address has gone.
public func discoverRegion(
    at entry: UInt64, limits: RegionLimits, fetch: (UInt64) -> [Instruction]?, read: @escaping (UInt64, Int) -> UInt64? = { _, _ in nil },
    register: @escaping (UInt8) -> UInt64 = { _ in 0 }, seen: (UInt64) -> [UInt64] = { _ in [] }
) -> Region? {
    var targets: [UInt64: [UInt64]] = [:]
    var runs: [UInt64: [Instruction]] = [:]
    var queue = [entry]
    var next = 0
    var instructions = 0
    while next < queue.count, runs.count < limits.blocks, instructions < limits.instructions {
        let start = queue[next]
        next += 1
        guard runs[start] == nil, let run = fetch(start), let last = run.last else { continue }
        // A run that begins inside another one is shared, not counted again.
        instructions += run.count
        runs[start] = run
        let end = start &+ UInt64(run.count) &* 4
        let origin = end &- 4
        switch run.flow(at: start) {
        case .sequential: queue.append(end)
        case .branch(let offset):
            queue.append(origin &+ UInt64(bitPattern: offset))
            queue.append(end)
        case .jump(let offset, let link):
            queue.append(origin &+ UInt64(bitPattern: offset))
            if link != 0 { queue.append(end) }
        case .indirect(let jump, let offset, let link):
            if link != 0 { queue.append(end) }
            // Returns find their way by where they were called from.
            if link == 0, jump == 1 { break }
            var found = link == 0 && offset == 0 ? JumpTables(runs: runs, read: read, register: register).targets(of: jump, start: start, run) : []
            if found.isEmpty { found = seen(origin) }
            targets[origin] = found
            queue += found
        // Execution goes on behind a system call; behind a breakpoint there is seldom code.
        case .exception: if last.opcode == .syscall { queue.append(end) }
        case .barrier: if last.opcode != .ertn { queue.append(end) }
        }
    }
    guard runs[entry] != nil else { return nil }

    // Runs overlap where one begins inside another: cut each at the next start.
    let starts = runs.keys.sorted()
    var blocks: [RegionBlock] = []
    for (index, start) in starts.enumerated() {
        var run = runs[start]!
        if index + 1 < starts.count {
            let room = (starts[index + 1] &- start) / 4
            if room < UInt64(run.count) { run.removeLast(run.count - Int(room)) }
        }
        blocks.append(RegionBlock(start: start, instructions: run))
        blocks[index].targets = targets[blocks[index].end &- 4, default: []]
    }

    // Execution comes (back) in at the entry, behind what leaves the region and returns: calls of code elsewhere, system calls, barriers.
    var entries = [entry]
    for block in blocks {
        let returns =
            switch block.flow {
            case .jump(let offset, let link): link != 0 && runs[block.end &- 4 &+ UInt64(bitPattern: offset)] == nil
            case .indirect(_, _, let link): link != 0
            case .exception: true
            case .barrier: !block.instructions.last!.opcode.accessesRegister
            default: false
            }
        if returns, runs[block.end] != nil, !entries.contains(block.end) { entries.append(block.end) }
    }
    return Region(entries: entries, blocks: blocks)
}

extension Opcode {
    /// Whether it reads or changes a control and status register, behind which code seldom comes back in: the instruction rarely leaves it.
    fileprivate var accessesRegister: Bool {
        switch self {
        case .csrrd, .csrwr, .csrxchg, .gcsrrd, .gcsrwr, .gcsrxchg: true
        default: false
        }
    }
}
