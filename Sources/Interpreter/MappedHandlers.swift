import CHost
import LoongArch
import Semantics

extension Handlers {
    /// The handlers of a core with address translation: memory through the soft TLB, system instructions by the machine, all others as in `table`.
    nonisolated(unsafe) static let mapped: UnsafeMutablePointer<Handler> = {
        let mapped = UnsafeMutablePointer<Handler>.allocate(capacity: InstructionTable.count)
        for opcode in Opcode.allCases {
            let word = Instruction(opcode: opcode, rd: 0, rj: 0, rk: 0, ra: 0, immediate: 0, immediate2: 0, word: opcode.form.bits)
            (mapped + opcode.index).initialize(to: handler(opcode, accessesMemory: RegisterUse(of: word).accessesMemory))
        }
        fillMapped { opcode, handler in mapped[opcode.index] = handler }
        for (opcode, other) in [(Opcode.ldptr_w, Opcode.ld_w), (.ldptr_d, .ld_d), (.stptr_w, .st_w), (.stptr_d, .st_d)] { mapped[opcode.index] = mapped[other.index] }
        return mapped
    }()

    private static func handler(_ opcode: Opcode, accessesMemory: Bool) -> Handler {
        if opcode.asksMachine { return machine }
        if opcode.isVector || opcode.isWideVectorAccess { return mappedVector }
        return accessesMemory ? mappedGeneral : table[opcode.index]
    }

    static let machine: Handler = { cpu, record in asking(cpu, record) }
    /// Memory accesses that are too rare for a handler of their own.
    static let mappedGeneral: Handler = { cpu, record in passingMapped(cpu, record) { i, e in Semantics.execute(i, &e) } }
    static let mappedVector: Handler = { cpu, record in passingMapped(cpu, record) { i, e in e.vector(i) } }

    /// For an instruction whose unit is switched off.
    static func disabled(_ exception: GuestException) -> Handler {
        switch exception {
        case .FPD: { cpu, record in raising(cpu, record, .FPD) }
        case .SXD: { cpu, record in raising(cpu, record, .SXD) }
        case .ASXD: { cpu, record in raising(cpu, record, .ASXD) }
        default: { cpu, record in raising(cpu, record, .BTD) }
        }
    }

    private static func fillMapped(_ set: (Opcode, Handler) -> Void) {
        set(.ld_b) { cpu, record in passingMapped(cpu, record) { i, e in Semantics.ld_b(i, &e) } }
        set(.ld_bu) { cpu, record in passingMapped(cpu, record) { i, e in Semantics.ld_bu(i, &e) } }
        set(.ld_h) { cpu, record in passingMapped(cpu, record) { i, e in Semantics.ld_h(i, &e) } }
        set(.ld_hu) { cpu, record in passingMapped(cpu, record) { i, e in Semantics.ld_hu(i, &e) } }
        set(.ld_w) { cpu, record in passingMapped(cpu, record) { i, e in Semantics.ld_w(i, &e) } }
        set(.ld_wu) { cpu, record in passingMapped(cpu, record) { i, e in Semantics.ld_wu(i, &e) } }
        set(.ld_d) { cpu, record in passingMapped(cpu, record) { i, e in Semantics.ld_d(i, &e) } }
        set(.st_b) { cpu, record in passingMapped(cpu, record) { i, e in Semantics.st_b(i, &e) } }
        set(.st_h) { cpu, record in passingMapped(cpu, record) { i, e in Semantics.st_h(i, &e) } }
        set(.st_w) { cpu, record in passingMapped(cpu, record) { i, e in Semantics.st_w(i, &e) } }
        set(.st_d) { cpu, record in passingMapped(cpu, record) { i, e in Semantics.st_d(i, &e) } }
        set(.ldx_bu) { cpu, record in passingMapped(cpu, record) { i, e in Semantics.ldx_bu(i, &e) } }
        set(.ldx_w) { cpu, record in passingMapped(cpu, record) { i, e in Semantics.ldx_w(i, &e) } }
        set(.ldx_wu) { cpu, record in passingMapped(cpu, record) { i, e in Semantics.ldx_wu(i, &e) } }
        set(.ldx_d) { cpu, record in passingMapped(cpu, record) { i, e in Semantics.ldx_d(i, &e) } }
        set(.stx_b) { cpu, record in passingMapped(cpu, record) { i, e in Semantics.stx_b(i, &e) } }
        set(.stx_w) { cpu, record in passingMapped(cpu, record) { i, e in Semantics.stx_w(i, &e) } }
        set(.stx_d) { cpu, record in passingMapped(cpu, record) { i, e in Semantics.stx_d(i, &e) } }
        set(.fld_s) { cpu, record in passingMapped(cpu, record) { i, e in Semantics.fld_s(i, &e) } }
        set(.fld_d) { cpu, record in passingMapped(cpu, record) { i, e in Semantics.fld_d(i, &e) } }
        set(.fst_s) { cpu, record in passingMapped(cpu, record) { i, e in Semantics.fst_s(i, &e) } }
        set(.fst_d) { cpu, record in passingMapped(cpu, record) { i, e in Semantics.fst_d(i, &e) } }
    }
}
