#!/usr/bin/env python3
"""Random instruction streams in guest kernel mode: whatever the guest does, longma must end as the guest or its limit says.

    noise.py LONGMA [--seconds N] [--seed N] [--engine E] [--keep DIRECTORY]

Each round makes an ELF file of random words: rows of the instruction table with random operands, words of nothing but noise, and a frame that gives the guest
exception vectors inside the noise, mostly with handlers that skip the instruction. A round fails when longma dies by a signal, hangs, or ends with a status that it should not have; its file is kept.
"""
import argparse, os, random, re, struct, subprocess, sys, tempfile, time

HERE = os.path.dirname(os.path.abspath(__file__))
TABLE = os.path.join(HERE, "..", "..", "Sources", "LoongArch", "InstructionTable")
FILES = ["Base", "Privileged", "Virtualization", "FloatingPoint", "AtomicsV11", "LSX"]


def rows():
    found = {}
    for name in FILES:
        with open(os.path.join(TABLE, name + ".swift")) as file:
            found[name] = [(int(a, 16), int(b, 16)) for a, b in re.findall(r"^\S+ ([0-9a-f]{8}) ([0-9a-f]{8}) ", file.read(), re.M)]
    return found


def word(rng, table):
    kind = rng.random()
    if kind < 0.03:
        return rng.getrandbits(32)
    name = "Privileged" if kind < 0.25 else "Virtualization" if kind < 0.28 else "FloatingPoint" if kind < 0.36 else "LSX" if kind < 0.42 else "AtomicsV11" if kind < 0.45 else "Base"
    bits, mask = rng.choice(table[name])
    operands = rng.getrandbits(32)
    if rng.random() < 0.5:
        # Few registers, so that results meet operands.
        operands = operands & ~0x7FFF | rng.randrange(4, 12) | rng.randrange(4, 12) << 5 | rng.randrange(4, 12) << 10
    return bits | operands & ~mask & 0xFFFFFFFF


def image(rng, table):
    base, count = 0x200000, 4096
    words = [word(rng, table) for _ in range(count)]

    def put(at, *code):
        words[at:at + len(code)] = code

    # t0 = base + 0x2000: EENTRY and TLBRENTRY in the middle of the noise; t1...: addresses in and around memory.
    put(0, 0x14000000 | (base + 0x2000 >> 12) << 5 | 12, 0x04000000 | 0xC << 10 | 1 << 5 | 12,
        0x14000000 | (base + 0x3000 >> 12) << 5 | 12, 0x04000000 | 0x88 << 10 | 1 << 5 | 12)
    for register in range(4, 12):
        page = rng.choice([base >> 12, 0x201, 0x300, 0xFFFF, 0x1FE00, 0x100E0, rng.getrandbits(19)])
        put(4 + 2 * (register - 4), 0x14000000 | (page & 0xFFFFF) << 5 | register, 0x02C00000 | rng.getrandbits(12) << 10 | register << 5 | register)
    # Mostly handlers that go on behind the instruction: else the first exception in the noise of the handlers is the last thing to happen.
    if rng.random() < 0.8:
        for at, save, era in (0x800, 0x30, 0x6), (0xC00, 0x8B, 0x8A):
            put(at, 0x04000000 | save << 10 | 1 << 5 | 13, 0x04000000 | era << 10 | 13, 0x02C00000 | 4 << 10 | 13 << 5 | 13,
                0x04000000 | era << 10 | 1 << 5 | 13, 0x04000000 | save << 10 | 1 << 5 | 13, 0x06483800)
    text = b"".join(struct.pack("<I", w) for w in words)
    header = struct.pack("<16sHHIQQQIHHHHHH", b"\x7fELF\x02\x01\x01" + bytes(9), 2, 258, 1, base, 64, 0, 0x43, 64, 56, 1, 64, 0, 0)
    segment = struct.pack("<IIQQQQQQ", 1, 7, 4096, base, base, len(text), len(text), 4096)
    return (header + segment).ljust(4096, b"\0") + text


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("longma")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    parser.add_argument("--engine", default="interpreter,auto")
    parser.add_argument("--keep", default=".")
    arguments = parser.parse_args()
    print(f"seed {arguments.seed}")
    table = rows()
    rng = random.Random(arguments.seed)
    end = time.monotonic() + arguments.seconds
    rounds, statuses, bad = 0, {}, 0
    with tempfile.TemporaryDirectory() as directory:
        path = os.path.join(directory, "noise.elf")
        while time.monotonic() < end:
            data = image(rng, table)
            with open(path, "wb") as file:
                file.write(data)
            for engine in arguments.engine.split(","):
                command = [arguments.longma, "vm", "--engine", engine, "--clock", "instructions", "--memory", "16M", "--fuel", "300000", "--timeout", "5", path]
                try:
                    run = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=60)
                    status = run.returncode
                except subprocess.TimeoutExpired:
                    status = "hangs"
                statuses[status] = statuses.get(status, 0) + 1
                if status not in (0, 1, 70, 124) or status == 70 and b"unimplemented" not in run.stderr:
                    bad += 1
                    kept = os.path.join(arguments.keep, f"noise-{arguments.seed}-{rounds}.elf")
                    with open(kept, "wb") as file:
                        file.write(data)
                    print(f"round {rounds}, {engine}: {status} {run.stderr[:200] if status != 'hangs' else ''}; kept {kept}", flush=True)
            rounds += 1
    print(f"{rounds} rounds, statuses {statuses}, {bad} bad")
    sys.exit(1 if bad else 0)


main()
