#!/bin/sh
# Rebuilds the test programs and what they must print; see README.md. Needs the ziglang package of PyPI (python3 -m ziglang), and
# qemu-loongarch64 for the cases whose expectation is not native.
#
#   build.sh [NAME…]     build all programs, or those named, and record their expectations
#   build.sh --check     say whether a program's source changed since it was built
#   build.sh --qemu      run all cases in qemu-loongarch64 and show where it differs from what is expected
cd "$(dirname "$0")" || exit 1
exec python3 - "$@" <<'PYTHON'
import hashlib, json, os, subprocess, sys, tempfile

ZIG = [sys.executable, "-m", "ziglang"]
# zig's default processor for this target has LSX, and its own C library is then built with it too.
GUEST = ["-target", "loongarch64-linux-musl", "-static", "-O2", "-s"]
SCALAR = ["-mcpu=baseline-lsx"]
NATIVE = ["-target", "x86_64-linux-musl", "-static", "-O2", "-s"]
COMMON = ["-fno-sanitize=undefined", "-ffp-contract=off", "-D_GNU_SOURCE"]
LIMIT = 100_000  # a larger ELF is not committed
VARIANTS = {  # programs that have another one's source or other flags
    "hello-pie": ("hello.c", SCALAR + ["-fPIE", "-pie"]),
    "hello-lsx": ("hello.c", []),
    "cxx": ("cxx.cpp", SCALAR),
}
NATIVE_ONLY = {"fpenv": ["-mcpu=x86_64_v3"]}  # with fused multiply-add
cases = json.load(open("cases.json"))
programs = sorted({case["program"] for case in cases})

def source(program):
    return VARIANTS.get(program, (program + ".c", SCALAR))

def digest(program):
    name, flags = source(program)
    return hashlib.sha256(open(name, "rb").read() + repr((flags, GUEST, COMMON)).encode()).hexdigest()

def compile(program, target, flags, output):
    name, _ = source(program)
    subprocess.run(ZIG + ["c++" if name.endswith(".cpp") else "cc"] + target + COMMON + flags + [name, "-o", output, "-lm"], check=True)

def run(command, case):
    stdin = open(case["stdin"], "rb") if case["stdin"] else subprocess.DEVNULL
    environment = {"PATH": "/usr/bin:/bin", "LONGMA_TEST": "a value"}
    result = subprocess.run(command + case["arguments"], stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment, timeout=60)
    return result.stdout, result.returncode if result.returncode >= 0 else 128 - result.returncode

recorded = dict(line.split()[::-1] for line in open("sources.sha256")) if os.path.exists("sources.sha256") else {}

if sys.argv[1:] == ["--check"]:
    stale = [program for program in programs if recorded.get(program) != digest(program)]
    for program in stale:
        print(f"{program}: its source or flags changed since it was built")
    sys.exit(bool(stale))

if sys.argv[1:] == ["--qemu"]:
    for case in cases:
        elf = case["program"] + ".elf"
        if not os.path.exists(elf):
            print(f"{case['name']}: no ELF")
            continue
        output, status = run(["qemu-loongarch64", "./" + elf], case)
        if output != open(f"expected/{case['name']}.out", "rb").read() or status != int(open(f"expected/{case['name']}.status").read()):
            print(f"{case['name']}: differs in qemu ({case['expectedFrom']}, status {status})")
    sys.exit(0)

wanted = sys.argv[1:] or programs
os.makedirs("expected", exist_ok=True)
with tempfile.TemporaryDirectory() as scratch:
    for program in wanted:
        elf = os.path.join(scratch, program)  # the guests see this name
        native = os.path.join(scratch, "native")
        os.makedirs(native, exist_ok=True)
        compile(program, GUEST, source(program)[1], elf)
        mine = [case for case in cases if case["program"] == program]
        if any(case["expectedFrom"] == "native" for case in mine):
            compile(program, NATIVE, [flag for flag in source(program)[1] if "mcpu" not in flag] + NATIVE_ONLY.get(program, []), os.path.join(native, program))
        for case in mine:
            if case["expectedFrom"] == "native":
                output, status = run([os.path.join(native, program)], case)
            else:
                output, status = run(["qemu-loongarch64", elf], case)
            if "lastLine" in case:
                output = output[: output[:-1].rfind(b"\n") + 1] + case["lastLine"].encode() + b"\n"
            if "status" in case:  # the program says only what it is about to do
                output, status = f"way: {case['arguments'][0]}\n".encode(), case["status"]
            open(f"expected/{case['name']}.out", "wb").write(output)
            open(f"expected/{case['name']}.status", "w").write(f"{status}\n")
        size = os.path.getsize(elf)
        if size < LIMIT:
            with open(elf, "rb") as built, open(program + ".elf", "wb") as kept:
                kept.write(built.read())
            os.chmod(program + ".elf", 0o755)
        else:
            print(f"{program}: {size} bytes, not kept as {program}.elf", file=sys.stderr)
        recorded[program] = digest(program)
with open("sources.sha256", "w") as file:
    for program in programs:
        if program in recorded:
            print(recorded[program], program, file=file)
PYTHON
