#!/usr/bin/env python3
"""Makes vectors.txt from an independent model of LA64 floating point: make-vectors.py DIRECTORY_OF_MODEL > vectors.txt

  op NAME BITS KIND...               a name, the size of its result, and where its operands come from (a pool).
  NAME A [B [C]] R/F [R/F R/F R/F]   operands, then result and flags (hexadecimal) for rounding mode 0, 1, 2, 3; one pair when all are equal.
                                     Flags: V 10, Z 8, O 4, U 2, I 1; 20 marks a tiny exact result. A comparison is NAME.single or NAME.double.
  NAME MODE COUNT #DIGEST            digest of results and flags over COUNT cases that FloatVectors.swift makes in the same way.

With --list NAME it prints the cases behind that name's digests as lines of the first kind (check them with LONGMA_FLOAT_VECTORS=FILE).
With --random N there are N random cases of each name instead of 1000.
"""
import sys
from fractions import Fraction

M64 = (1 << 64) - 1
args = [a for a in sys.argv[1:] if not a.startswith('-')]
sys.path.insert(0, args[0])
from model import FP, fconv, sx, RNE, RZ, RP, RM  # noqa: E402

S, D = FP('s'), FP('d')

# ---- pools; FloatVectors.swift reads them from the file
POOLS = {
    'double': [
        0, 1 << 63, 1, 1 << 63 | 1, 0x000fffffffffffff, 0x0010000000000000, 0x8010000000000000, 0x0010000000000001, 0x3ff0000000000000, 0xbff0000000000000,
        0x3ff0000000000001, 0x3fefffffffffffff, 0x3ff8000000000000, 0x4000000000000000, 0xc008000000000000, 0x3fb999999999999a, 0x3fe0000000000000,
        0x4004000000000000, 0x7fefffffffffffff, 0xffefffffffffffff, 0x7fe0000000000000, 0x7ff0000000000000, 0xfff0000000000000, 0x7ff8000000000000,
        0x7ff8000000001234, 0xfff8123400000000, 0x7ff4000000005678, 0xfff0000000000001,
        # edges of int32 and int64
        0x41dfffffffe00000, 0x41dfffffffc00000, 0x41e0000000000000, 0xc1e0000000000000, 0xc1e0000000100000, 0xc1e0000000080000, 0xc1e0000000200000,
        0xc1dfffffffe00000, 0xc1e0000010000000, 0x43dfffffffffffff, 0x43e0000000000000, 0xc3e0000000000000, 0xc3e0000000000001, 0x4330000000000001, 0x4320000000000001,
        # edges of single
        0x47efffffe0000000, 0x47efffffefffffff, 0x47effffff0000000, 0x47f0000000000000, 0x3810000000000000, 0x380fffffffffffff, 0x380fffffe0000000, 0x380fffffd0000000,
        0x380ffffff0000000, 0x36a0000000000000, 0x3690000000000000, 0xb690000000000001, 0x3680000000000000, 0x3ff0000010000000, 0x3ff0000030000000],
    'single': [
        0, 1 << 31, 1, 1 << 31 | 1, 0x007fffff, 0x00800000, 0x80800000, 0x00800001, 0x3f800000, 0xbf800000, 0x3f800001, 0x3f7fffff, 0x3fc00000, 0x40000000,
        0xc0400000, 0x3dcccccd, 0x3f000000, 0x40200000, 0x7f7fffff, 0xff7fffff, 0x7f000000, 0x7f800000, 0xff800000, 0x7fc00000, 0x7fc01234, 0xffc81234, 0x7fa05678, 0xff800001,
        0x4effffff, 0x4f000000, 0xcf000000, 0xcf000001, 0x5effffff, 0x5f000000, 0xdf000000, 0xdf000001, 0x4b000001, 0x4a800003, 0xbf000001],
    'integer': [
        0, 1, M64, 2, 0x7fffffff, 0x80000000, 0xffffffff80000000, 0x7fffffffffffffff, 1 << 63, 0x01000001, 0x01000003, 0xfffffffffeffffff, 0x0020000000000001,
        0x0020000000000003, 0xffdfffffffffffff, 0x7fffff4000000000, 0x7fffffc000000000, 0x7fffffffffffff00, 0x7ffffffffffffe00, 0x123456789abcdef0,
        # exponents
        127, 128, 255, 1022, 1023, 1024, 1074, 2046, 2098, 2099, 10000] + [-n & M64 for n in (23, 24, 126, 127, 148, 149, 150, 277, 278, 1021, 1022, 1023, 1074, 1075, 2097, 2098, 2099, 10000)],
}
FUSED = {'double': [POOLS['double'][i] for i in (0, 1, 2, 6, 8, 9, 10, 14, 18, 19, 21, 22, 24, 25, 26, 27)],
         'single': [POOLS['single'][i] for i in (0, 1, 2, 6, 8, 9, 10, 14, 18, 19, 21, 22, 24, 25, 26, 27)]}

