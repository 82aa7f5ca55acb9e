import CHost
import LoongArch
import Semantics

/// General registers that are known to hold an address near guest memory, where an access through them has been checked: each with the most bytes that it may be
/// below 0 or at or beyond the limit. An access that stays within the guard needs no check then.
struct KnownAddresses: Equatable {
    /// By register; -1 where nothing is known.
    private var slack: [Int32] = Array(repeating: -1, count: 32)

    private static let most = Int64(LONGMA_GUARD_SIZE) / 2

    /// Whether the access needs no check.
    func covers(_ access: DisplacedAccess, base: UInt8) -> Bool {
        let slack = Int64(slack[Int(base)])
        return slack >= 0 && slack + abs(access.offset) + access.size <= Self.most
    }

    mutating func formIntersection(_ other: KnownAddresses) {
        // A register that differs from one path to another is given up, or a loop's pointer would take its time to come to that.
        for n in 0..<32 where slack[n] != other.slack[n] { slack[n] = -1 }
    }

    /// Brings up to what is known behind an instruction at `pc`.
    mutating func execute(_ i: Instruction, at pc: UInt64) {
        if let access = DisplacedAccess(vectorsToo: i), !covers(access, base: i.rj) { slack[Int(i.rj)] = Int32(max(0, -access.offset)) }
        let written = RegisterUse(of: i).gprWritten
        var result: Int64 = -1
        let source = Int64(slack[Int(i.rj)])
        switch i.opcode {
        case .addi_d where source >= 0: result = source + abs(Int64(i.immediate))
        case .or where source >= 0 && i.rk == 0: result = source
        case .ori where source >= 0: result = source + Int64(i.immediate)
        case .lu12i_w, .pcaddi, .pcaddu12i, .pcalau12i: if i.constantResult(at: pc) < UInt64(LONGMA_FLAT_ADDRESS_LIMIT) { result = 0 }
        default: break
        }
        for n in 1..<32 where written >> UInt32(n) & 1 == 1 { slack[n] = -1 }
        if result >= 0, result < Self.most, i.rd != 0 { slack[Int(i.rd)] = Int32(result) }
    }

    /// What is known at the beginning of each node of a region.
    static func atNodes(of graph: RegionGraph) -> [KnownAddresses] {
        var known: [KnownAddresses?] = Array(repeating: nil, count: graph.nodes.count)
        for entry in graph.entries { known[entry] = KnownAddresses() }
        var changed = true
        while changed {
            changed = false
            for node in graph.nodes.indices {
                guard var state = known[node] else { continue }
                let block = graph.nodes[node].block
                for (index, instruction) in block.instructions.enumerated() { state.execute(instruction, at: block.start &+ UInt64(index) &* 4) }
                for case let next? in graph.successors(of: node, systemGoesOn: false) {
                    var merged = known[next] ?? state
                    merged.formIntersection(state)
                    if merged != known[next] {
                        known[next] = merged
                        changed = true
                    }
                }
            }
        }
        return known.map { $0 ?? KnownAddresses() }
    }
}

extension Instruction {
    /// What `lu12i.w` and the instructions that add to the pc compute.
    fileprivate func constantResult(at pc: UInt64) -> UInt64 {
        let immediate = UInt64(bitPattern: Int64(self.immediate))
        return switch opcode {
        case .lu12i_w: immediate << 12
        case .pcaddi: pc &+ immediate << 2
        case .pcaddu12i: pc &+ immediate << 12
        default: (pc &+ immediate << 12) & ~0xFFF
        }
    }
}

extension DisplacedAccess {
    /// Accesses of vector registers as well.
    init?(vectorsToo i: Instruction) {
        switch i.opcode {
        case .vld where i.rj != 0, .vldrepl_b where i.rj != 0, .vldrepl_h where i.rj != 0, .vldrepl_w where i.rj != 0, .vldrepl_d where i.rj != 0:
            self.init(offset: Int64(i.immediate), size: 16, isStore: false)
        case .vst where i.rj != 0, .vstelm_b where i.rj != 0, .vstelm_h where i.rj != 0, .vstelm_w where i.rj != 0, .vstelm_d where i.rj != 0:
            self.init(offset: Int64(i.immediate), size: 16, isStore: true)
        default: self.init(i)
        }
    }
}
