#!/bin/sh
# Assembles all samples with clang-19 (CLANG names another) and looks for the symbols that they must have.
#
#   check.sh [DIRECTORY]      DIRECTORY has another switch-offsets.h, such as what longma switch --print-offsets printed
set -eu
cd "$(dirname "$0")"
CLANG=${CLANG:-clang-19}
NM=${NM:-llvm-nm-19}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cp *.S loongarch-csr.h "$scratch"
cp "${1:-.}/switch-offsets.h" "$scratch"
failed=0
for source in *.S; do
    "$CLANG" --target=loongarch64-linux-gnu -Wall -Werror -c -o "$scratch/object.o" "$scratch/$source"
    "$NM" --defined-only --extern-only "$scratch/object.o" | cut -d ' ' -f 3 >"$scratch/symbols"
    missing=
    for symbol in kvm_enter_guest kvm_enter_guest_end kvm_vector_entry kvm_vector_entry_end kvm_vector_size kvm_enter_guest_size \
        kvm_save_fpu kvm_restore_fpu; do
        grep -qx "$symbol" "$scratch/symbols" || missing="$missing $symbol"
    done
    echo "$source:${missing:- complete}"
    case $source in
    broken-symbol.S) [ "$missing" = " kvm_vector_entry kvm_vector_entry_end" ] || failed=1 ;;
    *) [ -z "$missing" ] || failed=1 ;;
    esac
done
exit $failed