# ---- operations: name -> (operand kinds, result bits, function of operands, mode, flag list)
OPS = {}
for fmt, F, name in (('single', S, 'Single'), ('double', D, 'Double')):
    for op in ('add', 'subtract', 'multiply', 'divide'):
        OPS[op + name] = ((fmt, fmt), F.n, {
            'add': lambda a, b, rm, fl, F=F: F.add(a, b, rm, fl), 'subtract': lambda a, b, rm, fl, F=F: F.add(a, b, rm, fl, sub=True),
            'multiply': lambda a, b, rm, fl, F=F: F.mul(a, b, rm, fl), 'divide': lambda a, b, rm, fl, F=F: F.div(a, b, rm, fl)}[op])
    for op, nc, nr in (('fusedAdd', 0, 0), ('fusedSubtract', 1, 0), ('negatedFusedAdd', 0, 1), ('negatedFusedSubtract', 1, 1)):
        OPS[op + name] = ((fmt,) * 3, F.n, lambda a, b, c, rm, fl, F=F, nc=nc, nr=nr: F.fma(a, b, c, rm, fl, nc, nr))
    for op, mx, mag in (('max', True, False), ('min', False, False), ('maxMagnitude', True, True), ('minMagnitude', False, True)):
        OPS[op + name] = ((fmt, fmt), F.n, lambda a, b, rm, fl, F=F, mx=mx, mag=mag: F.minmax(a, b, fl, mx, mag))
    OPS['scale' + name] = ((fmt, 'integer'), F.n, lambda a, b, rm, fl, F=F: F.scaleb(a, sx(b, F.n), rm, fl))
    OPS['squareRoot' + name] = ((fmt,), F.n, lambda a, rm, fl, F=F: F.sqrt(a, rm, fl))
    OPS['reciprocal' + name] = ((fmt,), F.n, lambda a, rm, fl, F=F: F.div(F.one(), a, rm, fl))
    OPS['reciprocalSquareRoot' + name] = ((fmt,), F.n, lambda a, rm, fl, F=F: F.div(F.one(), F.sqrt(a, rm, fl), rm, fl))
    OPS['logB' + name] = ((fmt,), F.n, lambda a, rm, fl, F=F: F.logb(a, fl))
    OPS['round' + name] = ((fmt,), F.n, lambda a, rm, fl, F=F: F.rint(a, rm, fl))
    for bits in (32, 64):
        OPS[f'{fmt}FromInt{bits}'] = (('integer',), F.n, lambda a, rm, fl, F=F, bits=bits: F.rnd(Fraction(sx(a, bits)), rm, 0, fl))
        for suffix, mode in (('', None), ('Down', RM), ('Up', RP), ('Zero', RZ), ('Nearest', RNE)):
            OPS[f'int{bits}From{name}{suffix}'] = ((fmt,), bits, lambda a, rm, fl, F=F, bits=bits, mode=mode: F.to_int(a, bits, True, rm if mode is None else mode, fl))
    for c in 'af lt eq le un ult ueq ule ne or une'.split():
        for s in 'cs':
            OPS[f'{s}{c}.{fmt}'] = ((fmt, fmt), 1, lambda a, b, rm, fl, F=F, k=s + c: int(F.cmp(a, b, k, fl)))
