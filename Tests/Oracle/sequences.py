#!/usr/bin/env python3
"""Random instruction sequences without LASX, judged by the oracle: longma vectors against QEMU user mode and the oracle's model.

  sequences.py --oracle DIRECTORY [--longma PATH] [--count N] [--length N] [--seed S] [--v1.1] [--keep FILE]

The oracle's own sequences mix in LASX, which Longma does not have. These are of base, fp and lsx, with --v1.1 of la-v1.1 too; QEMU lacks that, so the
model alone judges then. Results whose upper bits are open are followed by an instruction that sets them, so no sequence depends on such bits.
One instruction in fourteen is a forward branch. Without --seed a new one is taken and printed. Exit status 1 when something differs.

22 November 2026: 2,000 sequences of 24 with seed 3396519601 (1,015 different instructions) and 2,000 with --v1.1 and seed 2341514398 (1,035): no
difference under interpreter and jit. Single rows, `oracle.py gen --per-row 100 --ext base,fp,la-v1.1 --seed 20261122` (36,263 cases): none either.
"""
import argparse, collections, json, os, random, re, subprocess, sys, tempfile

BASE = 28  # the register that holds the address of the memory window's middle
NEVER = re.compile(
    r"^(syscall|break|cpucfg|rdtime.*|ibar|dbar|jirl|b|bl|asrt.*|preldx?|(f?ld|f?st)(gt|le)\..*|.*nm(add|sub)\..*|cacop|idle|.*frecipe.*|.*frsqrte.*)$")
BRANCH = re.compile(r"^(beq|bne|blt|bge|bltu|bgeu|beqz|bnez|bceqz|bcnez)$")
FLOAT64 = ("movgr2fr.d", "movgr2frh.w", "movcf2fr", "fsel", "fmov.d")


