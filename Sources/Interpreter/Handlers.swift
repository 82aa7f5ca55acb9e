import CHost
import LoongArch
import Semantics

/// The handler of each opcode that has semantics. C functions, because only they can be called with nothing but two registers; each ends in a jump to the next
/// instruction's handler, or, where control flow may change, returns to the interpreter's loop.
enum Handlers {
    /// By opcode; opcodes without a handler of their own have the general one, which raises what `Semantics.execute` raises.
    nonisolated(unsafe) static let table: UnsafeMutablePointer<Handler> = {
        let table = UnsafeMutablePointer<Handler>.allocate(capacity: Opcode.allCases.count)
        table.initialize(repeating: general, count: Opcode.allCases.count)
        fill { opcode, handler in table[Int(opcode.rawValue)] = direct(handler) }
        for opcode in Opcode.allCases where opcode.isVector || opcode.isWideVectorAccess { table[Int(opcode.rawValue)] = vector }
        for (opcode, other) in synonyms { table[Int(opcode.rawValue)] = table[Int(other.rawValue)] }
        return table
    }()

    /// Executes by the switch over all opcodes.
    static let general: Handler = { cpu, record in passing(cpu, record) { i, e in Semantics.execute(i, &e) } }

    /// All vector instructions.
    static let vector: Handler = { cpu, record in passing(cpu, record) { i, e in e.vector(i) } }

    /// Before the first and behind the last instruction of a block.
    static let head = direct { cpu, record in entering(cpu, record) }
    static let link = direct { cpu, record in runningOn(cpu, record) }

    static let stop = direct { cpu, record in stopping(cpu, record) }

    /// What `handler` jumps to if that is all it does: most closures that are C functions are compiled to such a jump and a function behind it.
    static func direct(_ handler: Handler) -> Handler {
        let code = unsafeBitCast(handler, to: UnsafeRawPointer.self)
        switch code.load(as: UInt8.self) {
        case 0xE9: return unsafeBitCast(code + 5 + Int(code.loadUnaligned(fromByteOffset: 1, as: Int32.self)), to: Handler.self)
        case 0xEB: return unsafeBitCast(code + 2 + Int(code.load(fromByteOffset: 1, as: Int8.self)), to: Handler.self)
        default: return handler
        }
    }

    /// Calls `set` for every opcode with semantics of its own.
    static func fill(_ set: (Opcode, Handler) -> Void) {
        part0(set)
        part1(set)
        part2(set)
        part3(set)
        part4(set)
        part5(set)
    }

    /// Opcodes that do the same as another: two equal handlers would be merged into one that is called, not jumped to.
    static let synonyms: [(Opcode, Opcode)] = [
        (.ldptr_w, .ld_w), (.ldptr_d, .ld_d), (.stptr_w, .st_w), (.stptr_d, .st_d),
        (.preldx, .preld), (.amswap_db_w, .amswap_w), (.amadd_db_w, .amadd_w), (.amand_db_w, .amand_w),
        (.amor_db_w, .amor_w), (.amxor_db_w, .amxor_w), (.ammax_db_w, .ammax_w), (.ammin_db_w, .ammin_w),
        (.ammax_db_wu, .ammax_wu), (.ammin_db_wu, .ammin_wu), (.amswap_db_d, .amswap_d), (.amadd_db_d, .amadd_d),
        (.amand_db_d, .amand_d), (.amor_db_d, .amor_d), (.amxor_db_d, .amxor_d), (.ammax_db_d, .ammax_d),
        (.ammin_db_d, .ammin_d), (.ammax_db_du, .ammax_du), (.ammin_db_du, .ammin_du), (.amswap_db_b, .amswap_b),
        (.amswap_db_h, .amswap_h), (.amadd_db_b, .amadd_b), (.amadd_db_h, .amadd_h), (.amcas_db_b, .amcas_b),
        (.amcas_db_h, .amcas_h), (.amcas_db_w, .amcas_w), (.amcas_db_d, .amcas_d), (.llacq_w, .ll_w),
        (.llacq_d, .ll_d), (.screl_w, .sc_w), (.screl_d, .sc_d), (.frecipe_s, .frecip_s),
        (.frecipe_d, .frecip_d), (.frsqrte_s, .frsqrt_s), (.frsqrte_d, .frsqrt_d), (.fmov_d, .fmov_s),
    ]

