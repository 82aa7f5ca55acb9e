#!/bin/sh
# Builds what Linux as root with KVM and Linux as its guest needs, into the directory OUT: vmlinux, the kernel of both, and root.cpio, root's initial RAM disk with
# that kernel and the guest's disk in it. Needs Debian's linux-source-6.12 (SOURCE names another archive), clang-19, lld-19, llvm-19, make, gcc, flex, bison, bc.
# The kernel's sources and what is built from them stay outside the repository.
#
#   build.sh OUT
set -eu
here=$(cd "$(dirname "$0")" && pwd)
out=$1
source=${SOURCE:-/usr/src/linux-source-6.12.tar.xz}
mkdir -p "$out"
out=$(cd "$out" && pwd)
[ -f "$source" ] || { echo "build.sh: there is no $source; apt-get install linux-source-6.12" >&2; exit 1; }
scratch=$(mktemp -d "$out/build.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
trap 'exit 1' INT TERM HUP

mkdir "$scratch/kernel" "$scratch/objects"
tar -x -f "$source" -C "$scratch/kernel" --strip-components=1
kernel() { make -s -C "$scratch/kernel" ARCH=loongarch LLVM=-19 O="$scratch/objects" -j"$(nproc)" "$@"; }
kernel tinyconfig
(cd "$scratch/objects" && ARCH=loongarch "$scratch/kernel/scripts/kconfig/merge_config.sh" -m -O . .config "$here/kernel.config" >/dev/null)
kernel olddefconfig
grep '=y$' "$here/kernel.config" | while read -r option; do
    grep -qx "$option" "$scratch/objects/.config" || { echo "build.sh: this kernel has no $option" >&2; exit 1; }
done
kernel vmlinux headers
llvm-strip-19 -o "$scratch/vmlinux" "$scratch/objects/vmlinux"

clang-19 --target=loongarch64-linux-gnu -march=loongarch64 -mno-lsx -O2 -Wall -Wextra -Werror -Wno-unused-function -Wno-unused-parameter \
    -static -nostdlib -ffreestanding -fno-stack-protector -fuse-ld=lld -s -isystem "$scratch/objects/usr/include" \
    -include "$scratch/kernel/tools/include/nolibc/nolibc.h" -o "$scratch/init" "$here/init.c" "$here/machine.c"

disk() { # NAME, with more lines on standard input
    { printf 'dir /dev 0755 0 0\nnod /dev/console 0600 0 0 c 5 1\nfile /init %s 0755 0 0\n' "$scratch/init"; cat; } >"$scratch/list"
    "$scratch/objects/usr/gen_init_cpio" "$scratch/list" >"$scratch/$1"
}
disk guest.cpio </dev/null
printf 'file /vmlinux %s 0644 0 0\nfile /guest.cpio %s 0644 0 0\n' "$scratch/vmlinux" "$scratch/guest.cpio" | disk root.cpio
mv "$scratch/root.cpio" "$scratch/vmlinux" "$out"
