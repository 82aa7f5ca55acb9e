// Made by generate.py from la64-instructions.tsv; do not edit.
// Encodings: loongson-community/loongarch-opcodes, data tables (c) 2021-2023 its contributors, CC-BY 4.0, renamed to vendor
// mnemonics, with csrrd/csrwr/gcsrrd/gcsrwr, xvhseli.d and the undocumented rows added.

extension InstructionTable {
    /// Rows of extension `undoc`: mnemonic, opcode bits, mask, operands in assembly order, extension, unit, CPUCFG flags.
    static let undocumented: StaticString = """
vfscaleb.s 71448000 ffff8000 Vd5,Vj5,Vk5 undoc lsx 2.6:LSX
vfscaleb.d 71450000 ffff8000 Vd5,Vj5,Vk5 undoc lsx 2.6:LSX
xvfscaleb.s 75448000 ffff8000 Xd5,Xj5,Xk5 undoc lasx 2.7:LASX
xvfscaleb.d 75450000 ffff8000 Xd5,Xj5,Xk5 undoc lasx 2.7:LASX
vmepatmsk.v 729b8000 ffff8000 Vd5,Uj5,Uk5 undoc lsx 2.6:LSX
xvmepatmsk.v 769b8000 ffff8000 Xd5,Uj5,Uk5 undoc lasx 2.7:LASX
"""
}