    private static func part0(_ set: (Opcode, Handler) -> Void) {
        set(.add_w) { cpu, record in passing(cpu, record) { i, e in Semantics.add_w(i, &e) } }
        set(.add_d) { cpu, record in passing(cpu, record) { i, e in Semantics.add_d(i, &e) } }
        set(.sub_w) { cpu, record in passing(cpu, record) { i, e in Semantics.sub_w(i, &e) } }
        set(.sub_d) { cpu, record in passing(cpu, record) { i, e in Semantics.sub_d(i, &e) } }
        set(.addi_w) { cpu, record in passing(cpu, record) { i, e in Semantics.addi_w(i, &e) } }
        set(.addi_d) { cpu, record in passing(cpu, record) { i, e in Semantics.addi_d(i, &e) } }
        set(.addu16i_d) { cpu, record in passing(cpu, record) { i, e in Semantics.addu16i_d(i, &e) } }
        set(.alsl_w) { cpu, record in passing(cpu, record) { i, e in Semantics.alsl_w(i, &e) } }
        set(.alsl_wu) { cpu, record in passing(cpu, record) { i, e in Semantics.alsl_wu(i, &e) } }
        set(.alsl_d) { cpu, record in passing(cpu, record) { i, e in Semantics.alsl_d(i, &e) } }
        set(.lu12i_w) { cpu, record in passing(cpu, record) { i, e in Semantics.lu12i_w(i, &e) } }
        set(.lu32i_d) { cpu, record in passing(cpu, record) { i, e in Semantics.lu32i_d(i, &e) } }
        set(.lu52i_d) { cpu, record in passing(cpu, record) { i, e in Semantics.lu52i_d(i, &e) } }
        set(.pcaddi) { cpu, record in passing(cpu, record) { i, e in Semantics.pcaddi(i, &e) } }
        set(.pcaddu12i) { cpu, record in passing(cpu, record) { i, e in Semantics.pcaddu12i(i, &e) } }
        set(.pcaddu18i) { cpu, record in passing(cpu, record) { i, e in Semantics.pcaddu18i(i, &e) } }
        set(.pcalau12i) { cpu, record in passing(cpu, record) { i, e in Semantics.pcalau12i(i, &e) } }
        set(.slt) { cpu, record in passing(cpu, record) { i, e in Semantics.slt(i, &e) } }
        set(.sltu) { cpu, record in passing(cpu, record) { i, e in Semantics.sltu(i, &e) } }
        set(.slti) { cpu, record in passing(cpu, record) { i, e in Semantics.slti(i, &e) } }
        set(.sltui) { cpu, record in passing(cpu, record) { i, e in Semantics.sltui(i, &e) } }
        set(.maskeqz) { cpu, record in passing(cpu, record) { i, e in Semantics.maskeqz(i, &e) } }
        set(.masknez) { cpu, record in passing(cpu, record) { i, e in Semantics.masknez(i, &e) } }
        set(.and) { cpu, record in passing(cpu, record) { i, e in Semantics.and(i, &e) } }
        set(.or) { cpu, record in passing(cpu, record) { i, e in Semantics.or(i, &e) } }
        set(.xor) { cpu, record in passing(cpu, record) { i, e in Semantics.xor(i, &e) } }
        set(.nor) { cpu, record in passing(cpu, record) { i, e in Semantics.nor(i, &e) } }
        set(.orn) { cpu, record in passing(cpu, record) { i, e in Semantics.orn(i, &e) } }
        set(.andn) { cpu, record in passing(cpu, record) { i, e in Semantics.andn(i, &e) } }
        set(.andi) { cpu, record in passing(cpu, record) { i, e in Semantics.andi(i, &e) } }
        set(.ori) { cpu, record in passing(cpu, record) { i, e in Semantics.ori(i, &e) } }
        set(.xori) { cpu, record in passing(cpu, record) { i, e in Semantics.xori(i, &e) } }
        set(.sll_w) { cpu, record in passing(cpu, record) { i, e in Semantics.sll_w(i, &e) } }
        set(.srl_w) { cpu, record in passing(cpu, record) { i, e in Semantics.srl_w(i, &e) } }
        set(.sra_w) { cpu, record in passing(cpu, record) { i, e in Semantics.sra_w(i, &e) } }
        set(.rotr_w) { cpu, record in passing(cpu, record) { i, e in Semantics.rotr_w(i, &e) } }
        set(.sll_d) { cpu, record in passing(cpu, record) { i, e in Semantics.sll_d(i, &e) } }
        set(.srl_d) { cpu, record in passing(cpu, record) { i, e in Semantics.srl_d(i, &e) } }
        set(.sra_d) { cpu, record in passing(cpu, record) { i, e in Semantics.sra_d(i, &e) } }
        set(.rotr_d) { cpu, record in passing(cpu, record) { i, e in Semantics.rotr_d(i, &e) } }
        set(.slli_w) { cpu, record in passing(cpu, record) { i, e in Semantics.slli_w(i, &e) } }
        set(.srli_w) { cpu, record in passing(cpu, record) { i, e in Semantics.srli_w(i, &e) } }
        set(.srai_w) { cpu, record in passing(cpu, record) { i, e in Semantics.srai_w(i, &e) } }
        set(.rotri_w) { cpu, record in passing(cpu, record) { i, e in Semantics.rotri_w(i, &e) } }
        set(.slli_d) { cpu, record in passing(cpu, record) { i, e in Semantics.slli_d(i, &e) } }
        set(.srli_d) { cpu, record in passing(cpu, record) { i, e in Semantics.srli_d(i, &e) } }
        set(.srai_d) { cpu, record in passing(cpu, record) { i, e in Semantics.srai_d(i, &e) } }
        set(.rotri_d) { cpu, record in passing(cpu, record) { i, e in Semantics.rotri_d(i, &e) } }
        set(.mul_w) { cpu, record in passing(cpu, record) { i, e in Semantics.mul_w(i, &e) } }
        set(.mul_d) { cpu, record in passing(cpu, record) { i, e in Semantics.mul_d(i, &e) } }
        set(.mulw_d_w) { cpu, record in passing(cpu, record) { i, e in Semantics.mulw_d_w(i, &e) } }
        set(.mulw_d_wu) { cpu, record in passing(cpu, record) { i, e in Semantics.mulw_d_wu(i, &e) } }
        set(.mulh_w) { cpu, record in passing(cpu, record) { i, e in Semantics.mulh_w(i, &e) } }
        set(.mulh_wu) { cpu, record in passing(cpu, record) { i, e in Semantics.mulh_wu(i, &e) } }
        set(.mulh_d) { cpu, record in passing(cpu, record) { i, e in Semantics.mulh_d(i, &e) } }
        set(.mulh_du) { cpu, record in passing(cpu, record) { i, e in Semantics.mulh_du(i, &e) } }
        set(.div_w) { cpu, record in passing(cpu, record) { i, e in Semantics.div_w(i, &e) } }
        set(.div_wu) { cpu, record in passing(cpu, record) { i, e in Semantics.div_wu(i, &e) } }
        set(.div_d) { cpu, record in passing(cpu, record) { i, e in Semantics.div_d(i, &e) } }
        set(.div_du) { cpu, record in passing(cpu, record) { i, e in Semantics.div_du(i, &e) } }
        set(.mod_w) { cpu, record in passing(cpu, record) { i, e in Semantics.mod_w(i, &e) } }
        set(.mod_wu) { cpu, record in passing(cpu, record) { i, e in Semantics.mod_wu(i, &e) } }
        set(.mod_d) { cpu, record in passing(cpu, record) { i, e in Semantics.mod_d(i, &e) } }
        set(.mod_du) { cpu, record in passing(cpu, record) { i, e in Semantics.mod_du(i, &e) } }
    }

