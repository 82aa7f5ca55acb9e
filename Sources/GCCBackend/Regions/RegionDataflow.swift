import Semantics
import Translator

/// What of the guest's registers is where, at the beginning of each node of a region.
struct RegionDataflow {
    /// Registers whose locals may differ from memory: what an exit has to store.
    private(set) var dirty: [RegisterSet]
    /// Registers whose locals are read before they are written, by instructions or by exits: what an entry has to load.
    private(set) var live: [RegisterSet]

    /// Effects of one instruction on locals.
    struct Effect {
        /// Read and written.
        let read: RegisterSet
        let written: RegisterSet
        /// All dirty registers are read before it takes effect: it may leave the region or is a call of the interpreter.
        let exits: Bool
        /// Afterwards no local differs from memory.
        let cleans: Bool
    }

    /// `effects`: of each node's instructions. `through`: registers whose locals never differ from memory.
    init(_ graph: RegionGraph, _ effects: [[Effect]], through: RegisterSet, systemGoesOn: Bool) {
        let count = graph.nodes.count
        let successors = (0..<count).map { graph.successors(of: $0, systemGoesOn: systemGoesOn) }
        dirty = Array(repeating: RegisterSet(), count: count)
        live = dirty
        var dirtyAtEnd = dirty
        var changed = true
        while changed {
            changed = false
            for node in 0..<count {
                let end = effects[node].reduce(dirty[node]) { $1.dirty(behind: $0, through) }
                dirtyAtEnd[node] = end
                for case let next? in successors[node] where !end.subtracting(dirty[next]).isEmpty {
                    dirty[next].formUnion(end)
                    changed = true
                }
            }
        }
        var used = dirty
        var defined = dirty
        for node in 0..<count {
            var (reads, writes, now) = (RegisterSet(), RegisterSet(), dirty[node])
            for effect in effects[node] {
                reads.formUnion((effect.exits ? effect.read.union(now) : effect.read).subtracting(writes))
                writes.formUnion(effect.written)
                now = effect.dirty(behind: now, through)
            }
            // A poll is an exit, too.
            if successors[node].contains(where: { $0.map { $0 <= node } ?? true }) || graph.nodes[node].block.isReturn {
                reads.formUnion(dirtyAtEnd[node].subtracting(writes))
            }
            (used[node], defined[node]) = (reads, writes)
        }
        changed = true
        while changed {
            changed = false
            for node in (0..<count).reversed() {
                var behind = RegisterSet()
                for case let next? in successors[node] { behind.formUnion(live[next]) }
                let now = used[node].union(behind.subtracting(defined[node]))
                if now != live[node] {
                    live[node] = now
                    changed = true
                }
            }
        }
    }
}

extension RegionDataflow.Effect {
    fileprivate func dirty(behind before: RegisterSet, _ through: RegisterSet) -> RegisterSet {
        cleans ? RegisterSet() : before.union(written.subtracting(through))
    }
}
