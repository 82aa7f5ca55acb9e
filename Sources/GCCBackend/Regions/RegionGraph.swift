import LoongArch
import Translator

/// The blocks of a region as they are emitted, and how they follow each other.
///
/// A short function that the region calls is there once more for each call (a clone): its return is then a comparison with the one site it belongs to, which
/// the compiler drops where the return address is still in its register. Any copy of a block means the same, so control may pass from a clone to the original.
final class RegionGraph {
    /// One copy of a block.
    struct Node {
        let block: RegionBlock
        /// The copy's function: 0 for the originals, else an index in `clones`.
        let clone: Int
    }

    /// A function that was copied for one call.
    private struct Clone {
        /// Node behind the call.
        let site: Int
    }

    /// Most instructions of a function that is copied, and of all nodes of a region. The latter keeps straight paths shorter than the poll distance.
    private static let functionLimit = 64
    private static let totalLimit = 3000
    /// Most functions that are copied into each other.
    private static let depthLimit = 3

    /// In an order in which every cycle has an edge to the same or an earlier node.
    private(set) var nodes: [Node] = []
    /// The originals of the region's entries, in order.
    private(set) var entries: [Int] = []
    /// The originals behind calls of functions that were not copied for them.
    private(set) var returnSites: [Int] = []

    private let blocks: [UInt64: RegionBlock]
    private var places: [Place: Int] = [:]
    private var calls: [Int: Int] = [:]
    private var sites: [(address: UInt64, clone: Int)] = [(0, 0)]

    private struct Place: Hashable {
        let clone: Int
        let address: UInt64
    }

    init(_ region: Region) {
        blocks = Dictionary(uniqueKeysWithValues: region.blocks.map { ($0.start, $0) })
        var room = Self.totalLimit - region.instructionCount
        append(region.blocks, clone: 0, callers: [], &room)
        entries = region.entries.map { places[Place(clone: 0, address: $0)]! }
        for index in nodes.indices where calls[index] == nil && (isCall(nodes[index].block) || isLikelyCall(nodes[index].block)) {
            let site = places[Place(clone: 0, address: nodes[index].block.end)]!
            if !returnSites.contains(site) { returnSites.append(site) }
        }
    }

    /// Appends copies of blocks in ascending order, each followed by what is copied for its call.
    private func append(_ blocks: [RegionBlock], clone: Int, callers: [UInt64], _ room: inout Int) {
        for block in blocks {
            let index = nodes.count
            places[Place(clone: clone, address: block.start)] = index
            nodes.append(Node(block: block, clone: clone))
            guard isCall(block), callers.count < Self.depthLimit, let goal = block.goal, self.blocks[block.end] != nil, !callers.contains(goal),
                let body = body(of: goal, callers + [goal])
            else { continue }
            let size = body.reduce(0) { $0 + $1.instructions.count }
            guard size <= Self.functionLimit, size <= room else { continue }
            room -= size
            sites.append((block.end, clone))
            calls[index] = sites.count - 1
            append(body, clone: sites.count - 1, callers: callers + [goal], &room)
        }
    }

    /// Whether a block ends with a call of code in the region.
    private func isCall(_ block: RegionBlock) -> Bool {
        guard case .jump(_, link: 1) = block.flow, let goal = block.goal else { return false }
        return blocks[goal] != nil && blocks[block.end] != nil
    }

    /// Whether a block ends with a call by register that is likely to go to code in the region.
    private func isLikelyCall(_ block: RegionBlock) -> Bool {
        guard case .indirect(_, _, link: 1) = block.flow else { return false }
        return blocks[block.end] != nil && block.targets.contains { blocks[$0] != nil }
    }

    /// The blocks of a function that does nothing but compute, access memory, call such functions and return; nil for any other.
    private func body(of entry: UInt64, _ callers: [UInt64]) -> [RegionBlock]? {
        var found: [UInt64: RegionBlock] = [:]
        var queue = [entry]
        var size = 0
        while let start = queue.popLast() {
            guard found[start] == nil, let block = blocks[start] else { continue }
            found[start] = block
            size += block.instructions.count
            guard size <= Self.functionLimit else { return nil }
            switch block.flow {
            case .sequential: queue.append(block.end)
            case .branch: queue += [block.goal!, block.end]
            case .jump(_, let link):
                if link == 0 {
                    queue.append(block.goal!)
                } else {
                    guard link == 1, isCall(block), callers.count < Self.depthLimit, !callers.contains(block.goal!),
                        body(of: block.goal!, callers + [block.goal!]) != nil
                    else { return nil }
                    queue.append(block.end)
                }
            case .indirect: guard block.isReturn else { return nil }
            case .exception, .barrier: return nil
            }
        }
        return found.values.sorted { $0.start < $1.start }
    }

    /// The node for `address` seen from `node`, nil when the region ends there.
    func successor(of node: Int, at address: UInt64) -> Int? {
        if let clone = calls[node], address == nodes[node].block.goal { return places[Place(clone: clone, address: address)] }
        return places[Place(clone: nodes[node].clone, address: address)] ?? places[Place(clone: 0, address: address)]
    }

    /// The node that a return in a clone belongs to.
    func returnSite(of node: Int) -> Int? {
        let site = sites[nodes[node].clone]
        return nodes[node].clone == 0 ? nil : places[Place(clone: site.clone, address: site.address)]
    }

    /// The nodes that an indirect jump which is no return is likely to go to.
    func targets(of node: Int) -> [Int] { nodes[node].clone == 0 ? nodes[node].block.targets.compactMap { places[Place(clone: 0, address: $0)] } : [] }

    /// Where the flow of control goes from a node, within the region; `nil` among them stands for an exit.
    func successors(of node: Int, systemGoesOn: Bool) -> [Int?] {
        let block = nodes[node].block
        switch block.flow {
        case .sequential: return [successor(of: node, at: block.end)]
        case .branch: return [successor(of: node, at: block.goal!), successor(of: node, at: block.end)]
        case .jump: return [successor(of: node, at: block.goal!)]
        case .indirect: return block.isReturn ? [returnSite(of: node), nil] + returnSites : targets(of: node) + [nil]
        case .exception, .barrier: return systemGoesOn ? [successor(of: node, at: block.end), nil] : [nil]
        }
    }
}

extension RegionBlock {
    /// Where the direct jump at the end goes.
    var goal: UInt64? {
        switch flow {
        case .branch(let offset), .jump(let offset, _): end &- 4 &+ UInt64(bitPattern: offset)
        default: nil
        }
    }

    /// Whether the last instruction is `jirl $zero, $ra, 0`.
    var isReturn: Bool { flow == .indirect(register: 1, offset: 0, link: 0) }
}