    private static func part1(_ set: (Opcode, Handler) -> Void) {
        set(.ld_b) { cpu, record in passing(cpu, record) { i, e in Semantics.ld_b(i, &e) } }
        set(.ld_bu) { cpu, record in passing(cpu, record) { i, e in Semantics.ld_bu(i, &e) } }
        set(.ld_h) { cpu, record in passing(cpu, record) { i, e in Semantics.ld_h(i, &e) } }
        set(.ld_hu) { cpu, record in passing(cpu, record) { i, e in Semantics.ld_hu(i, &e) } }
        set(.ld_w) { cpu, record in passing(cpu, record) { i, e in Semantics.ld_w(i, &e) } }
        set(.ld_wu) { cpu, record in passing(cpu, record) { i, e in Semantics.ld_wu(i, &e) } }
        set(.ld_d) { cpu, record in passing(cpu, record) { i, e in Semantics.ld_d(i, &e) } }
        set(.st_b) { cpu, record in passing(cpu, record) { i, e in Semantics.st_b(i, &e) } }
        set(.st_h) { cpu, record in passing(cpu, record) { i, e in Semantics.st_h(i, &e) } }
        set(.st_w) { cpu, record in passing(cpu, record) { i, e in Semantics.st_w(i, &e) } }
        set(.st_d) { cpu, record in passing(cpu, record) { i, e in Semantics.st_d(i, &e) } }
        set(.ldx_b) { cpu, record in passing(cpu, record) { i, e in Semantics.ldx_b(i, &e) } }
        set(.ldx_bu) { cpu, record in passing(cpu, record) { i, e in Semantics.ldx_bu(i, &e) } }
        set(.ldx_h) { cpu, record in passing(cpu, record) { i, e in Semantics.ldx_h(i, &e) } }
        set(.ldx_hu) { cpu, record in passing(cpu, record) { i, e in Semantics.ldx_hu(i, &e) } }
        set(.ldx_w) { cpu, record in passing(cpu, record) { i, e in Semantics.ldx_w(i, &e) } }
        set(.ldx_wu) { cpu, record in passing(cpu, record) { i, e in Semantics.ldx_wu(i, &e) } }
        set(.ldx_d) { cpu, record in passing(cpu, record) { i, e in Semantics.ldx_d(i, &e) } }
        set(.stx_b) { cpu, record in passing(cpu, record) { i, e in Semantics.stx_b(i, &e) } }
        set(.stx_h) { cpu, record in passing(cpu, record) { i, e in Semantics.stx_h(i, &e) } }
        set(.stx_w) { cpu, record in passing(cpu, record) { i, e in Semantics.stx_w(i, &e) } }
        set(.stx_d) { cpu, record in passing(cpu, record) { i, e in Semantics.stx_d(i, &e) } }
        set(.ldgt_b) { cpu, record in passing(cpu, record) { i, e in Semantics.ldgt_b(i, &e) } }
        set(.ldgt_h) { cpu, record in passing(cpu, record) { i, e in Semantics.ldgt_h(i, &e) } }
        set(.ldgt_w) { cpu, record in passing(cpu, record) { i, e in Semantics.ldgt_w(i, &e) } }
        set(.ldgt_d) { cpu, record in passing(cpu, record) { i, e in Semantics.ldgt_d(i, &e) } }
        set(.ldle_b) { cpu, record in passing(cpu, record) { i, e in Semantics.ldle_b(i, &e) } }
        set(.ldle_h) { cpu, record in passing(cpu, record) { i, e in Semantics.ldle_h(i, &e) } }
        set(.ldle_w) { cpu, record in passing(cpu, record) { i, e in Semantics.ldle_w(i, &e) } }
        set(.ldle_d) { cpu, record in passing(cpu, record) { i, e in Semantics.ldle_d(i, &e) } }
        set(.stgt_b) { cpu, record in passing(cpu, record) { i, e in Semantics.stgt_b(i, &e) } }
        set(.stgt_h) { cpu, record in passing(cpu, record) { i, e in Semantics.stgt_h(i, &e) } }
        set(.stgt_w) { cpu, record in passing(cpu, record) { i, e in Semantics.stgt_w(i, &e) } }
        set(.stgt_d) { cpu, record in passing(cpu, record) { i, e in Semantics.stgt_d(i, &e) } }
        set(.stle_b) { cpu, record in passing(cpu, record) { i, e in Semantics.stle_b(i, &e) } }
        set(.stle_h) { cpu, record in passing(cpu, record) { i, e in Semantics.stle_h(i, &e) } }
        set(.stle_w) { cpu, record in passing(cpu, record) { i, e in Semantics.stle_w(i, &e) } }
        set(.stle_d) { cpu, record in passing(cpu, record) { i, e in Semantics.stle_d(i, &e) } }
        set(.asrtle_d) { cpu, record in passing(cpu, record) { i, e in Semantics.asrtle_d(i, &e) } }
        set(.asrtgt_d) { cpu, record in passing(cpu, record) { i, e in Semantics.asrtgt_d(i, &e) } }
        set(.preld) { cpu, record in passing(cpu, record) { i, e in Semantics.preld(i, &e) } }
        set(.dbar) { cpu, record in passing(cpu, record) { i, e in Semantics.dbar(i, &e) } }
        set(.ibar) { cpu, record in closing(cpu, record) { i, e in Semantics.ibar(i, &e) } }
        set(.beqz) { cpu, record in deciding(cpu, record) { i, e in Semantics.beqz(i, &e) } }
        set(.bnez) { cpu, record in deciding(cpu, record) { i, e in Semantics.bnez(i, &e) } }
        set(.beq) { cpu, record in deciding(cpu, record) { i, e in Semantics.beq(i, &e) } }
        set(.bne) { cpu, record in deciding(cpu, record) { i, e in Semantics.bne(i, &e) } }
        set(.blt) { cpu, record in deciding(cpu, record) { i, e in Semantics.blt(i, &e) } }
        set(.bge) { cpu, record in deciding(cpu, record) { i, e in Semantics.bge(i, &e) } }
        set(.bltu) { cpu, record in deciding(cpu, record) { i, e in Semantics.bltu(i, &e) } }
        set(.bgeu) { cpu, record in deciding(cpu, record) { i, e in Semantics.bgeu(i, &e) } }
        set(.b) { cpu, record in deciding(cpu, record) { i, e in Semantics.b(i, &e) } }
        set(.bl) { cpu, record in deciding(cpu, record) { i, e in Semantics.bl(i, &e) } }
        set(.jirl) { cpu, record in closing(cpu, record) { i, e in Semantics.jirl(i, &e) } }
        set(.syscall) { cpu, record in closing(cpu, record) { i, e in Semantics.syscall(i, &e) } }
        set(.`break`) { cpu, record in closing(cpu, record) { i, e in Semantics.`break`(i, &e) } }
        set(.cpucfg) { cpu, record in closing(cpu, record) { i, e in Semantics.cpucfg(i, &e) } }
        set(.rdtimel_w) { cpu, record in closing(cpu, record) { i, e in Semantics.rdtimel_w(i, &e) } }
        set(.rdtimeh_w) { cpu, record in closing(cpu, record) { i, e in Semantics.rdtimeh_w(i, &e) } }
        set(.rdtime_d) { cpu, record in closing(cpu, record) { i, e in Semantics.rdtime_d(i, &e) } }
        set(.ext_w_b) { cpu, record in passing(cpu, record) { i, e in Semantics.ext_w_b(i, &e) } }
        set(.ext_w_h) { cpu, record in passing(cpu, record) { i, e in Semantics.ext_w_h(i, &e) } }
        set(.clz_d) { cpu, record in passing(cpu, record) { i, e in Semantics.clz_d(i, &e) } }
        set(.clo_d) { cpu, record in passing(cpu, record) { i, e in Semantics.clo_d(i, &e) } }
    }

