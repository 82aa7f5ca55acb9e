// Made by generate.py from la64-instructions.tsv; do not edit.
// Encodings: loongson-community/loongarch-opcodes, data tables (c) 2021-2023 its contributors, CC-BY 4.0, renamed to vendor
// mnemonics, with csrrd/csrwr/gcsrrd/gcsrwr, xvhseli.d and the undocumented rows added.

extension InstructionTable {
    /// Rows of extension `lvz`: mnemonic, opcode bits, mask, operands in assembly order, extension, unit, CPUCFG flags.
    static let virtualization: StaticString = """
gcsrrd 05000000 ff0003e0 D5,Uk14 lvz lvz 2.10:LVZ
gcsrwr 05000020 ff0003e0 D5,Uk14 lvz lvz 2.10:LVZ
gcsrxchg 05000000 ff000000 D5,J5,Uk14 lvz lvz 2.10:LVZ
gtlbclr 06482001 ffffffff - lvz lvz 2.10:LVZ
gtlbflush 06482401 ffffffff - lvz lvz 2.10:LVZ
gtlbsrch 06482801 ffffffff - lvz lvz 2.10:LVZ
gtlbrd 06482c01 ffffffff - lvz lvz 2.10:LVZ
gtlbwr 06483001 ffffffff - lvz lvz 2.10:LVZ
gtlbfill 06483401 ffffffff - lvz lvz 2.10:LVZ
hvcl 002b8000 ffff8000 Ud15 lvz lvz 2.10:LVZ
"""
}
