// The way into translated code and out of it. While translated code runs, rbx... belong to it, except r15, which counts `fuel` down.
// (Regions of cores keep `pages` in r14, which they load themselves.)
#include "CHost.h"
#include <stddef.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define STRING(x) #x
#define EXPAND(x) STRING(x)
#define PC 256
#define FUEL 264
#define HOST_STACK LONGMA_HOST_STACK_OFFSET
#define HANDLER_STACK 312
#define JUMP_CACHE 288
#define EXIT_REASON 328
_Static_assert(offsetof(LongmaCPU, pc) == PC, "pc");
_Static_assert(offsetof(LongmaCPU, jumpCache) == JUMP_CACHE, "jumpCache");
_Static_assert(offsetof(LongmaCPU, exitReason) == EXIT_REASON, "exitReason");
_Static_assert(LONGMA_JUMP_CACHE_SLOTS == 4096 && sizeof(LongmaJumpCacheEntry) == 16, "jump cache");
_Static_assert(offsetof(LongmaCPU, fuel) == FUEL, "fuel");
_Static_assert(offsetof(LongmaCPU, handlerStack) == HANDLER_STACK, "handlerStack");
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
    // On the stack, because stencil code keeps no register.
    "    movq %rdi, (%rsp)\n"
    "    movq %rsp, " EXPAND(HOST_STACK) "(%rdi)\n"
    "    movq " EXPAND(FUEL) "(%rdi), %r15\n"
    "    movq %rsi, %rax\n"
    "    movq " EXPAND(PC) "(%rdi), %rsi\n"
    "longma_run_code:\n"
    "    call *%rax\n"
    // A fault lands here too, with rsp set again by the handler.
    ".globl longma_leave_code\n"
    "longma_leave_code:\n"
    "    movq (%rsp), %rbx\n"
    "    movq %r15, " EXPAND(FUEL) "(%rbx)\n"
    "    addq $8, %rsp\n"
    "    popq %r15\n"
    "    popq %r14\n"
    "    popq %r13\n"
    "    popq %r12\n"
    "    popq %rbx\n"
    "    popq %rbp\n"
    "    ret\n"
    ".size longma_enter_code, . - longma_enter_code\n"
    ".globl longma_chain_code\n"
    ".type longma_chain_code, @function\n"
    "longma_chain_code:\n"
    "    movl %esi, %eax\n"
    "    andl $0x3ffc, %eax\n"
    "    shll $2, %eax\n"
    "    addq " EXPAND(JUMP_CACHE) "(%rdi), %rax\n"
    "    cmpq %rsi, (%rax)\n"
    "    jne longma_dispatch_code\n"
    "    jmp *8(%rax)\n"
    ".size longma_chain_code, . - longma_chain_code\n"
    ".globl longma_dispatch_code\n"
    ".type longma_dispatch_code, @function\n"
    "longma_dispatch_code:\n"
    "    movq %rsi, " EXPAND(PC) "(%rdi)\n"
    "    movq $" EXPAND(LONGMA_EXIT_DISPATCH) ", " EXPAND(EXIT_REASON) "(%rdi)\n"
    "    ret\n"
    ".size longma_dispatch_code, . - longma_dispatch_code\n");

// The interpreter's chains nest: a translated instruction may be executed by a handler, so the outer chain's stack pointer is kept on the stack.
__asm__(
    ".text\n"
    ".globl longma_run_handlers\n"
    ".type longma_run_handlers, @function\n"
    "longma_run_handlers:\n"
    "    pushq %rbp\n"
    "    pushq %rbx\n"
    "    pushq %r12\n"
    "    pushq %r13\n"
    "    pushq %r14\n"
    "    pushq %r15\n"
    "    pushq %rdi\n"
    "    pushq " EXPAND(HANDLER_STACK) "(%rdi)\n"
    "    subq $8, %rsp\n"
    "    movq %rsp, " EXPAND(HANDLER_STACK) "(%rdi)\n"
    "    call *%rdx\n"
    "1:  addq $8, %rsp\n"
    "    popq %rcx\n"
    "    popq %rdi\n"
    "    movq %rcx, " EXPAND(HANDLER_STACK) "(%rdi)\n"
    "    popq %r15\n"
    "    popq %r14\n"
    "    popq %r13\n"
    "    popq %r12\n"
    "    popq %rbx\n"
    "    popq %rbp\n"
    "    ret\n"
    ".size longma_run_handlers, . - longma_run_handlers\n"
    ".globl longma_leave_handlers\n"
    ".type longma_leave_handlers, @function\n"
    "longma_leave_handlers:\n"
    "    movq " EXPAND(HANDLER_STACK) "(%rdi), %rsp\n"
    "    movq %rsi, %rax\n"
    "    jmp 1b\n"
    ".size longma_leave_handlers, . - longma_leave_handlers\n");