    private static func part2(_ set: (Opcode, Handler) -> Void) {
        set(.ctz_d) { cpu, record in passing(cpu, record) { i, e in Semantics.ctz_d(i, &e) } }
        set(.cto_d) { cpu, record in passing(cpu, record) { i, e in Semantics.cto_d(i, &e) } }
        set(.clz_w) { cpu, record in passing(cpu, record) { i, e in Semantics.clz_w(i, &e) } }
        set(.clo_w) { cpu, record in passing(cpu, record) { i, e in Semantics.clo_w(i, &e) } }
        set(.ctz_w) { cpu, record in passing(cpu, record) { i, e in Semantics.ctz_w(i, &e) } }
        set(.cto_w) { cpu, record in passing(cpu, record) { i, e in Semantics.cto_w(i, &e) } }
        set(.revb_d) { cpu, record in passing(cpu, record) { i, e in Semantics.revb_d(i, &e) } }
        set(.revb_2w) { cpu, record in passing(cpu, record) { i, e in Semantics.revb_2w(i, &e) } }
        set(.revb_4h) { cpu, record in passing(cpu, record) { i, e in Semantics.revb_4h(i, &e) } }
        set(.revb_2h) { cpu, record in passing(cpu, record) { i, e in Semantics.revb_2h(i, &e) } }
        set(.revh_2w) { cpu, record in passing(cpu, record) { i, e in Semantics.revh_2w(i, &e) } }
        set(.revh_d) { cpu, record in passing(cpu, record) { i, e in Semantics.revh_d(i, &e) } }
        set(.bitrev_d) { cpu, record in passing(cpu, record) { i, e in Semantics.bitrev_d(i, &e) } }
        set(.bitrev_8b) { cpu, record in passing(cpu, record) { i, e in Semantics.bitrev_8b(i, &e) } }
        set(.bitrev_w) { cpu, record in passing(cpu, record) { i, e in Semantics.bitrev_w(i, &e) } }
        set(.bitrev_4b) { cpu, record in passing(cpu, record) { i, e in Semantics.bitrev_4b(i, &e) } }
        set(.bytepick_w) { cpu, record in passing(cpu, record) { i, e in Semantics.bytepick_w(i, &e) } }
        set(.bytepick_d) { cpu, record in passing(cpu, record) { i, e in Semantics.bytepick_d(i, &e) } }
        set(.bstrpick_d) { cpu, record in passing(cpu, record) { i, e in Semantics.bstrpick_d(i, &e) } }
        set(.bstrpick_w) { cpu, record in passing(cpu, record) { i, e in Semantics.bstrpick_w(i, &e) } }
        set(.bstrins_d) { cpu, record in passing(cpu, record) { i, e in Semantics.bstrins_d(i, &e) } }
        set(.bstrins_w) { cpu, record in passing(cpu, record) { i, e in Semantics.bstrins_w(i, &e) } }
        set(.crc_w_b_w) { cpu, record in passing(cpu, record) { i, e in Semantics.crc_w_b_w(i, &e) } }
        set(.crc_w_h_w) { cpu, record in passing(cpu, record) { i, e in Semantics.crc_w_h_w(i, &e) } }
        set(.crc_w_w_w) { cpu, record in passing(cpu, record) { i, e in Semantics.crc_w_w_w(i, &e) } }
        set(.crc_w_d_w) { cpu, record in passing(cpu, record) { i, e in Semantics.crc_w_d_w(i, &e) } }
        set(.crcc_w_b_w) { cpu, record in passing(cpu, record) { i, e in Semantics.crcc_w_b_w(i, &e) } }
        set(.crcc_w_h_w) { cpu, record in passing(cpu, record) { i, e in Semantics.crcc_w_h_w(i, &e) } }
        set(.crcc_w_w_w) { cpu, record in passing(cpu, record) { i, e in Semantics.crcc_w_w_w(i, &e) } }
        set(.crcc_w_d_w) { cpu, record in passing(cpu, record) { i, e in Semantics.crcc_w_d_w(i, &e) } }
        set(.amswap_w) { cpu, record in passing(cpu, record) { i, e in Semantics.amswap_w(i, &e) } }
        set(.amadd_w) { cpu, record in passing(cpu, record) { i, e in Semantics.amadd_w(i, &e) } }
        set(.amand_w) { cpu, record in passing(cpu, record) { i, e in Semantics.amand_w(i, &e) } }
        set(.amor_w) { cpu, record in passing(cpu, record) { i, e in Semantics.amor_w(i, &e) } }
        set(.amxor_w) { cpu, record in passing(cpu, record) { i, e in Semantics.amxor_w(i, &e) } }
        set(.ammax_w) { cpu, record in passing(cpu, record) { i, e in Semantics.ammax_w(i, &e) } }
        set(.ammin_w) { cpu, record in passing(cpu, record) { i, e in Semantics.ammin_w(i, &e) } }
        set(.ammax_wu) { cpu, record in passing(cpu, record) { i, e in Semantics.ammax_wu(i, &e) } }
        set(.ammin_wu) { cpu, record in passing(cpu, record) { i, e in Semantics.ammin_wu(i, &e) } }
        set(.amswap_d) { cpu, record in passing(cpu, record) { i, e in Semantics.amswap_d(i, &e) } }
        set(.amadd_d) { cpu, record in passing(cpu, record) { i, e in Semantics.amadd_d(i, &e) } }
        set(.amand_d) { cpu, record in passing(cpu, record) { i, e in Semantics.amand_d(i, &e) } }
        set(.amor_d) { cpu, record in passing(cpu, record) { i, e in Semantics.amor_d(i, &e) } }
        set(.amxor_d) { cpu, record in passing(cpu, record) { i, e in Semantics.amxor_d(i, &e) } }
        set(.ammax_d) { cpu, record in passing(cpu, record) { i, e in Semantics.ammax_d(i, &e) } }
        set(.ammin_d) { cpu, record in passing(cpu, record) { i, e in Semantics.ammin_d(i, &e) } }
        set(.ammax_du) { cpu, record in passing(cpu, record) { i, e in Semantics.ammax_du(i, &e) } }
        set(.ammin_du) { cpu, record in passing(cpu, record) { i, e in Semantics.ammin_du(i, &e) } }
        set(.amswap_b) { cpu, record in passing(cpu, record) { i, e in Semantics.amswap_b(i, &e) } }
        set(.amswap_h) { cpu, record in passing(cpu, record) { i, e in Semantics.amswap_h(i, &e) } }
        set(.amadd_b) { cpu, record in passing(cpu, record) { i, e in Semantics.amadd_b(i, &e) } }
        set(.amadd_h) { cpu, record in passing(cpu, record) { i, e in Semantics.amadd_h(i, &e) } }
        set(.amcas_b) { cpu, record in passing(cpu, record) { i, e in Semantics.amcas_b(i, &e) } }
        set(.amcas_h) { cpu, record in passing(cpu, record) { i, e in Semantics.amcas_h(i, &e) } }
        set(.amcas_w) { cpu, record in passing(cpu, record) { i, e in Semantics.amcas_w(i, &e) } }
        set(.amcas_d) { cpu, record in passing(cpu, record) { i, e in Semantics.amcas_d(i, &e) } }
        set(.ll_w) { cpu, record in passing(cpu, record) { i, e in Semantics.ll_w(i, &e) } }
        set(.ll_d) { cpu, record in passing(cpu, record) { i, e in Semantics.ll_d(i, &e) } }
        set(.sc_w) { cpu, record in passing(cpu, record) { i, e in Semantics.sc_w(i, &e) } }
        set(.sc_d) { cpu, record in passing(cpu, record) { i, e in Semantics.sc_d(i, &e) } }
        set(.sc_q) { cpu, record in passing(cpu, record) { i, e in Semantics.sc_q(i, &e) } }
        set(.fadd_s) { cpu, record in passing(cpu, record) { i, e in Semantics.fadd_s(i, &e) } }
        set(.fadd_d) { cpu, record in passing(cpu, record) { i, e in Semantics.fadd_d(i, &e) } }
        set(.fsub_s) { cpu, record in passing(cpu, record) { i, e in Semantics.fsub_s(i, &e) } }
    }

