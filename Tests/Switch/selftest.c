// Runs a set of switch routines without virtualization: a machine that has none ignores GTLBC and GSTAT, so the "guest" is other
// code at the same level, and its system calls and breaks are the exits. All but the two-stage world is seen here: which registers
// are kept, loaded and stored, the control registers on both sides, the frame, the context routines. check.sh links it with the
// bare-metal guests' start.S and bare.c and with each sample, and runs it in QEMU.
#include "bare.h"
#include "switch-offsets.h"

struct result {
    uint64_t value, lost;
};

int kvm_enter_guest(void *run, void *vcpu);
void kvm_vector_entry(void);
extern const uint64_t kvm_vector_size, kvm_enter_guest_size;
extern char kvm_vector_entry_end[], kvm_enter_guest_end[];
void kvm_save_fpu(void *base);
void kvm_restore_fpu(void *base);
__attribute__((weak)) void kvm_save_lsx(void *base);
__attribute__((weak)) void kvm_restore_lsx(void *base);
__attribute__((weak)) void kvm_save_lasx(void *base);
__attribute__((weak)) void kvm_restore_lasx(void *base);

// selftest.S
struct result call_checked(void *run, void *vcpu, int (*enter)(void *, void *));
extern char guest_code[];

static uint8_t vcpu[8192] __attribute__((aligned(64)));
static uint8_t kvm[256] __attribute__((aligned(8)));
static uint8_t run[64];
static uint8_t *const arch = vcpu + KVM_VCPU_ARCH;

static uint64_t *word(void *base, unsigned offset) { return (uint64_t *)((uint8_t *)base + offset); }
static uint64_t *gpr(unsigned number) { return word(arch, KVM_ARCH_GGPR + 8 * number); }
static uint64_t pattern(unsigned number) { return 0x1111111111111111 * (number % 15 + 1) + number; }

// What is left in PRMD before an entry. With a privilege level of 3 here, as a system call leaves it, only routines that write all of
// PRMD pass; with virtualization it does not matter.
#ifdef STALE_PRIVILEGE
static const uint64_t stale_prmd = 3;
#else
static const uint64_t stale_prmd = 0;
#endif

static unsigned exits;
static uint64_t per_processor;
static const uint64_t host_pgd = 0x7770000, guest_pgd = 0x5550000, host_ecfg = 3u << 16;

static uint64_t read_r21(void) {
    uint64_t value;
    __asm__ volatile("move %0, $r21" : "=r"(value));
    return value;
}

static int handle_exit(void *run_given, void *vcpu_given) {
    check(run_given == run && vcpu_given == vcpu, "the handler's arguments");
    check_equal(csr_read(CSR_ECFG), host_ecfg, "the handler's ECFG");
    check_equal(csr_read(CSR_EENTRY), *word(arch, KVM_ARCH_HEENTRY), "the handler's EENTRY");
    check_equal(csr_read(CSR_PGDL), host_pgd, "the handler's PGDL");
    check_equal(csr_read(CSR_CRMD) & 7, 0, "the handler's CRMD");
    check_equal(read_r21(), per_processor, "the handler's r21");
    check_equal(*word(arch, KVM_ARCH_HPERCPU), per_processor, "host_percpu");
    // As if the handler went to another processor.
    per_processor += 0x1000;
    __asm__ volatile("move $r21, %0" : : "r"(per_processor));
    csr_write(0x34, 0);
    csr_write(0x35, 0);
    csr_write(CSR_PRMD, stale_prmd);

    uint64_t pc = *word(arch, KVM_ARCH_GPC), state = *word(arch, KVM_ARCH_HESTAT);
    unsigned code = state >> 16 & 0x3f;
    switch (exits++) {
    case 0:
        check_equal(code, CODE_SYS, "the first exit");
        check_equal(pc, (uint64_t)guest_code, "the first exit's address");
        for (unsigned number = 1; number < 32; number++) check_equal(*gpr(number), pattern(number), "a register went through");
        check_equal(*word(arch, KVM_ARCH_HBADI) & 0xffffffff, 0x2b0011, "the first exit's instruction");
        *word(arch, KVM_ARCH_GPC) = pc + 4;
        return 1;
    case 1:
        check_equal(code, CODE_SYS, "the second exit");
        for (unsigned number = 1; number < 32; number++) check_equal(*gpr(number), pattern(number) + number, "a register changed");
        *word(arch, KVM_ARCH_GPC) = pc + 4;
        return 7;
    case 2:
        check_equal(code, CODE_BRK, "the third exit");
        check_equal(*gpr(4), guest_pgd, "the guest's PGDL");
        check_equal(*gpr(5), 0, "the guest's ECFG");
        check_equal(*gpr(6) & 0x1f, 0x14, "the guest's CRMD");
        check_equal(*gpr(7), *word(arch, KVM_ARCH_GEENTRY), "the guest's EENTRY");
        check_equal(*gpr(8), pattern(8) + 8, "another register");
        *word(arch, KVM_ARCH_GPC) = pc + 4;
        return -3;
    default:
        return 0;
    }
}