// Around a call from the middle of translated code: keeps every register that a C function may change; rbp is the frame. The caller restores rsp from rbx.
#define KEEP_REGISTERS \
    "    pushq %rbp\n" \
    "    movq %rsp, %rbp\n" \
    "    pushq %rax\n    pushq %rcx\n    pushq %rdx\n    pushq %rsi\n    pushq %rdi\n" \
    "    pushq %r8\n    pushq %r9\n    pushq %r10\n    pushq %r11\n    pushq %rbx\n" \
    "    leaq -272(%rsp), %rbx\n" \
    "    andq $-16, %rbx\n" \
    "    xchgq %rbx, %rsp\n" \
    "    vmovaps %xmm0, 0(%rsp)\n    vmovaps %xmm1, 16(%rsp)\n    vmovaps %xmm2, 32(%rsp)\n    vmovaps %xmm3, 48(%rsp)\n" \
    "    vmovaps %xmm4, 64(%rsp)\n    vmovaps %xmm5, 80(%rsp)\n    vmovaps %xmm6, 96(%rsp)\n    vmovaps %xmm7, 112(%rsp)\n" \
    "    vmovaps %xmm8, 128(%rsp)\n    vmovaps %xmm9, 144(%rsp)\n    vmovaps %xmm10, 160(%rsp)\n    vmovaps %xmm11, 176(%rsp)\n" \
    "    vmovaps %xmm12, 192(%rsp)\n    vmovaps %xmm13, 208(%rsp)\n    vmovaps %xmm14, 224(%rsp)\n    vmovaps %xmm15, 240(%rsp)\n"
#define RESTORE_REGISTERS \
    "    vmovaps 0(%rsp), %xmm0\n    vmovaps 16(%rsp), %xmm1\n    vmovaps 32(%rsp), %xmm2\n    vmovaps 48(%rsp), %xmm3\n" \
    "    vmovaps 64(%rsp), %xmm4\n    vmovaps 80(%rsp), %xmm5\n    vmovaps 96(%rsp), %xmm6\n    vmovaps 112(%rsp), %xmm7\n" \
    "    vmovaps 128(%rsp), %xmm8\n    vmovaps 144(%rsp), %xmm9\n    vmovaps 160(%rsp), %xmm10\n    vmovaps 176(%rsp), %xmm11\n" \
    "    vmovaps 192(%rsp), %xmm12\n    vmovaps 208(%rsp), %xmm13\n    vmovaps 224(%rsp), %xmm14\n    vmovaps 240(%rsp), %xmm15\n" \
    "    movq %rbx, %rsp\n" \
    "    popq %rbx\n    popq %r11\n    popq %r10\n    popq %r9\n    popq %r8\n" \
    "    popq %rdi\n    popq %rsi\n    popq %rdx\n    popq %rcx\n    popq %rax\n" \
    "    popq %rbp\n" \
    "    ret\n"

// Called with the CPU pushed by the caller.
static void (*floatCallback)(LongmaCPU *);
void longma_set_float_callback(void (*callback)(LongmaCPU *)) { floatCallback = callback; }
__attribute__((used)) static void callFloat(LongmaCPU *cpu) { floatCallback(cpu); }

__asm__(
    ".text\n"
    ".globl longma_float_stub\n"
    ".type longma_float_stub, @function\n"
    "longma_float_stub:\n"
    KEEP_REGISTERS
    "    movq 16(%rbp), %rdi\n"
    "    call callFloat\n"
    RESTORE_REGISTERS
    ".size longma_float_stub, . - longma_float_stub\n");

// Answers 0 when the access is done. Else the instruction has raised an exception, which is delivered: the code to go on with, or 1 to leave.
__attribute__((used)) static uint64_t accessSlowly(LongmaSlowAccess *access) {
    LongmaCPU *cpu = access->cpu;
    uint64_t size = access->kind & LONGMA_SLOW_SIZE;
    if (access->kind & LONGMA_SLOW_STORE) {
        if (longma_mapped_store_slowly(cpu, access->address, &access->value, size)) return 0;
    } else {
        uint64_t value = 0;
        if (longma_mapped_load_slowly(cpu, access->address, &value, size)) {
            unsigned shift = 64 - 8 * (unsigned)size;
            access->value = access->kind & LONGMA_SLOW_SIGNED ? (uint64_t)((int64_t)(value << shift) >> shift) : value;
            return 0;
        }
    }
    cpu->pc = access->pc;
    cpu->fuel += (int64_t)access->unexecuted;
    cpu->exitReason = LONGMA_EXIT_DISPATCH;
    if (cpu->deliver(cpu) & LONGMA_SYSTEM_LEAVE || !cpu->jumpCache) return 1;
    const LongmaJumpCacheEntry *entry = &cpu->jumpCache[cpu->pc >> 2 & (LONGMA_JUMP_CACHE_SLOTS - 1)];
    return entry->pc == cpu->pc ? (uint64_t)(uintptr_t)entry->code : 1;
}

__asm__(
    ".text\n"
    ".globl longma_slow_access_stub\n"
    ".type longma_slow_access_stub, @function\n"
    "longma_slow_access_stub:\n"
    KEEP_REGISTERS
    "    movq 16(%rbp), %rax\n"
    "    movq %r15, " EXPAND(FUEL) "(%rax)\n"
    "    leaq 16(%rbp), %rdi\n"
    "    call accessSlowly\n"
    "    testq %rax, %rax\n"
    "    jnz 1f\n"
    RESTORE_REGISTERS
    "1:  movq 16(%rbp), %rbx\n"
    "    movq " EXPAND(FUEL) "(%rbx), %r15\n"
    "    movq " EXPAND(HOST_STACK) "(%rbx), %rsp\n"
    "    cmpq $1, %rax\n"
    "    je longma_leave_code\n"
    "    movq %rbx, %rdi\n"
    "    movq " EXPAND(PC) "(%rbx), %rsi\n"
    "    jmp longma_run_code\n"
    ".size longma_slow_access_stub, . - longma_slow_access_stub\n");

uint64_t longma_stable_counter(void) {
    struct timespec now;
    clock_gettime(CLOCK_BOOTTIME, &now);
    return (uint64_t)now.tv_sec * 100000000u + (uint64_t)now.tv_nsec / 10u;
}

int longma_thread_id(void) { return (int)syscall(SYS_gettid); }
