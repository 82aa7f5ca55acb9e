import CHost
import Semantics

/// The assembly of one access. Operands: address `a` or pointer `p`, `t` and `u` to work with, `r` or `v` for the value, `cpu`.
struct ProbedAccess {
    /// `LongmaSlowAccess.kind`.
    let kind: Int32
    /// Pushes the value's place in the `LongmaSlowAccess`; takes it off again.
    let slot: String
    let finish: String
    /// The host's instruction for a place in memory.
    let move: (String) -> String

    /// Where an access stands: the text of numbers, the instructions being those of its block from it on.
    struct Position {
        let pc: String
        let unexecuted: String
    }

    private static let drop = "leaq 8(%%rsp), %%rsp"
    /// What is called when the soft TLB does not settle an access. It keeps all registers.
    static let stub = "*\(8 * HelperTable.slowAccess)(%"
    private static let pages = MemoryLayout<LongmaCPU>.offset(of: \.pages)!
    private static let addend = MemoryLayout<LongmaPage>.offset(of: \.addend)!
    private static let sites = MemoryLayout<LongmaSites>.size

    private var size: Int64 { Int64(kind & Int32(LONGMA_SLOW_SIZE)) }

    /// From the address in register `address` to the page in `t`; compared with the page of the last byte in `u`.
    private func probe(_ address: String, pages: String = "\(ProbedAccess.pages)(%[cpu])") -> String {
        let tag = MemoryLayout<LongmaPage>.offset(of: kind & Int32(LONGMA_SLOW_STORE) != 0 ? \.write : \.read)!
        let pageBits = MemoryLayout<LongmaPage>.stride.trailingZeroBitCount
        return """
            leaq \(size - 1)(\(address)), %[u]
            \trorxq $\(12 - pageBits), \(address), %[t]
            \tandl $\((Int(LONGMA_SOFT_TLB_PAGES) - 1) << pageBits), %k[t]
            \taddq \(pages), %[t]
            \tandq $-4096, %[u]
            \tcmpq \(tag)(%[t]), %[u]
            """
    }

    /// Calls the stub with the address that `push` pushes; `after` the call it goes on.
    private func slowly(_ push: String, _ at: Position, cpu: String = "%[cpu]", after: String = "") -> String {
        """
        \(slot)
        \t\(push)
        \tmovabsq $\(at.pc), %[t]
        \tpushq %[t]
        \tpushq $\(at.unexecuted)
        \tpushq $\(kind)
        \tpushq \(cpu)
        \tmovq \(MemoryLayout<LongmaCPU>.offset(of: \.helpers)!)(\(cpu)), %[t]
        \tcall *\(8 * HelperTable.slowAccess)(%[t])
        \tleaq 40(%%rsp), %%rsp
        \t\(after)\(finish)
        \tjmp 9b
        """
    }

    /// Where a region's access goes: at a constant from register `a`, or at the sum of `a` and `x`.
    enum Address {
        case displaced(Int64)
        case indexed

        /// The operand of the byte that is `further` on.
        fileprivate func operand(further: Int64 = 0) -> String {
            switch self {
            case .displaced(let offset): "\(offset + further)(%[a])"
            case .indexed: "\(further)(%[a],%[x])"
            }
        }

        fileprivate var toT: String { if case .displaced(0) = self { "movq %[a], %[t]" } else { "leaq \(operand()), %[t]" } }
    }

    /// The access, `t` being the page's addend. Of the two registers of a sum `x` is mostly the one that has just been computed, so it comes last.
    private func perform(_ address: Address) -> String {
        switch address {
        case .displaced(let offset): move("\(offset)(%[a],%[t])")
        case .indexed: "addq %[a], %[t]\n\t\(move("(%[t],%[x])"))"
        }
    }

    /// In the page that this instruction found last, if the access is aligned, else with a probe. The context's pages are at `pages`. It works with one register
    /// beside those, since this is what every access of a loop looks like.
    func probed(_ address: Address, _ pc: UInt64, _ at: Position, storing dirty: DirtyOperands) -> String {
        let isStore = kind & Int32(LONGMA_SLOW_STORE) != 0
        let kind = MemoryLayout<LongmaSites>.offset(of: isStore ? \.stores : \.loads)!
        let site = kind + Int(pc >> 2 & UInt64(LONGMA_SITES - 1)) * MemoryLayout<LongmaSite>.stride - Self.sites
        let siteAddend = site + MemoryLayout<LongmaSite>.offset(of: \.addend)!
        let tag = MemoryLayout<LongmaPage>.offset(of: isStore ? \.write : \.read)!
        let pageBits = MemoryLayout<LongmaPage>.stride.trailingZeroBitCount
        return """
            \(address.toT)
            \tandq $\(size - 1 - 4096), %[t]
            \tcmpq \(site)(%[pages]), %[t]
            \tjne 8f
            \tmovq \(siteAddend)(%[pages]), %[t]
            6:\t\(perform(address))
            9:
            \t.subsection 1
            8:\t\(address.toT)
            \trorxq $\(12 - pageBits), %[t], %[t]
            \tandl $\((Int(LONGMA_SOFT_TLB_PAGES) - 1) << pageBits), %k[t]
            \taddq %[pages], %[t]
            \tpushq %[a]
            \tleaq \(address.operand(further: size - 1)), %[a]
            \tandq $-4096, %[a]
            \tcmpq \(tag)(%[t]), %[a]
            \tpopq %[a]
            \tjne 7f
            \tpushq \(tag)(%[t])
            \tpopq \(site)(%[pages])
            \tmovq \(Self.addend)(%[t]), %[t]
            \tmovq $1, \(MemoryLayout<LongmaSites>.offset(of: \.used)! - Self.sites)(%[pages])
            \tmovq %[t], \(siteAddend)(%[pages])
            \tjmp 6b
            \(slowly(address, at, storing: dirty))
            """
    }

