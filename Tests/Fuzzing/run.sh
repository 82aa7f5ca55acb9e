#!/bin/sh
# Builds and runs the fuzzers: run.sh elf|loader|decoder [SECONDS] [libFuzzer options], or run.sh build [elf|loader|decoder].
# Binaries, corpora and new failing inputs go to .build-fuzz/ in the package.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
package=$(cd "$here/../.." && pwd)
out=${FUZZ_DIR:-$package/.build-fuzz}
swiftc=${SWIFTC:-swiftc}
sanitizers=${SANITIZERS:-fuzzer,address}
sources=$package/Sources
export SWIFT_BACKTRACE=enable=no
mkdir -p "$out"

# What the ELF sources need of other modules.
build_modules() {
    mkdir -p "$out/chost"
    printf 'module CHost { umbrella "%s" export * }\n' "$sources/CHost/include" > "$out/chost/module.modulemap"
    for file in "$sources"/CHost/*.c; do
        "${CLANG:-$(dirname "$(command -v "$swiftc")")/clang}" -O2 -D_GNU_SOURCE -I"$sources/CHost/include" -c "$file" -o "$out/chost/$(basename "$file").o"
    done
    options="-swift-version 5 -O -wmo -parse-as-library -package-name longma -I $out -Xcc -fmodule-map-file=$out/chost/module.modulemap"
    # All that ElfImage.swift needs of its module.
    grep -h '^func hexadecimal' "$sources"/LinuxProcess/*.swift > "$out/hexadecimal.swift"
    # shellcheck disable=SC2086
    (cd "$out" && "$swiftc" $options -module-name LoongArch -emit-module -emit-object "$sources"/LoongArch/*.swift "$sources"/LoongArch/*/*.swift -o LoongArch.o &&
        "$swiftc" $options -module-name GuestMemory -emit-module -emit-object "$sources"/GuestMemory/*.swift -o GuestMemory.o)
}

build_elf() {
    build_modules
    # shellcheck disable=SC2086
    (cd "$out" && "$swiftc" $options -module-name ElfFuzzer -use-ld=lld -sanitize="$sanitizers" "$sources/LinuxProcess/ElfImage.swift" \
        hexadecimal.swift "$here/ElfFuzzer.swift" GuestMemory.o LoongArch.o chost/*.o -o elf)
}

build_loader() {
    build_modules
    # shellcheck disable=SC2086
    (cd "$out" && "$swiftc" $options -module-name LoaderFuzzer -use-ld=lld -sanitize=fuzzer "$sources"/LinuxProcess/Elf*.swift \
        "$sources/LinuxProcess/ProcessError.swift" hexadecimal.swift "$here/LoaderFuzzer.swift" GuestMemory.o LoongArch.o chost/*.o -o loader)
}

build_decoder() {
    (cd "$out" && "$swiftc" -swift-version 5 -O -wmo -parse-as-library -package-name longma -module-name DecoderFuzzer -use-ld=lld -sanitize="$sanitizers" \
        "$sources"/LoongArch/*.swift "$sources"/LoongArch/*/*.swift "$here/DecoderFuzzer.swift" -o decoder)
}

# The guests' headers.
seed_elf() { seed_headers elf; }
seed_loader() { seed_headers loader; }
seed_headers() {
    for file in "$sources"/longma/Guests/*.elf "$package"/Tests/Programs/*.elf; do
        head -c 4096 "$file" > "$out/corpus-$1/seed-$(basename "$file")"
    done
}

# Guest code, and assembly in the tests' words.
seed_decoder() {
    for file in "$sources"/longma/Guests/*.elf; do
        tail -c +513 "$file" | head -c 256 > "$out/corpus-decoder/seed-$(basename "$file")"
    done
    cp "$here"/seeds/*.s "$out/corpus-decoder/"
}

# A libFuzzer dictionary of mnemonics, registers and directives.
dictionary() {
    { grep -ho '^[a-z][a-z0-9._]* [0-9a-f]\{8\} [0-9a-f]\{8\} ' "$sources"/LoongArch/InstructionTable/*.swift | sed 's/ .*//'
        grep -ho '"[.%a-z_][.a-z0-9_]*"' "$sources"/LoongArch/Assembler/*.swift "$sources"/LoongArch/RegisterNames.swift | tr -d '"'
    } | sort -u | sed 's/.*/"&"/'
}

run() { # NAME SECONDS MAXLEN OPTIONS...
    name=$1 seconds=$2 length=$3
    shift 3
    mkdir -p "$out/corpus-$name" "$out/failures-$name"
    "seed_$name"
    kind=$name
    [ "$name" != loader ] || kind=elf
    for file in "$here/regressions/$kind"-*; do [ ! -e "$file" ] || cp "$file" "$out/corpus-$name/"; done
    "$out/$name" "$out/corpus-$name" -max_total_time="$seconds" -max_len="$length" -timeout=10 -rss_limit_mb=2048 \
        -artifact_prefix="$out/failures-$name/" -print_final_stats=1 "$@"
}

case ${1:-} in
build) case ${2:-all} in all) build_elf; build_loader; build_decoder ;; *) "build_$2" ;; esac ;;
elf | loader | decoder)
    name=$1 seconds=${2:-60}
    shift
    [ $# = 0 ] || shift
    [ -x "$out/$name" ] || "build_$name"
    if [ "$name" = decoder ]; then
        dictionary > "$out/decoder.dict"
        run decoder "$seconds" 512 -dict="$out/decoder.dict" "$@"
    else
        run "$name" "$seconds" 4096 "$@"
    fi
    ;;
*) sed -n '2,3s/^# //p' "$0" >&2; exit 2 ;;
esac
