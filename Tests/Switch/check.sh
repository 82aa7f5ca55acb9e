#!/bin/sh
# Looks at the samples, and at Longma's own routines.
#
#   check.sh [DIRECTORY]      assembles all with clang-19 (CLANG names another) and looks for the symbols that they must have;
#                             DIRECTORY has another switch-offsets.h, such as what longma switch --print-offsets printed
#   check.sh --run            also runs them in qemu-system-loongarch64 (QEMU names another): see selftest.c
set -eu
cd "$(dirname "$0")"
CLANG=${CLANG:-clang-19}
MC=${MC:-llvm-mc-19}
NM=${NM:-llvm-nm-19}
LD=${LD:-ld.lld-19}
QEMU=${QEMU:-qemu-system-loongarch64}
own=../../Sources/VirtualMachine/Routines/switch.s
bare=../../Sources/longma/VirtualGuests
run=
directory=.
case ${1:-} in
--run) run=yes ;;
*) directory=${1:-.} ;;
esac
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cp *.S loongarch-csr.h "$scratch"
cp "$directory/switch-offsets.h" "$scratch"
failed=0
target="--target=loongarch64-linux-gnu -march=loongarch64 -mno-lsx -mno-lasx"

complete() { # NAME OBJECT: says which symbols are missing
    "$NM" --defined-only --extern-only "$2" | cut -d ' ' -f 3 >"$scratch/symbols"
    missing=
    for symbol in kvm_enter_guest kvm_enter_guest_end kvm_vector_entry kvm_vector_entry_end kvm_vector_size kvm_enter_guest_size \
        kvm_save_fpu kvm_restore_fpu; do
        grep -qx "$symbol" "$scratch/symbols" || missing="$missing $symbol"
    done
    echo "$1:${missing:- complete}"
    case $1 in
    broken-symbol.S) [ "$missing" = " kvm_vector_entry kvm_vector_entry_end" ] || failed=1 ;;
    *) [ -z "$missing" ] || failed=1 ;;
    esac
}

for source in switch*.S broken-*.S; do
    "$CLANG" $target -Wall -Werror -c -o "$scratch/$source.o" "$scratch/$source"
    complete "$source" "$scratch/$source.o"
done
sed -n 's/^#define \([A-Z0-9_]*\) \([0-9]*\)$/.equ \1, \2/p' "$scratch/switch-offsets.h" | cat - "$own" >"$scratch/switch.s"
"$MC" -triple=loongarch64-linux-gnu -mattr=+d,+lsx,+lasx,+lbt -filetype=obj -o "$scratch/switch.s.o" "$scratch/switch.s"
complete switch.s "$scratch/switch.s.o"

if [ -n "$run" ]; then
    flags="$target -mstrict-align -O2 -std=c2x -Wall -Wextra -Werror -ffreestanding -fno-pic -fno-pie
        -fno-stack-protector -fno-asynchronous-unwind-tables -fno-builtin -I $bare -I $scratch"
    for source in "$bare/start.S" "$bare/bare.c" selftest.c selftest.S; do
        "$CLANG" $flags -c -o "$scratch/run-$(basename "$source").o" "$source"
    done
    "$CLANG" $flags -DSTALE_PRIVILEGE -c -o "$scratch/own.o" selftest.c
    for source in switch.s switch.S switch-slow.S broken-registers.S; do
        # Longma's own routines also withstand a stale privilege level.
        harness=$scratch/run-selftest.c.o
        [ "$source" != switch.s ] || harness=$scratch/own.o
        "$LD" -m elf64loongarch -s -z max-page-size=4096 -z noseparate-code --no-dynamic-linker -static -T "$bare/link.ld" \
            -o "$scratch/selftest.elf" "$harness" "$scratch/run-selftest.S.o" "$scratch/run-start.S.o" \
            "$scratch/run-bare.c.o" "$scratch/$source.o"
        last=$(timeout -s KILL 20 "$QEMU" -M virt -cpu la464 -m 256M -display none -monitor none -serial stdio -kernel \
            "$scratch/selftest.elf" </dev/null | tail -n 1)
        echo "$source: $last"
        case $source,$last in
        broken-registers.S,"FAIL registers of the caller "* | switch*,"PASS switch "*) ;;
        *) failed=1 ;;
        esac
    done
fi
exit $failed
