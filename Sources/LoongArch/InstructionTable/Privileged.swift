// Made by generate.py from la64-instructions.tsv; do not edit.
// Encodings: loongson-community/loongarch-opcodes, data tables (c) 2021-2023 its contributors, CC-BY 4.0, renamed to vendor
// mnemonics, with csrrd/csrwr/gcsrrd/gcsrwr, xvhseli.d and the undocumented rows added.

extension InstructionTable {
    /// Rows of extension `priv`: mnemonic, opcode bits, mask, operands in assembly order, extension, unit, CPUCFG flags.
    static let privileged: StaticString = """
dbcl 002a8000 ffff8000 Ud15 priv priv -
csrrd 04000000 ff0003e0 D5,Uk14 priv priv -
csrwr 04000020 ff0003e0 D5,Uk14 priv priv -
csrxchg 04000000 ff000000 D5,J5,Uk14 priv priv -
cacop 06000000 ffc00000 Ud5,J5,Sk12 priv priv -
lddir 06400000 fffc0000 D5,J5,Uk8 priv priv 2.21:LSPW
ldpte 06440000 fffc001f J5,Uk8 priv priv 2.21:LSPW
iocsrrd.b 06480000 fffffc00 D5,J5 priv priv 1.3:IOCSR
iocsrrd.h 06480400 fffffc00 D5,J5 priv priv 1.3:IOCSR
iocsrrd.w 06480800 fffffc00 D5,J5 priv priv 1.3:IOCSR
iocsrwr.b 06481000 fffffc00 D5,J5 priv priv 1.3:IOCSR
iocsrwr.h 06481400 fffffc00 D5,J5 priv priv 1.3:IOCSR
iocsrwr.w 06481800 fffffc00 D5,J5 priv priv 1.3:IOCSR
tlbclr 06482000 ffffffff - priv priv -
tlbflush 06482400 ffffffff - priv priv -
tlbsrch 06482800 ffffffff - priv priv -
tlbrd 06482c00 ffffffff - priv priv -
tlbwr 06483000 ffffffff - priv priv -
tlbfill 06483400 ffffffff - priv priv -
ertn 06483800 ffffffff - priv priv -
idle 06488000 ffff8000 Ud15 priv priv -
invtlb 06498000 ffff8000 Ud5,J5,K5 priv priv -
iocsrrd.d 06480c00 fffffc00 D5,J5 priv priv 1.3:IOCSR
iocsrwr.d 06481c00 fffffc00 D5,J5 priv priv 1.3:IOCSR
"""
}