    /// Always with a probe, which works with `u`, too.
    func swept(_ address: Address, _ at: Position, storing dirty: DirtyOperands) -> String {
        """
        \(address.toT)
        \t\(probe("%[t]", pages: "%[pages]"))
        \tjne 7f
        \tmovq \(Self.addend)(%[t]), %[t]
        \t\(perform(address))
        9:
        \t.subsection 1
        \(slowly(address, at, storing: dirty))
        """
    }

    /// Label 7: the stub for a region's access. `cpu` may be in memory, and is in the register of `pages` meanwhile.
    private func slowly(_ address: Address, _ at: Position, storing dirty: DirtyOperands) -> String {
        """
        7:\tmovq %[cpu], %[pages]
        \t\(dirty.stores("%[pages]"))\(address.toT)
        \t\(slowly("pushq %[t]", at, cpu: "%[pages]", after: "movq \(Self.pages)(%[pages]), %[pages]\n\t"))
        \t.previous
        """
    }

    /// Behind the pointer `p` of a run, with a probe if that is 0.
    func direct(offset: Int64, base: UInt8, _ at: Position, storing dirty: DirtyOperands) -> String {
        """
        testq %[p], %[p]
        \tje 8f
        \t\(move("\(offset)(%[p])"))
        9:
        \t.subsection 1
        8:\t\(dirty.stores("%[cpu]"))movq \(8 * Int(base))(%[cpu]), %[t]
        \taddq $\(offset), %[t]
        \t\(probe("%[t]"))
        \tjne 7f
        \tmovq \(Self.addend)(%[t]), %[t]
        \taddq \(8 * Int(base))(%[cpu]), %[t]
        \t\(move("\(offset)(%[t])"))
        \tjmp 9b
        7:\tmovq \(8 * Int(base))(%[cpu]), %[u]
        \taddq $\(offset), %[u]
        \t\(slowly("pushq %[u]", at))
        \t.previous
        """
    }

    /// At address `a`, always with a probe; the pages are where `pages` says.
    func plain(_ at: Position, pages: String) -> String {
        """
        \(probe("%[a]", pages: pages))
        \tjne 8f
        \tmovq \(Self.addend)(%[t]), %[t]
        \t\(move("(%[a],%[t])"))
        9:
        \t.subsection 1
        8:\t\(slowly("pushq %[a]", at))
        \t.previous
        """
    }
}

extension ProbedAccess {
    static func load(_ type: MemoryType) -> ProbedAccess {
        let (move, register, isSigned) =
            switch type {
            case .int8: ("movsbq", "%[r]", true)
            case .uint8: ("movzbl", "%k[r]", false)
            case .int16: ("movswq", "%[r]", true)
            case .uint16: ("movzwl", "%k[r]", false)
            case .int32: ("movslq", "%[r]", true)
            case .uint32: ("movl", "%k[r]", false)
            case .int64: ("movq", "%[r]", false)
            }
        return ProbedAccess(kind: Int32(type.size) | (isSigned ? Int32(LONGMA_SLOW_SIGNED) : 0), slot: "pushq $0", finish: "popq %[r]") {
            "\(move) \($0), \(register)"
        }
    }

    static func store(_ type: MemoryType) -> ProbedAccess {
        let move =
            switch type {
            case .int8, .uint8: "movb %b[v]"
            case .int16, .uint16: "movw %w[v]"
            case .int32, .uint32: "movl %k[v]"
            case .int64: "movq %[v]"
            }
        return ProbedAccess(kind: Int32(type.size) | Int32(LONGMA_SLOW_STORE), slot: "pushq %[v]", finish: drop) { "\(move), \($0)" }
    }

    static func load(_ format: FloatFormat) -> ProbedAccess {
        let move = format == .single ? "vmovss" : "vmovsd"
        return ProbedAccess(kind: format == .single ? 4 : 8, slot: "pushq $0", finish: "vmovsd (%%rsp), %[r]\n\t\(drop)") { "\(move) \($0), %[r]" }
    }

    static func store(_ format: FloatFormat) -> ProbedAccess {
        let move = format == .single ? "vmovss" : "vmovsd"
        let kind = (format == .single ? 4 : 8) | Int32(LONGMA_SLOW_STORE)
        return ProbedAccess(kind: kind, slot: "pushq $0\n\tvmovsd %[v], (%%rsp)", finish: drop) { "\(move) %[v], \($0)" }
    }
}
