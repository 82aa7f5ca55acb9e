#!/bin/sh
# Rebuilds the bare-metal guests' ELF files. Needs clang-19 and lld-19 (CLANG names another), llvm-objdump-19 (OBJDUMP), and
# qemu-system-loongarch64 for --expect and --verify (QEMU). The same sources give the same bytes.
#
#   build.sh [NAME…]            build all, or those named, and record the digests of their sources in sources.sha256
#   build.sh --check            say which ELF is stale: from the digests and, where the toolchain is present, by rebuilding
#   build.sh --expect [NAME…]   run in QEMU and keep what is printed as expected/NAME.out
#   build.sh --verify [NAME…]   run in QEMU and compare with expected/NAME.out
#
# A guest NAME is NAME.c, with NAME.S, NAME-work.c and NAME.ld where they exist, and the common files. NAME.in is its console input.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
common=${COMMON:-$here}
cd "${GUESTS:-$here}"
CLANG=${CLANG:-clang-19}
OBJDUMP=${OBJDUMP:-llvm-objdump-19}
QEMU=${QEMU:-qemu-system-loongarch64}
all=$(ls *.c | sed 's/\.c$//' | grep -vx -e bare -e '.*-work')

compile() { # NAME OUTPUT
    objects=
    scratch=$(mktemp -d)
    work=
    script=$common/link.ld
    [ ! -f "$1.ld" ] || script=$1.ld
    [ ! -f "$1-work.c" ] || work="$1-work.c"
    [ ! -f "$1.S" ] || work="$work $1.S"
    for source in "$common/start.S" "$common/bare.c" "$1.c" $work; do
        object=$scratch/$(basename "$source" | tr . -).o
        case $source in
        *-work.c) object=$scratch/work.o ;;
        esac
        units="-mno-lasx -mno-lsx"
        [ "$source" != "$1.S" ] || units=-mlsx
        "$CLANG" --target=loongarch64-linux-gnu -march=loongarch64 $units -mstrict-align -O2 -std=c2x -Wall -Wextra -Werror \
            -ffreestanding -fno-pic -fno-pie -fdirect-access-external-data -fno-stack-protector -fno-asynchronous-unwind-tables -fno-math-errno -ffp-contract=off \
            -fno-ident -fno-builtin -ffunction-sections -fdata-sections -I "$common" -c -o "$object" "$source"
        objects="$objects $object"
    done
    ld.lld-19 -m elf64loongarch --gc-sections --build-id=none -s -z max-page-size=4096 -z noseparate-code --no-dynamic-linker -static \
        -T "$script" -o "$2" $objects
    rm -rf "$scratch"
    if [ ! -f "$1.S" ] && "$OBJDUMP" -d --mattr=+lsx,+lasx "$2" | grep -E '\$(vr|xr)[0-9]' >&2; then
        echo "$1: has vector instructions" >&2
        return 1
    fi
}

digest() { sha256sum | cut -d ' ' -f 1; }

sources() { # the text that NAME's ELF depends on
    cat "$here/build.sh" "$common/bare.h" "$common/bare.c" "$common/start.S" "$common/link.ld"
    for source in "$1.c" "$1-work.c" "$1.S" "$1.ld"; do [ ! -f "$source" ] || cat "$source"; done
}

digests() { # of each guest: the digest of its sources, that of its ELF, its name
    for name in $all; do
        [ -f "$name.elf" ] || continue
        printf '%s  %s  %s\n' "$(sources "$name" | digest)" "$(digest <"$name.elf")" "$name"
    done
}

emulate() { # NAME: what the guest prints
    input=/dev/null
    [ ! -f "$1.in" ] || input=$1.in
    # QEMU reads no input before the guest is there, and a multiplexed console would take control-A.
    timeout -s KILL "${LIMIT:-120}" "$QEMU" -M virt -cpu la464 -m 256M -display none -monitor none -serial stdio -kernel "$1.elf" <"$input"
}

case ${1:-} in
--check)
    stale=0
    temporary=$(mktemp -d)
    trap 'rm -rf "$temporary"' EXIT
    digests >"$temporary/digests"
    for name in $all; do
        if [ ! -f "$name.elf" ]; then
            echo "$name: no ELF"
            stale=1
        elif ! grep "  $name\$" "$temporary/digests" | grep -qxFf sources.sha256; then
            echo "$name: its source or its ELF changed since it was built"
            stale=1
        elif command -v "$CLANG" >/dev/null && command -v ld.lld-19 >/dev/null && command -v "$OBJDUMP" >/dev/null; then
            compile "$name" "$temporary/$name.elf"
            cmp -s "$name.elf" "$temporary/$name.elf" || { echo "$name: a rebuild gives other bytes"; stale=1; }
        fi
    done
    [ $stale = 0 ] && echo "all guests are up to date"
    exit $stale
    ;;
--expect | --verify)
    mode=$1
    shift
    failed=0
    for name in ${@:-$all}; do
        start=$(date +%s.%N)
        emulate "$name" >"$name.got" || { echo "$name: QEMU's status is $?"; failed=1; }
        seconds=$(echo "$(date +%s.%N) $start" | awk '{printf "%.2f", $1 - $2}')
        if [ "$mode" = --expect ]; then
            mkdir -p expected
            mv "$name.got" "expected/$name.out"
            echo "$name: $seconds s: $(tail -n 1 "expected/$name.out")"
        else
            if cmp -s "$name.got" "expected/$name.out"; then echo "$name: $seconds s"; else echo "$name: $seconds s, differs"; failed=1; fi
            rm -f "$name.got"
        fi
    done
    exit $failed
    ;;
*)
    for name in ${@:-$all}; do
        compile "$name" "$name.elf"
        chmod 644 "$name.elf"
    done
    # A guest that was not built now keeps what is recorded of it.
    touch sources.sha256
    digests | while read -r source elf name; do
        case " ${*:-$(echo $all)} " in
        *" $name "*) echo "$source  $elf  $name" ;;
        *) grep "  $name\$" sources.sha256 || true ;;
        esac
    done >sources.sha256.new
    mv sources.sha256.new sources.sha256
    ;;
esac