    private static func part3(_ set: (Opcode, Handler) -> Void) {
        set(.fsub_d) { cpu, record in passing(cpu, record) { i, e in Semantics.fsub_d(i, &e) } }
        set(.fmul_s) { cpu, record in passing(cpu, record) { i, e in Semantics.fmul_s(i, &e) } }
        set(.fmul_d) { cpu, record in passing(cpu, record) { i, e in Semantics.fmul_d(i, &e) } }
        set(.fdiv_s) { cpu, record in passing(cpu, record) { i, e in Semantics.fdiv_s(i, &e) } }
        set(.fdiv_d) { cpu, record in passing(cpu, record) { i, e in Semantics.fdiv_d(i, &e) } }
        set(.fmax_s) { cpu, record in passing(cpu, record) { i, e in Semantics.fmax_s(i, &e) } }
        set(.fmax_d) { cpu, record in passing(cpu, record) { i, e in Semantics.fmax_d(i, &e) } }
        set(.fmin_s) { cpu, record in passing(cpu, record) { i, e in Semantics.fmin_s(i, &e) } }
        set(.fmin_d) { cpu, record in passing(cpu, record) { i, e in Semantics.fmin_d(i, &e) } }
        set(.fmaxa_s) { cpu, record in passing(cpu, record) { i, e in Semantics.fmaxa_s(i, &e) } }
        set(.fmaxa_d) { cpu, record in passing(cpu, record) { i, e in Semantics.fmaxa_d(i, &e) } }
        set(.fmina_s) { cpu, record in passing(cpu, record) { i, e in Semantics.fmina_s(i, &e) } }
        set(.fmina_d) { cpu, record in passing(cpu, record) { i, e in Semantics.fmina_d(i, &e) } }
        set(.fscaleb_s) { cpu, record in passing(cpu, record) { i, e in Semantics.fscaleb_s(i, &e) } }
        set(.fscaleb_d) { cpu, record in passing(cpu, record) { i, e in Semantics.fscaleb_d(i, &e) } }
        set(.fmadd_s) { cpu, record in passing(cpu, record) { i, e in Semantics.fmadd_s(i, &e) } }
        set(.fmadd_d) { cpu, record in passing(cpu, record) { i, e in Semantics.fmadd_d(i, &e) } }
        set(.fmsub_s) { cpu, record in passing(cpu, record) { i, e in Semantics.fmsub_s(i, &e) } }
        set(.fmsub_d) { cpu, record in passing(cpu, record) { i, e in Semantics.fmsub_d(i, &e) } }
        set(.fnmadd_s) { cpu, record in passing(cpu, record) { i, e in Semantics.fnmadd_s(i, &e) } }
        set(.fnmadd_d) { cpu, record in passing(cpu, record) { i, e in Semantics.fnmadd_d(i, &e) } }
        set(.fnmsub_s) { cpu, record in passing(cpu, record) { i, e in Semantics.fnmsub_s(i, &e) } }
        set(.fnmsub_d) { cpu, record in passing(cpu, record) { i, e in Semantics.fnmsub_d(i, &e) } }
        set(.fsqrt_s) { cpu, record in passing(cpu, record) { i, e in Semantics.fsqrt_s(i, &e) } }
        set(.fsqrt_d) { cpu, record in passing(cpu, record) { i, e in Semantics.fsqrt_d(i, &e) } }
        set(.frecip_s) { cpu, record in passing(cpu, record) { i, e in Semantics.frecip_s(i, &e) } }
        set(.frecip_d) { cpu, record in passing(cpu, record) { i, e in Semantics.frecip_d(i, &e) } }
        set(.frsqrt_s) { cpu, record in passing(cpu, record) { i, e in Semantics.frsqrt_s(i, &e) } }
        set(.frsqrt_d) { cpu, record in passing(cpu, record) { i, e in Semantics.frsqrt_d(i, &e) } }
        set(.flogb_s) { cpu, record in passing(cpu, record) { i, e in Semantics.flogb_s(i, &e) } }
        set(.flogb_d) { cpu, record in passing(cpu, record) { i, e in Semantics.flogb_d(i, &e) } }
        set(.frint_s) { cpu, record in passing(cpu, record) { i, e in Semantics.frint_s(i, &e) } }
        set(.frint_d) { cpu, record in passing(cpu, record) { i, e in Semantics.frint_d(i, &e) } }
        set(.fcvt_s_d) { cpu, record in passing(cpu, record) { i, e in Semantics.fcvt_s_d(i, &e) } }
        set(.fcvt_d_s) { cpu, record in passing(cpu, record) { i, e in Semantics.fcvt_d_s(i, &e) } }
        set(.ffint_s_w) { cpu, record in passing(cpu, record) { i, e in Semantics.ffint_s_w(i, &e) } }
        set(.ffint_s_l) { cpu, record in passing(cpu, record) { i, e in Semantics.ffint_s_l(i, &e) } }
        set(.ffint_d_w) { cpu, record in passing(cpu, record) { i, e in Semantics.ffint_d_w(i, &e) } }
        set(.ffint_d_l) { cpu, record in passing(cpu, record) { i, e in Semantics.ffint_d_l(i, &e) } }
        set(.ftint_w_s) { cpu, record in passing(cpu, record) { i, e in Semantics.ftint_w_s(i, &e) } }
        set(.ftint_w_d) { cpu, record in passing(cpu, record) { i, e in Semantics.ftint_w_d(i, &e) } }
        set(.ftint_l_s) { cpu, record in passing(cpu, record) { i, e in Semantics.ftint_l_s(i, &e) } }
        set(.ftint_l_d) { cpu, record in passing(cpu, record) { i, e in Semantics.ftint_l_d(i, &e) } }
        set(.ftintrm_w_s) { cpu, record in passing(cpu, record) { i, e in Semantics.ftintrm_w_s(i, &e) } }
        set(.ftintrm_w_d) { cpu, record in passing(cpu, record) { i, e in Semantics.ftintrm_w_d(i, &e) } }
        set(.ftintrm_l_s) { cpu, record in passing(cpu, record) { i, e in Semantics.ftintrm_l_s(i, &e) } }
        set(.ftintrm_l_d) { cpu, record in passing(cpu, record) { i, e in Semantics.ftintrm_l_d(i, &e) } }
        set(.ftintrp_w_s) { cpu, record in passing(cpu, record) { i, e in Semantics.ftintrp_w_s(i, &e) } }
        set(.ftintrp_w_d) { cpu, record in passing(cpu, record) { i, e in Semantics.ftintrp_w_d(i, &e) } }
        set(.ftintrp_l_s) { cpu, record in passing(cpu, record) { i, e in Semantics.ftintrp_l_s(i, &e) } }
        set(.ftintrp_l_d) { cpu, record in passing(cpu, record) { i, e in Semantics.ftintrp_l_d(i, &e) } }
        set(.ftintrz_w_s) { cpu, record in passing(cpu, record) { i, e in Semantics.ftintrz_w_s(i, &e) } }
        set(.ftintrz_w_d) { cpu, record in passing(cpu, record) { i, e in Semantics.ftintrz_w_d(i, &e) } }
        set(.ftintrz_l_s) { cpu, record in passing(cpu, record) { i, e in Semantics.ftintrz_l_s(i, &e) } }
        set(.ftintrz_l_d) { cpu, record in passing(cpu, record) { i, e in Semantics.ftintrz_l_d(i, &e) } }
        set(.ftintrne_w_s) { cpu, record in passing(cpu, record) { i, e in Semantics.ftintrne_w_s(i, &e) } }
        set(.ftintrne_w_d) { cpu, record in passing(cpu, record) { i, e in Semantics.ftintrne_w_d(i, &e) } }
        set(.ftintrne_l_s) { cpu, record in passing(cpu, record) { i, e in Semantics.ftintrne_l_s(i, &e) } }
        set(.ftintrne_l_d) { cpu, record in passing(cpu, record) { i, e in Semantics.ftintrne_l_d(i, &e) } }
        set(.fcmp_caf_s) { cpu, record in passing(cpu, record) { i, e in Semantics.fcmp_caf_s(i, &e) } }
        set(.fcmp_caf_d) { cpu, record in passing(cpu, record) { i, e in Semantics.fcmp_caf_d(i, &e) } }
        set(.fcmp_saf_s) { cpu, record in passing(cpu, record) { i, e in Semantics.fcmp_saf_s(i, &e) } }
        set(.fcmp_saf_d) { cpu, record in passing(cpu, record) { i, e in Semantics.fcmp_saf_d(i, &e) } }
        set(.fcmp_clt_s) { cpu, record in passing(cpu, record) { i, e in Semantics.fcmp_clt_s(i, &e) } }
    }

