#!/usr/bin/env python3
"""Makes vectors.txt from what `oracle.py gen --ext lsx --per-row 3 -o cases.jsonl` wrote: make-vectors.py la64-instructions.tsv cases.jsonl > vectors.txt

One case a line: MNEMONIC WORD STATE... > CHANGE...
Each part of a state is NAME=HEXADECIMAL: rN general register, vN the low 128 bits of a vector register, c all condition flags, f FCSR, mOFFSET bytes of
memory in order; what is not named is 0. After ">" what the instruction changed; x=FPE when it raised that. Cases with open bits in the result are left out.
"""
import json
import sys

LOW = (1 << 128) - 1
number = lambda x: int(x, 0) if isinstance(x, str) else x


# The registers that an instruction names: kind and position of the field.
FIELDS = {}
for line in open(sys.argv[1]):
    columns = line.rstrip('\n').split('\t')
    if len(columns) > 6 and columns[6] == 'lsx':
        FIELDS[columns[0]] = [('v' if slot[0] == 'V' else 'r', 'djka'.index(slot[-2].lower()) * 5) for slot in columns[3].split() if slot[0] in 'VDJKC' and slot[-2].lower() in 'djka']


def named(case):
    word = int(case['words'][0], 16)
    for kind, name in (('r', 'gpr'), ('v', 'vr')):
        used = {str(word >> position & 31) for k, position in FIELDS[case['name']] if k == kind}
        case[name] = {n: x for n, x in case[name].items() if n in used}
    return case


def state(case, before=None):
    before = before or {}
    parts = []
    for n, x in case['gpr'].items():
        parts.append(f'r{n}={number(x):x}')
    for n, x in case['vr'].items():
        x = number(x) & LOW
        if before == {} and x or before and x != number(before['vr'].get(n, 0)) & LOW:
            parts.append(f'v{n}={x:x}')
    for key, name in (('fcc', 'c'), ('fcsr', 'f')):
        if number(case[key]) != number(before.get(key, 0)):
            parts.append(f'{name}={number(case[key]):x}')
    if isinstance(case['mem'], dict):
        for offset, x in case['mem'].items():
            parts.append(f'm{int(offset):x}={x}')
    elif case['mem']:
        parts.append(f"m0={case['mem']}")
    return parts


for line in open(sys.argv[2]):
    case = named(json.loads(line))
    expect = case['expect']
    if any(number(mask) & LOW for mask in case['open'].values()):
        continue
    changes = state(expect, case) + (['x=' + expect['exc']] if expect['exc'] else [])
    print(case['name'], case['words'][0][2:], *state(case), '>', *changes)