class Generator:
    """Makes sequences of the rows of some extensions."""

    def __init__(self, oracle, checker, extensions, rng):
        self.oracle, self.rng = oracle, rng
        self.rows = {row.mn: row for row in checker.rows}
        usable = [row for row in checker.rows if row.ext in extensions and row.unit != "lasx" and not NEVER.match(row.mn)]
        self.branches = [row for row in usable if BRANCH.match(row.mn)]
        self.pool = [row for row in usable if not BRANCH.match(row.mn) and not re.match(r"^(sc|screl)\.", row.mn)]

    def word(self, mnemonic, *values):
        return self.rows[mnemonic].encode(list(values))

    def group(self):
        """An instruction with what must stand before and behind it; None when the draw is of no use."""
        rng, row = self.rng, self.rng.choice(self.pool)
        case = self.oracle.rnd_case(row, rng)
        if case is None:
            return None
        word = case.words[0]
        rd, rj, rk = word & 31, word >> 5 & 31, word >> 10 & 31
        before, behind = [], []
        atomic = re.match(r"^(am|ll|llacq)", row.mn)
        if row.mn == "movgr2fcsr":  # flags or rounding mode: no traps
            word = self.word(row.mn, rng.choice([2, 3]), rj)
        elif atomic:
            if row.mn.startswith("am") and rd == rk:
                return None
            values = [BASE if slot[0] == "R" and slot[1][0][0] == "j" else 0 if slot[0] == "S" else row.field(word, slot) for slot in row.slots]
            word = row.encode(values)
            if row.mn.startswith("ll"):  # with its store, next to it
                store = row.mn.replace("llacq", "screl") if row.mn.startswith("llacq") else row.mn.replace("ll", "sc")
                source = rng.choice([n for n in range(32) if n != BASE])
                behind.append(self.rows[store].encode([source, BASE] + ([0] if store.startswith("sc.") else [])))
        elif self.oracle.is_mem(row.mn):
            if re.match(r"^(x?v|f)?(ld|st)x", row.mn):
                word = word & ~(0x3FF << 5) | BASE << 5
            else:
                offset = [slot for slot in row.slots if slot[0] == "S"][0]
                values = []
                for slot in row.slots:
                    raw = sum(((word >> {"d": 0, "j": 5, "k": 10, "a": 15, "m": 16, "n": 18}[letter]) & (1 << width) - 1) for letter, width in slot[1][:1])
                    values.append(BASE if slot[0] == "R" and slot[1][0][0] == "j" else rng.randrange(-32, 32) if slot is offset else raw)
                word = row.encode(values)
        elif re.match(r"^(div|mod)\.", row.mn):
            if BASE in (rj, rk) or rk == 0:
                return None
            if ".w" in row.mn:
                before += [self.word("addi.w", n, n, 0) for n in {rj, rk} if n]
            before.append(self.word("ori", rk, rk, 1))
        elif re.match(r"^v(div|mod)\.", row.mn):
            before.append(self.word("vbitseti.b", rk, rk, 0))
        elif row.mn == "vshuf.b":
            index = word >> 15 & 31
            before.append(self.word("vandi.b", index, index, 63))
        elif re.match(r"^vshuf\.", row.mn):
            before.append(self.word("vandi.b", rd, rd, 63))
        writes = row.slots and row.slots[0][0] == "R" and row.slots[0][1][0][0] == "d" and not re.match(r"^st", row.mn)
        if writes and word & 31 == BASE:
            return None
        if row.unit == "fp" and row.slots[0][0] == "F" and not row.mn.startswith("fst"):
            if row.mn == "movcf2fr":
                behind.append(self.word("movgr2fr.d", rd, rng.randrange(32)))
            if not self.defines64(row.mn):
                behind.append(self.word("vinsgr2vr.w", rd, 0, 1))
            behind.append(self.word("vinsgr2vr.d", rd, 0, 1))
        return before + [word] + behind

    @staticmethod
    def defines64(mnemonic):
        """Whether an instruction with a floating-point result defines all 64 bits of it."""
        parts = mnemonic.split(".")
        if mnemonic in FLOAT64 or mnemonic.startswith("fld"):
            return mnemonic in FLOAT64 or parts[-1] == "d"
        if parts[0].startswith(("fcvt", "ffint", "ftint")):
            return parts[1] in "dl"
        return parts[-1] == "d"

    def branch(self, distance):
        row = self.rng.choice(self.branches)
        values = [distance if slot[0] == "S" else self.rng.getrandbits(sum(width for _, width in slot[1])) for slot in row.slots]
        return row.encode(values)

    def sequence(self, length):
        rng, groups = self.rng, []
        while len(groups) < length:
            if rng.random() < 1 / 14 and len(groups) < length - 4:
                groups.append(None)
            else:
                group = self.group()
                if group:
                    groups.append(group)
        for index, group in enumerate(groups):
            if group is None:  # over the next one to three groups, none of which is a part of a pair
                skipped = groups[index + 1 : index + 1 + rng.randint(1, 3)]
                groups[index] = [self.branch(1 + sum(1 if other is None else len(other) for other in skipped))]
        words = [word for group in groups for word in group]
        gpr = [self.oracle.rnd_int(rng) for _ in range(32)]
        gpr[BASE] = self.oracle.MEM_BASE + 512
        vr = [self.oracle.rnd_vec(rng, rng.choice("iisd")) & (1 << 128) - 1 for _ in range(32)]
        return self.oracle.Case(words, gpr, vr, rng.getrandbits(8), rng.randrange(4) << 8, rng.randbytes(1024), 0, "seq")