OPS['singleFromDouble'] = (('double',), 32, lambda a, rm, fl: fconv(a, 'd', 's', rm, fl))
OPS['doubleFromSingle'] = (('single',), 64, lambda a, rm, fl: fconv(a, 's', 'd', rm, fl))


def run(name, operands, mode):
    kinds, bits, f = OPS[name]
    fl, c = [], 0
    r = f(*[o & 0xffffffff if k == 'single' else o for k, o in zip(kinds, operands)], mode, fl)
    for x in fl:
        c |= {'tiny': 0x20, 'dir': 0}.get(x, x)
    return r & (1 << bits) - 1, c


# ---- the cases of a digest
class Random:
    """SplitMix64"""
    def __init__(self, seed): self.s = seed & M64

    def next(self):
        self.s = self.s + 0x9e3779b97f4a7c15 & M64
        z = self.s
        z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9 & M64
        z = (z ^ z >> 27) * 0x94d049bb133111eb & M64
        return z ^ z >> 31

    def operand(self, kind):
        x, k = self.next(), self.next() & 3
        if k == 0:
            return POOLS[kind][x % len(POOLS[kind])]
        if kind == 'integer':
            v = sx(x, 64) >> (x & 63)
            return v & M64
        w, m, bias = (32, 23, 127) if kind == 'single' else (64, 52, 1023)
        x &= (1 << w) - 1
        if k == 1:
            return x
        e = bias + (x & 63) - 32                # magnitudes near 1: sums cancel, integers have fractions
        f = x >> 6 & (1 << m) - 1
        if k == 3:
            f &= ~((1 << m - 8) - 1)            # few bits: exact results and ties
        return (x >> w - 1) << w - 1 | e << m | f


def seed(name):
    h = 0xcbf29ce484222325
    for c in name.encode():
        h = (h ^ c) * 0x100000001b3 & M64
    return h


def cases(name):
    kinds = OPS[name][0]
    pools = [FUSED[k] if len(kinds) == 3 else POOLS[k] for k in kinds]
    grid = [()]
    for p in pools:
        grid = [g + (v,) for g in grid for v in p]
    r = Random(seed(name))
    return grid + [tuple(r.operand(k) for k in kinds) for _ in range(RANDOM)]


RANDOM = int(args[-1]) if '--random' in sys.argv else 1000


def line(name, operands):
    res = [run(name, operands, m) for m in range(4)]
    if len(set(res)) == 1:
        res = res[:1]
    return ' '.join([name] + [f'{o:x}' for o in operands] + [f'{r:x}/{f:x}' for r, f in res])


def main():
    if '--list' in sys.argv:
        for c in cases(args[1]):
            print(line(args[1], c))
        return
    for k, p in POOLS.items():
        print('pool', k, *[f'{v:x}' for v in p])
    for k, p in FUSED.items():
        print('fused', k, *[f'{v:x}' for v in p])
    for name, (kinds, bits, _) in OPS.items():
        print('op', name, bits, *kinds)
        all_cases = cases(name)
        want = 60 if len(kinds) == 1 else 12 if '.' in name else 45
        lines, seen = [], {}
        for c in all_cases[::-1] if len(kinds) > 1 else all_cases:     # few of each kind of outcome
            ln = line(name, c)
            key = tuple(sorted({x.split('/')[1] for x in ln.split() if '/' in x})), len(ln.split()), [S, D]['double' in kinds].nan(c[0] & ([S, D]['double' in kinds].sign * 2 - 1))
            seen[key] = seen.get(key, 0) + 1
            if seen[key] <= (8 if len(kinds) > 1 else 14):
                lines.append(ln)
        print('\n'.join(lines[:want]))
        for m in range(4):
            h = 0xcbf29ce484222325
            for c in all_cases:
                r, f = run(name, c, m)
                h = (h ^ r) * 0x100000001b3 & M64
                h = (h ^ f) * 0x100000001b3 & M64
            print(name, m, len(all_cases), f'#{h:x}')


main()
