// System calls, and the one form of them that a signal cannot slip past: between the test of the attention word and the `syscall` instruction the
// signal handler (SignalRecorder.c) moves the program counter to `longma_safe_syscall_skip`.
#include "LinuxHost.h"

int64_t longma_syscall(int64_t number, uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e, uint64_t f) {
    int64_t result;
    register uint64_t r10 __asm__("r10") = d;
    register uint64_t r8 __asm__("r8") = e;
    register uint64_t r9 __asm__("r9") = f;
    __asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9) : "rcx", "r11", "memory");
    return result;
}

__asm__(
    ".text\n"
    ".globl longma_safe_syscall\n"
    ".type longma_safe_syscall,@function\n"
    "longma_safe_syscall:\n"
    "    .cfi_startproc\n"
    "    movq %rdi, %r11\n"
    "    movq %rsi, %rax\n"
    "    movq %rdx, %rdi\n"
    "    movq %rcx, %rsi\n"
    "    movq %r8, %rdx\n"
    "    movq %r9, %r10\n"
    "    movq 8(%rsp), %r8\n"
    "    movq 16(%rsp), %r9\n"
    ".globl longma_safe_syscall_test\n"
    ".hidden longma_safe_syscall_test\n"
    "longma_safe_syscall_test:\n"
    "    cmpq $0, (%r11)\n"
    "    jne longma_safe_syscall_skip\n"
    "    syscall\n"
    ".globl longma_safe_syscall_done\n"
    ".hidden longma_safe_syscall_done\n"
    "longma_safe_syscall_done:\n"
    "    ret\n"
    ".globl longma_safe_syscall_skip\n"
    ".hidden longma_safe_syscall_skip\n"
    "longma_safe_syscall_skip:\n"
    "    movq $-4096, %rax\n"
    "    ret\n"
    "    .cfi_endproc\n"
    ".size longma_safe_syscall,.-longma_safe_syscall\n");