    private static func part4(_ set: (Opcode, Handler) -> Void) {
        set(.fcmp_clt_d) { cpu, record in passing(cpu, record) { i, e in Semantics.fcmp_clt_d(i, &e) } }
        set(.fcmp_slt_s) { cpu, record in passing(cpu, record) { i, e in Semantics.fcmp_slt_s(i, &e) } }
        set(.fcmp_slt_d) { cpu, record in passing(cpu, record) { i, e in Semantics.fcmp_slt_d(i, &e) } }
        set(.fcmp_ceq_s) { cpu, record in passing(cpu, record) { i, e in Semantics.fcmp_ceq_s(i, &e) } }
        set(.fcmp_ceq_d) { cpu, record in passing(cpu, record) { i, e in Semantics.fcmp_ceq_d(i, &e) } }
        set(.fcmp_seq_s) { cpu, record in passing(cpu, record) { i, e in Semantics.fcmp_seq_s(i, &e) } }
        set(.fcmp_seq_d) { cpu, record in passing(cpu, record) { i, e in Semantics.fcmp_seq_d(i, &e) } }
        set(.fcmp_cle_s) { cpu, record in passing(cpu, record) { i, e in Semantics.fcmp_cle_s(i, &e) } }
        set(.fcmp_cle_d) { cpu, record in passing(cpu, record) { i, e in Semantics.fcmp_cle_d(i, &e) } }
        set(.fcmp_sle_s) { cpu, record in passing(cpu, record) { i, e in Semantics.fcmp_sle_s(i, &e) } }
        set(.fcmp_sle_d) { cpu, record in passing(cpu, record) { i, e in Semantics.fcmp_sle_d(i, &e) } }
        set(.fcmp_cun_s) { cpu, record in passing(cpu, record) { i, e in Semantics.fcmp_cun_s(i, &e) } }
        set(.fcmp_cun_d) { cpu, record in passing(cpu, record) { i, e in Semantics.fcmp_cun_d(i, &e) } }
        set(.fcmp_sun_s) { cpu, record in passing(cpu, record) { i, e in Semantics.fcmp_sun_s(i, &e) } }
        set(.fcmp_sun_d) { cpu, record in passing(cpu, record) { i, e in Semantics.fcmp_sun_d(i, &e) } }
        set(.fcmp_cult_s) { cpu, record in passing(cpu, record) { i, e in Semantics.fcmp_cult_s(i, &e) } }
        set(.fcmp_cult_d) { cpu, record in passing(cpu, record) { i, e in Semantics.fcmp_cult_d(i, &e) } }
        set(.fcmp_sult_s) { cpu, record in passing(cpu, record) { i, e in Semantics.fcmp_sult_s(i, &e) } }
        set(.fcmp_sult_d) { cpu, record in passing(cpu, record) { i, e in Semantics.fcmp_sult_d(i, &e) } }
        set(.fcmp_cueq_s) { cpu, record in passing(cpu, record) { i, e in Semantics.fcmp_cueq_s(i, &e) } }
        set(.fcmp_cueq_d) { cpu, record in passing(cpu, record) { i, e in Semantics.fcmp_cueq_d(i, &e) } }
        set(.fcmp_sueq_s) { cpu, record in passing(cpu, record) { i, e in Semantics.fcmp_sueq_s(i, &e) } }
        set(.fcmp_sueq_d) { cpu, record in passing(cpu, record) { i, e in Semantics.fcmp_sueq_d(i, &e) } }
        set(.fcmp_cule_s) { cpu, record in passing(cpu, record) { i, e in Semantics.fcmp_cule_s(i, &e) } }
        set(.fcmp_cule_d) { cpu, record in passing(cpu, record) { i, e in Semantics.fcmp_cule_d(i, &e) } }
        set(.fcmp_sule_s) { cpu, record in passing(cpu, record) { i, e in Semantics.fcmp_sule_s(i, &e) } }
        set(.fcmp_sule_d) { cpu, record in passing(cpu, record) { i, e in Semantics.fcmp_sule_d(i, &e) } }
        set(.fcmp_cne_s) { cpu, record in passing(cpu, record) { i, e in Semantics.fcmp_cne_s(i, &e) } }
        set(.fcmp_cne_d) { cpu, record in passing(cpu, record) { i, e in Semantics.fcmp_cne_d(i, &e) } }
        set(.fcmp_sne_s) { cpu, record in passing(cpu, record) { i, e in Semantics.fcmp_sne_s(i, &e) } }
        set(.fcmp_sne_d) { cpu, record in passing(cpu, record) { i, e in Semantics.fcmp_sne_d(i, &e) } }
        set(.fcmp_cor_s) { cpu, record in passing(cpu, record) { i, e in Semantics.fcmp_cor_s(i, &e) } }
        set(.fcmp_cor_d) { cpu, record in passing(cpu, record) { i, e in Semantics.fcmp_cor_d(i, &e) } }
        set(.fcmp_sor_s) { cpu, record in passing(cpu, record) { i, e in Semantics.fcmp_sor_s(i, &e) } }
        set(.fcmp_sor_d) { cpu, record in passing(cpu, record) { i, e in Semantics.fcmp_sor_d(i, &e) } }
        set(.fcmp_cune_s) { cpu, record in passing(cpu, record) { i, e in Semantics.fcmp_cune_s(i, &e) } }
        set(.fcmp_cune_d) { cpu, record in passing(cpu, record) { i, e in Semantics.fcmp_cune_d(i, &e) } }
        set(.fcmp_sune_s) { cpu, record in passing(cpu, record) { i, e in Semantics.fcmp_sune_s(i, &e) } }
        set(.fcmp_sune_d) { cpu, record in passing(cpu, record) { i, e in Semantics.fcmp_sune_d(i, &e) } }
        set(.fsel) { cpu, record in passing(cpu, record) { i, e in Semantics.fsel(i, &e) } }
        set(.bceqz) { cpu, record in deciding(cpu, record) { i, e in Semantics.bceqz(i, &e) } }
        set(.bcnez) { cpu, record in deciding(cpu, record) { i, e in Semantics.bcnez(i, &e) } }
        set(.fmov_s) { cpu, record in passing(cpu, record) { i, e in Semantics.fmov_s(i, &e) } }
        set(.fabs_s) { cpu, record in passing(cpu, record) { i, e in Semantics.fabs_s(i, &e) } }
        set(.fabs_d) { cpu, record in passing(cpu, record) { i, e in Semantics.fabs_d(i, &e) } }
        set(.fneg_s) { cpu, record in passing(cpu, record) { i, e in Semantics.fneg_s(i, &e) } }
        set(.fneg_d) { cpu, record in passing(cpu, record) { i, e in Semantics.fneg_d(i, &e) } }
        set(.fcopysign_s) { cpu, record in passing(cpu, record) { i, e in Semantics.fcopysign_s(i, &e) } }
        set(.fcopysign_d) { cpu, record in passing(cpu, record) { i, e in Semantics.fcopysign_d(i, &e) } }
        set(.fclass_s) { cpu, record in passing(cpu, record) { i, e in Semantics.fclass_s(i, &e) } }
        set(.fclass_d) { cpu, record in passing(cpu, record) { i, e in Semantics.fclass_d(i, &e) } }
        set(.movgr2fr_w) { cpu, record in passing(cpu, record) { i, e in Semantics.movgr2fr_w(i, &e) } }
        set(.movgr2fr_d) { cpu, record in passing(cpu, record) { i, e in Semantics.movgr2fr_d(i, &e) } }
        set(.movgr2frh_w) { cpu, record in passing(cpu, record) { i, e in Semantics.movgr2frh_w(i, &e) } }
        set(.movfr2gr_s) { cpu, record in passing(cpu, record) { i, e in Semantics.movfr2gr_s(i, &e) } }
        set(.movfr2gr_d) { cpu, record in passing(cpu, record) { i, e in Semantics.movfr2gr_d(i, &e) } }
        set(.movfrh2gr_s) { cpu, record in passing(cpu, record) { i, e in Semantics.movfrh2gr_s(i, &e) } }
        set(.movcf2fr) { cpu, record in passing(cpu, record) { i, e in Semantics.movcf2fr(i, &e) } }
        set(.movcf2gr) { cpu, record in passing(cpu, record) { i, e in Semantics.movcf2gr(i, &e) } }
        set(.movfr2cf) { cpu, record in passing(cpu, record) { i, e in Semantics.movfr2cf(i, &e) } }
        set(.movgr2cf) { cpu, record in passing(cpu, record) { i, e in Semantics.movgr2cf(i, &e) } }
        set(.movgr2fcsr) { cpu, record in closing(cpu, record) { i, e in Semantics.movgr2fcsr(i, &e) } }
        set(.movfcsr2gr) { cpu, record in passing(cpu, record) { i, e in Semantics.movfcsr2gr(i, &e) } }
        set(.fld_s) { cpu, record in passing(cpu, record) { i, e in Semantics.fld_s(i, &e) } }
    }

