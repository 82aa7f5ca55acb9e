// Made by generate.py from la64-instructions.tsv; do not edit.
// Encodings: loongson-community/loongarch-opcodes, data tables (c) 2021-2023 its contributors, CC-BY 4.0, renamed to vendor
// mnemonics, with csrrd/csrwr/gcsrrd/gcsrwr, xvhseli.d and the undocumented rows added.

extension InstructionTable {
    /// Rows of extension `la-v1.1`: mnemonic, opcode bits, mask, operands in assembly order, extension, unit, CPUCFG flags.
    static let atomicsV11: StaticString = """
llacq.w 38578000 fffffc00 D5,J5 la-v1.1 base 2.29:LLACQ_SCREL
screl.w 38578400 fffffc00 D5,J5 la-v1.1 base 2.29:LLACQ_SCREL
amcas.b 38580000 ffff8000 D5,K5,J5 la-v1.1 base 2.28:LAMCAS
amcas.h 38588000 ffff8000 D5,K5,J5 la-v1.1 base 2.28:LAMCAS
amcas.w 38590000 ffff8000 D5,K5,J5 la-v1.1 base 2.28:LAMCAS
amcas_db.b 385a0000 ffff8000 D5,K5,J5 la-v1.1 base 2.28:LAMCAS
amcas_db.h 385a8000 ffff8000 D5,K5,J5 la-v1.1 base 2.28:LAMCAS
amcas_db.w 385b0000 ffff8000 D5,K5,J5 la-v1.1 base 2.28:LAMCAS
amswap.b 385c0000 ffff8000 D5,K5,J5 la-v1.1 base 2.27:LAM_BH
amswap.h 385c8000 ffff8000 D5,K5,J5 la-v1.1 base 2.27:LAM_BH
amadd.b 385d0000 ffff8000 D5,K5,J5 la-v1.1 base 2.27:LAM_BH
amadd.h 385d8000 ffff8000 D5,K5,J5 la-v1.1 base 2.27:LAM_BH
amswap_db.b 385e0000 ffff8000 D5,K5,J5 la-v1.1 base 2.27:LAM_BH
amswap_db.h 385e8000 ffff8000 D5,K5,J5 la-v1.1 base 2.27:LAM_BH
amadd_db.b 385f0000 ffff8000 D5,K5,J5 la-v1.1 base 2.27:LAM_BH
amadd_db.h 385f8000 ffff8000 D5,K5,J5 la-v1.1 base 2.27:LAM_BH
sc.q 38570000 ffff8000 D5,K5,J5 la-v1.1 base 2.30:SCQ
llacq.d 38578800 fffffc00 D5,J5 la-v1.1 base 2.29:LLACQ_SCREL
screl.d 38578c00 fffffc00 D5,J5 la-v1.1 base 2.29:LLACQ_SCREL
amcas.d 38598000 ffff8000 D5,K5,J5 la-v1.1 base 2.28:LAMCAS
amcas_db.d 385b8000 ffff8000 D5,K5,J5 la-v1.1 base 2.28:LAMCAS
frecipe.s 01147400 fffffc00 Fd5,Fj5 la-v1.1 fp 2.25:FRECIPE
frsqrte.s 01148400 fffffc00 Fd5,Fj5 la-v1.1 fp 2.25:FRECIPE
frecipe.d 01147800 fffffc00 Fd5,Fj5 la-v1.1 fp 2.25:FRECIPE
frsqrte.d 01148800 fffffc00 Fd5,Fj5 la-v1.1 fp 2.25:FRECIPE
vfrecipe.s 729d1400 fffffc00 Vd5,Vj5 la-v1.1 lsx 2.6:LSX+2.25:FRECIPE
vfrecipe.d 729d1800 fffffc00 Vd5,Vj5 la-v1.1 lsx 2.6:LSX+2.25:FRECIPE
vfrsqrte.s 729d2400 fffffc00 Vd5,Vj5 la-v1.1 lsx 2.6:LSX+2.25:FRECIPE
vfrsqrte.d 729d2800 fffffc00 Vd5,Vj5 la-v1.1 lsx 2.6:LSX+2.25:FRECIPE
xvfrecipe.s 769d1400 fffffc00 Xd5,Xj5 la-v1.1 lasx 2.7:LASX+2.25:FRECIPE
xvfrecipe.d 769d1800 fffffc00 Xd5,Xj5 la-v1.1 lasx 2.7:LASX+2.25:FRECIPE
xvfrsqrte.s 769d2400 fffffc00 Xd5,Xj5 la-v1.1 lasx 2.7:LASX+2.25:FRECIPE
xvfrsqrte.d 769d2800 fffffc00 Xd5,Xj5 la-v1.1 lasx 2.7:LASX+2.25:FRECIPE
"""
}
