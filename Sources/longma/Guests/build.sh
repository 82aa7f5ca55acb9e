#!/bin/sh
# Rebuilds the built-in guests' ELF files from their C sources. Needs clang-19, lld-19 and llvm-objdump-19 (CLANG and OBJDUMP name
# others). The same sources give the same bytes.
#
#   build.sh [NAME…]          build all, or those named, and record the digests of their sources in sources.sha256
#   build.sh --check          say which ELF is stale: from the digests and, where the toolchain is present, by rebuilding
#   build.sh --verify         run every guest natively, and in qemu-loongarch64 where present, against manifest.json
set -eu
cd "$(dirname "$0")"
CLANG=${CLANG:-clang-19}
OBJDUMP=${OBJDUMP:-llvm-objdump-19}
names=$(ls *.c | sed 's/\.c$//' | grep -vx start)

compile() { # NAME OUTPUT
    "$CLANG" --target=loongarch64-linux-gnu -march=loongarch64 -mno-lasx -mno-lsx -O2 -std=c11 -Wall -Wextra -Werror \
        -ffreestanding -fno-pic -fno-pie -fno-stack-protector -fno-asynchronous-unwind-tables -fno-math-errno -ffp-contract=off \
        -ffunction-sections -fdata-sections -fno-ident -nostdlib -static -fuse-ld=lld-19 -Wl,--build-id=none -Wl,-s -Wl,--gc-sections \
        -Wl,-z,noseparate-code -o "$2" start.c "$1.c"
    if "$OBJDUMP" -d --mattr=+lsx,+lasx "$2" | grep -E '\$(vr|xr)[0-9]' >&2; then
        echo "$1: has vector instructions" >&2
        return 1
    fi
}

digest() { sha256sum | cut -d ' ' -f 1; }

digests() { # of each guest: the digest of its sources (with the common files and this script), that of its ELF, its name
    for name in $names; do
        [ -f "$name.elf" ] || continue
        printf '%s  %s  %s\n' "$(cat build.sh guest.h start.c "$name.c" | digest)" "$(digest <"$name.elf")" "$name"
    done
}

case ${1:-} in
--check)
    stale=0
    scratch=$(mktemp -d)
    trap 'rm -rf "$scratch"' EXIT
    digests >"$scratch/digests"
    for name in $names; do
        if [ ! -f "$name.elf" ]; then
            echo "$name: no ELF"
            stale=1
        elif ! grep "  $name\$" "$scratch/digests" | grep -qxFf sources.sha256; then
            echo "$name: its source or its ELF changed since it was built"
            stale=1
        elif command -v "$CLANG" >/dev/null && command -v ld.lld-19 >/dev/null && command -v "$OBJDUMP" >/dev/null; then
            compile "$name" "$scratch/$name.elf"
            cmp -s "$name.elf" "$scratch/$name.elf" || { echo "$name: a rebuild gives other bytes"; stale=1; }
        fi
    done
    [ $stale = 0 ] && echo "all guests are up to date"
    exit $stale
    ;;
--verify)
    python3 - <<'PYTHON'
import json, os, shutil, subprocess, sys, tempfile, time
failed = False
def run(command):
    start = time.monotonic()
    result = subprocess.run(command, capture_output=True, text=True)
    return result.stdout.strip() if result.returncode == 0 else f"status {result.returncode}", time.monotonic() - start
for guest in json.load(open("manifest.json"))["guests"]:
    name = guest["name"]
    with tempfile.TemporaryDirectory() as directory:
        native = os.path.join(directory, name)
        subprocess.run([os.environ.get("CC", "cc"), *guest["nativeFlags"], "-o", native, name + ".c", *guest["nativeLibraries"]], check=True)
        runs = {"native": [native]}
        if shutil.which("qemu-loongarch64"):
            runs["qemu"] = ["qemu-loongarch64", "./" + name + ".elf"]
        for kind, command in runs.items():
            for arguments, expected in ([], guest["expected"]), ([str(guest["small"]["scale"])], guest["small"]["expected"]):
                line, seconds = run(command + arguments)
                good = line == expected
                failed |= not good
                print(f"{name:10} {kind:6} {seconds:6.2f} s  {'' if good else 'WRONG: '}{line} {' '.join(arguments)}")
sys.exit(failed)
PYTHON
    ;;
*)
    for name in ${@:-$names}; do
        compile "$name" "$name.elf"
        chmod 755 "$name.elf"
    done
    # A guest that was not built now keeps what is recorded of it.
    touch sources.sha256
    digests | while read -r source elf name; do
        case " ${*:-$(echo $names)} " in
        *" $name "*) echo "$source  $elf  $name" ;;
        *) grep "  $name\$" sources.sha256 || true ;;
        esac
    done >sources.sha256.new
    mv sources.sha256.new sources.sha256
    ;;
esac
