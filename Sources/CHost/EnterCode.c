// The way into translated code and out of it. While translated code runs, rbx... belong to it, except r15, which counts `fuel` down.
#include "CHost.h"
#include <stddef.h>
#include <time.h>

#define STRING(x) #x
#define EXPAND(x) STRING(x)
#define FUEL 264
#define HOST_STACK 304
_Static_assert(offsetof(LongmaCPU, fuel) == FUEL, "fuel");
_Static_assert(offsetof(LongmaCPU, hostStack) == HOST_STACK, "hostStack");

__asm__(
    ".text\n"
    ".globl longma_enter_code\n"
    ".type longma_enter_code, @function\n"
    "longma_enter_code:\n"
    "    pushq %rbp\n"
    "    pushq %rbx\n"
    "    pushq %r12\n"
    "    pushq %r13\n"
    "    pushq %r14\n"
    "    pushq %r15\n"
    "    subq $8, %rsp\n"
    "    movq %rdi, %rbx\n"
    "    movq %rsp, " EXPAND(HOST_STACK) "(%rdi)\n"
    "    movq " EXPAND(FUEL) "(%rdi), %r15\n"
    "    call *%rsi\n"
    // A fault lands here too, with rbx and rsp set again by the handler.
    ".globl longma_leave_code\n"
    "longma_leave_code:\n"
    "    movq %r15, " EXPAND(FUEL) "(%rbx)\n"
    "    addq $8, %rsp\n"
    "    popq %r15\n"
    "    popq %r14\n"
    "    popq %r13\n"
    "    popq %r12\n"
    "    popq %rbx\n"
    "    popq %rbp\n"
    "    ret\n"
    ".size longma_enter_code, . - longma_enter_code\n");

uint64_t longma_stable_counter(void) {
    struct timespec now;
    clock_gettime(CLOCK_BOOTTIME, &now);
    return (uint64_t)now.tv_sec * 100000000u + (uint64_t)now.tv_nsec / 10u;
}
