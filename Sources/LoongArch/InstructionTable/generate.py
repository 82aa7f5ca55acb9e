#!/usr/bin/env python3
"""Makes the Swift instruction table from la64-instructions.tsv.

  generate.py TSV            rewrite Opcode.swift and the table files beside this script
  generate.py TSV --check    write nothing; exit status 1 when a file differs from what would be written
"""
import pathlib, sys

# TSV ext -> (Swift file, case name in InstructionForm.Extension), in the order of the opcodes.
FILES = {
    'base': 'Base', 'fp': 'FloatingPoint', 'la-v1.1': 'AtomicsV11', 'priv': 'Privileged', 'lvz': 'Virtualization',
    'lsx': 'LSX', 'lasx': 'LASX', 'lbt': 'LBT', 'undoc': 'Undocumented',
}
PROPERTY = {
    'base': 'base', 'fp': 'floatingPoint', 'la-v1.1': 'atomicsV11', 'priv': 'privileged', 'lvz': 'virtualization',
    'lsx': 'lsx', 'lasx': 'lasx', 'lbt': 'lbt', 'undoc': 'undocumented',
}
KEYWORDS = {'break'}

OPCODE_HEAD = '''\
// The mnemonics of the instruction table, in the table's order: one case per row, "." written "_".
// Made by Sources/LoongArch/InstructionTable/generate.py from the table; InstructionTableTests checks that both agree.

/// One LA64 instruction form: a row of the instruction table. The raw value is the row number.
public enum Opcode: UInt16, CaseIterable, Sendable, Hashable {
'''

TABLE_HEAD = '''\
// Made by generate.py from la64-instructions.tsv; do not edit.
// Encodings: loongson-community/loongarch-opcodes, data tables (c) 2021-2023 its contributors, CC-BY 4.0, renamed to vendor
// mnemonics, with csrrd/csrwr/gcsrrd/gcsrwr, xvhseli.d and the undocumented rows added.

extension InstructionTable {
    /// Rows of extension `%s`: mnemonic, opcode bits, mask, operands in assembly order, extension, unit, CPUCFG flags.
    static let %s: StaticString = """
'''


def flags(text):
    """`2.6 LSX + 2.25 FRECIPE` -> `2.6:LSX+2.25:FRECIPE`"""
    return '+'.join(part.strip().replace(' ', ':') for part in text.split('+'))


def main():
    check = '--check' in sys.argv
    paths = [a for a in sys.argv[1:] if not a.startswith('--')]
    if len(paths) != 1:
        sys.exit(__doc__)
    rows = []
    for line in open(paths[0], encoding='utf-8'):
        if line.strip() and not line.startswith('#') and not line.startswith('mnemonic\t'):
            rows.append(line.rstrip('\n').split('\t'))
    outputs = {}
    opcode = OPCODE_HEAD
    for ext, name in FILES.items():
        opcode += f'    // {ext}\n'
        table = TABLE_HEAD % (ext, PROPERTY[ext])
        for mnemonic, bits, mask, _, operands, row_ext, unit, cpucfg, _ in rows:
            if row_ext != ext:
                continue
            case = mnemonic.replace('.', '_')
            opcode += f'    case `{case}`\n' if case in KEYWORDS else f'    case {case}\n'
            table += f'{mnemonic} {bits[2:]} {mask[2:]} {operands.replace(" ", "")} {ext} {unit} {flags(cpucfg)}\n'
        outputs[f'{name}.swift'] = table + '"""\n}\n'
    outputs['Opcode.swift'] = opcode + '}\n'
    stale = 0
    for name, text in outputs.items():
        path = pathlib.Path(__file__).parent / name
        if path.exists() and path.read_text(encoding='utf-8') == text:
            continue
        stale += 1
        print(('differs: ' if check else 'wrote ') + name)
        if not check:
            path.write_text(text, encoding='utf-8')
    unknown = {r[5] for r in rows} - FILES.keys()
    if unknown:
        sys.exit(f'rows of unknown extensions: {unknown}')
    sys.exit(1 if check and stale else 0)


if __name__ == '__main__':
    main()