    private static func part5(_ set: (Opcode, Handler) -> Void) {
        set(.fldx_s) { cpu, record in passing(cpu, record) { i, e in Semantics.fldx_s(i, &e) } }
        set(.fst_s) { cpu, record in passing(cpu, record) { i, e in Semantics.fst_s(i, &e) } }
        set(.fstx_s) { cpu, record in passing(cpu, record) { i, e in Semantics.fstx_s(i, &e) } }
        set(.fld_d) { cpu, record in passing(cpu, record) { i, e in Semantics.fld_d(i, &e) } }
        set(.fldx_d) { cpu, record in passing(cpu, record) { i, e in Semantics.fldx_d(i, &e) } }
        set(.fst_d) { cpu, record in passing(cpu, record) { i, e in Semantics.fst_d(i, &e) } }
        set(.fstx_d) { cpu, record in passing(cpu, record) { i, e in Semantics.fstx_d(i, &e) } }
        set(.fldgt_s) { cpu, record in passing(cpu, record) { i, e in Semantics.fldgt_s(i, &e) } }
        set(.fstgt_s) { cpu, record in passing(cpu, record) { i, e in Semantics.fstgt_s(i, &e) } }
        set(.fldle_s) { cpu, record in passing(cpu, record) { i, e in Semantics.fldle_s(i, &e) } }
        set(.fstle_s) { cpu, record in passing(cpu, record) { i, e in Semantics.fstle_s(i, &e) } }
        set(.fldgt_d) { cpu, record in passing(cpu, record) { i, e in Semantics.fldgt_d(i, &e) } }
        set(.fstgt_d) { cpu, record in passing(cpu, record) { i, e in Semantics.fstgt_d(i, &e) } }
        set(.fldle_d) { cpu, record in passing(cpu, record) { i, e in Semantics.fldle_d(i, &e) } }
        set(.fstle_d) { cpu, record in passing(cpu, record) { i, e in Semantics.fstle_d(i, &e) } }
    }
}