static uint8_t context[2048] __attribute__((aligned(64))), other[2048] __attribute__((aligned(64)));

static void fill(uint8_t *bytes, uint8_t first) {
    for (unsigned index = 0; index < sizeof context; index++) bytes[index] = (uint8_t)(first + index * 7 + (index >> 5));
    *(uint32_t *)(bytes + VCPU_FCSR0) = first & 1 ? 0x0310 : 0x0105;
    for (unsigned flag = 0; flag < 8; flag++) bytes[VCPU_FCC + flag] = (uint8_t)((first >> flag ^ flag) & 1);
}

// Loads one context, then another, each time looking whether the same comes back; `size` bytes of each register count.
static void contexts(void (*save)(void *), void (*restore)(void *), unsigned size, const char *what) {
    if (!save || !restore) return;
    for (unsigned round = 0; round < 6; round++) {
        fill(context, (uint8_t)(round * 37 + 5));
        memset(other, 0x5a, sizeof other);
        restore(context);
        save(other);
        check(memcmp(context + VCPU_FCSR0, other + VCPU_FCSR0, 4) == 0, what);
        check(memcmp(context + VCPU_FCC, other + VCPU_FCC, 8) == 0, what);
        for (unsigned index = 0; index < 32; index++) {
            unsigned offset = VCPU_FPR0 + index * VCPU_FPR_STRIDE;
            check(memcmp(context + offset, other + offset, size) == 0, what);
            for (unsigned rest = size; rest < VCPU_FPR_STRIDE; rest++) check_equal(other[offset + rest], 0x5a, what);
        }
        check_equal(other[VCPU_FPR0 + 32 * VCPU_FPR_STRIDE], 0x5a, what);
        check_equal(other[VCPU_FPR0 - 1], VCPU_FCC + 8 == VCPU_FPR0 ? other[VCPU_FPR0 - 1] : 0x5a, what);
    }
    __asm__ volatile("movgr2fcsr $fcsr0, $zero");
    put(what);
    put("\n");
}

void guest_main(void) {
    check_equal(physical((void *)kvm_vector_entry) & 0xfff, 0, "the vector's alignment");
    check_equal(kvm_vector_size, (uint64_t)(kvm_vector_entry_end - (char *)kvm_vector_entry), "kvm_vector_size");
    check_equal(kvm_enter_guest_size, (uint64_t)(kvm_enter_guest_end - (char *)kvm_enter_guest), "kvm_enter_guest_size");

    memset(vcpu, 0xee, sizeof vcpu);
    *word(vcpu, KVM_VCPU_RUN) = (uint64_t)run;
    *word(vcpu, KVM_VCPU_KVM) = (uint64_t)kvm;
    *word(kvm, KVM_GPGD) = guest_pgd;
    *word(arch, KVM_ARCH_KVMPGD) = guest_pgd;
    *word(arch, KVM_ARCH_HPGD) = host_pgd;
    *word(arch, KVM_ARCH_TGID) = 5;
    *word(arch, KVM_ARCH_HANDLE_EXIT) = (uint64_t)handle_exit;
    *word(arch, KVM_ARCH_HEENTRY) = csr_read(CSR_EENTRY);
    *word(arch, KVM_ARCH_GEENTRY) = (uint64_t)kvm_vector_entry;
    *word(arch, KVM_ARCH_HECFG) = host_ecfg;
    *word(arch, KVM_ARCH_GPC) = (uint64_t)guest_code;
    for (unsigned number = 0; number < 32; number++) *gpr(number) = pattern(number);
    csr_write(CSR_ECFG, host_ecfg);
    csr_write(CSR_PGDL, host_pgd);
    csr_write(CSR_PRMD, stale_prmd);

    per_processor = 0x2221000;
    struct result result = call_checked(run, vcpu, kvm_enter_guest);
    check_equal(result.value, (uint64_t)-3, "what kvm_enter_guest returns");
    check_equal(result.lost, 0, "registers of the caller");
    check_equal(exits, 3, "the number of exits");
    check_equal(csr_read(CSR_ECFG), host_ecfg, "ECFG afterwards");
    check_equal(csr_read(CSR_EENTRY), *word(arch, KVM_ARCH_HEENTRY), "EENTRY afterwards");
    put("three exits\n");

    // Once more, to see that a second call works; its first exit is the last.
    per_processor = 0x2221000;
    result = call_checked(run, vcpu, kvm_enter_guest);
    check_equal(result.value, 0, "what kvm_enter_guest returns the second time");
    check_equal(result.lost, 0, "registers of the caller the second time");
    check_equal(*gpr(4), guest_pgd + 1, "the guest went on");
    put("a second call\n");

    csr_write(CSR_EUEN, 7);
    contexts(kvm_save_fpu, kvm_restore_fpu, 8, "floating point");
    contexts(kvm_save_lsx, kvm_restore_lsx, 16, "128-bit vectors");
    contexts(kvm_save_lasx, kvm_restore_lasx, 32, "256-bit vectors");
    pass("switch", 0);
}