def expectation(oracle, crosscheck, checker, case, result, model_only):
    """What is to come out and which bits are open, or why the sequence is not used."""
    if model_only:
        try:
            state = checker.model(case)
        except crosscheck.model.Unmodeled:
            return None, None, "not modeled"
        if state.ambiguous:
            return None, None, "ambiguous in the manual"
    else:
        verdict, state, _ = crosscheck.verdict(checker, case, result)
        if verdict != "agree":
            return None, None, verdict
    if state.tainted:
        return None, None, "open bits"
    expected = {
        "pc": state.rel, "exc": state.exc, "fcc": state.fcc, "fcsr": hex(state.fcsr),
        "gpr": {str(i): hex(x) for i, x in enumerate(state.gpr) if x != case.gpr[i]},
        "vr": {str(i): hex(x) for i, x in enumerate(state.vr) if x != case.vr[i]},
        "mem": oracle._runs(bytes(state.mem), case.mem),
    }  # fmt: skip
    opened = {("r" if kind == "gpr" else "vr") + str(n): hex(mask) for (kind, n), mask in state.unspec.items() if mask}
    return expected, opened, None


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--oracle", default=os.environ.get("LA64_ORACLE"), help="directory of oracle.py (or LA64_ORACLE)")
    options.add_argument("--longma", default=os.path.join(os.path.dirname(__file__), "../../.build/release/longma"))
    options.add_argument("--engines", default="interpreter,jit")
    options.add_argument("--count", type=int, default=2000)
    options.add_argument("--length", type=int, default=24)
    options.add_argument("--seed", type=int, default=random.SystemRandom().getrandbits(32))
    options.add_argument("--v1.1", dest="v11", action="store_true")
    options.add_argument("--keep", help="file for the sequences that differ, with what is expected")
    option = options.parse_args()
    if not option.oracle:
        options.error("say where the oracle is: --oracle DIRECTORY")
    sys.path.insert(0, option.oracle)
    import crosscheck, oracle

    print(f"seed {option.seed}", flush=True)
    checker = crosscheck.Checker()
    rng = random.Random(option.seed)
    generator = Generator(oracle, checker, ("base", "fp", "lsx", "la-v1.1") if option.v11 else ("base", "fp", "lsx"), rng)
    cases, unused, used = [], collections.Counter(), collections.Counter()
    while len(cases) < option.count:
        drawn = [generator.sequence(option.length) for _ in range(min(500, option.count - len(cases) + 20))]
        results = [None] * len(drawn)
        if not option.v11:
            results = oracle.Oracle(max_words=max(len(case.words) for case in drawn)).run(drawn)
        for case, result in zip(drawn, results):
            expected, opened, reason = expectation(oracle, crosscheck, checker, case, result, option.v11)
            if reason:
                unused[reason] += 1
            elif len(cases) < option.count:
                cases.append(dict(oracle.case_to_json(case), expect=expected, open=opened, source="model" if option.v11 else "qemu+model"))
                used.update(checker.look(word).mn for word in case.words)
        if sum(unused.values()) > 20 * (option.count + 100):
            sys.exit(f"hardly any sequence can be used: {dict(unused)}")
    print(f"{len(cases)} sequences of {len(used)} different instructions; drawn and not used: {dict(unused)}", flush=True)
    wrong = []
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl") as file:
        for case in cases:
            file.write(json.dumps(case) + "\n")
        file.flush()
        for engine in option.engines.split(","):
            run = subprocess.run([option.longma, "vectors", file.name, "--engine", engine], stdout=subprocess.PIPE, text=True)
            results = [json.loads(line) for line in run.stdout.splitlines()]
            differ = 0
            for case, result in zip(cases, results):
                difference = oracle.judge_one(case, result)
                if difference:
                    differ += 1
                    wrong.append(case)
                    if differ <= 5:
                        print(engine, "; ".join(checker.look(int(word, 0)).text(int(word, 0)) for word in case["words"]), *difference, sep="\n    ")
            print(f"{engine}: status {run.returncode}, {len(results)} results, {differ} differ", flush=True)
            if run.returncode or len(results) != len(cases):
                wrong.append(None)
    if option.keep and wrong:
        with open(option.keep, "w") as file:
            file.writelines(json.dumps(case) + "\n" for case in wrong if case)
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
