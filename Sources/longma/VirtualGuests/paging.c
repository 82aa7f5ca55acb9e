// Virtual memory: its own page tables with 4 KiB and then 16 KiB pages, TLB refill by the page-walk instructions and by loads,
// all page faults, invtlb, address space numbers, huge pages, the upper half, and user mode with system calls. With nx=1 on the
// command line it also fetches from a page that is not executable; what is printed stays the same.
#include "bare.h"

enum : uint64_t { low_base = 0x100000000, user_base = 0x240000000, high_base = 0xffff800000000000 };

static uint64_t checksum = 1;
static unsigned shift;
static uint64_t page_size;
static struct space space;

// What the fault handlers counted, by exception code.
static volatile uint64_t faults[64];

// While a probe is armed the next trap is recorded and ends it.
static struct {
    volatile int armed;
    volatile uint64_t code, subcode, address, from, instruction;
} probe;

static uint64_t entry_bits;     // of pages that are filled on demand

static void clear_faults(void) {
    for (int code = 0; code < 64; code++) faults[code] = 0;
}

static int probed(struct trap *trap) {
    if (!probe.armed) return 0;
    probe.armed = 0;
    probe.code = trap_code(trap);
    probe.subcode = trap_subcode(trap);
    probe.address = trap->badv;
    probe.from = trap->era;
    probe.instruction = trap->badi;
    trap->era = trap->gpr[1];
    return 1;
}

static void expect(uint64_t code, uint64_t subcode, uint64_t address, const char *what) {
    check(!probe.armed, what);
    check_equal(probe.code, code, what);
    check_equal(probe.subcode, subcode, what);
    check_equal(probe.address, address, what);
    if (code != CODE_PNX) checksum = fold(checksum, code << 16 | subcode);
}

#define expect_fault(CALL, CODE, SUBCODE, ADDRESS, WHAT) \
    do { probe.armed = 1; CALL; expect(CODE, SUBCODE, ADDRESS, WHAT); } while (0)
#define expect_none(CALL, WHAT) \
    do { probe.armed = 1; CALL; check(probe.armed, WHAT); probe.armed = 0; } while (0)

// An invalid page: give it memory.
static void on_demand(struct trap *trap) {
    if (probed(trap)) return;
    faults[trap_code(trap)]++;
    check_equal(csr_read(CSR_TLBEHI) >> 13, trap->badv << 16 >> 29, "TLBEHI after a page fault");
    uint64_t page = trap->badv & ~(page_size - 1);
    check(page >= low_base && page < user_base, "a page fault elsewhere");
    space_map(space, page, allocate(page_size, page_size), entry_bits);
    invalidate(5, csr_read(CSR_ASID), page);
}

// A clean page: mark it dirty in the table and in the TLB entry itself.
static void on_clean(struct trap *trap) {
    if (probed(trap)) return;
    faults[trap_code(trap)]++;
    *space_entry(space, trap->badv) |= PTE_D;
    __asm__ volatile("tlbsrch" : : : "memory");
    uint32_t index = (uint32_t)csr_read(CSR_TLBIDX);
    check(!(index >> 31), "the clean page is not in the TLB");
    __asm__ volatile("tlbrd" : : : "memory");
    check_equal(csr_read(CSR_TLBIDX) >> 24 & 0x3f, shift, "the page size of the entry that was read");
    if (trap->badv >> shift & 1) csr_write(CSR_TLBELO1, csr_read(CSR_TLBELO1) | PTE_D);
    else csr_write(CSR_TLBELO0, csr_read(CSR_TLBELO0) | PTE_D);
    __asm__ volatile("tlbwr" : : : "memory");
}

static void on_other(struct trap *trap) {
    if (probed(trap)) return;
    faults[trap_code(trap)]++;
    if (!trap_from_user(trap)) fail("an unexpected exception", trap->estat);
    checksum = fold(checksum, trap_code(trap) << 16 | trap_subcode(trap));
    trap->era += 4;
}

// System calls: a7 = 0 leaves with a0; 1 computes.
static void on_call(struct trap *trap) {
    faults[CODE_SYS]++;
    check(trap_from_user(trap), "a system call from the kernel");
    if (trap->gpr[11] == 0) user_leave(trap->gpr[4]);
    trap->gpr[4] = trap->gpr[4] * 3 + trap->gpr[5];
    trap->era += 4;
}

static volatile uint64_t *word(uint64_t address) { return (volatile uint64_t *)address; }

static void ok(const char *what) {
    put_number(page_size / 1024);
    put(" KiB: ");
    put(what);
    put("\n");
}

static void refills(void) {
    enum { pages = 96 };
    paging_start(shift, refill_counting);
    refill_count = 0;
    uint64_t memory = allocate(pages * page_size, page_size);
    for (uint64_t index = 0; index < pages; index++) {
        // Neither neighbours nor in order.
        space_map(space, low_base + index * page_size, memory + index * 37 % pages * page_size, PTE_RW);
    }
    for (uint64_t index = 0; index < pages; index++) {
        *word(low_base + index * page_size + index * 8) = index * 0x0101010101010101;
    }
    invalidate(0, 0, 0);
    for (uint64_t index = 0; index < pages; index++) {
        uint64_t *place = window(memory + index * 37 % pages * page_size + index * 8);
        check_equal(*place, index * 0x0101010101010101, "a store through the TLB");
        *place ^= 0xff00;
        check_equal(*word(low_base + index * page_size + index * 8), index * 0x0101010101010101 ^ 0xff00, "a load through the TLB");
        checksum = fold(checksum, *place);
    }
    check(refill_count >= pages / 2, "too few refills");
    // An access of both halves of the address space.
    struct space high = space_make(shift);
    space_map(high, high_base + 5 * page_size, memory, PTE_RW);
    csr_write(CSR_PGDH, high.root);
    *word(high_base + 5 * page_size + 16) = 0x123456789abcdef0;
    check_equal(*(uint64_t *)window(memory + 16), 0x123456789abcdef0, "a store to the upper half");
    ok("refill");
}

static void demand(void) {
    enum { pages = 64 };
    paging_start(shift, refill_walk);
    clear_faults();
    entry_bits = PTE_RW;
    uint64_t base = low_base + 0x8000000;
    for (uint64_t index = 0; index < pages; index++) {
        uint64_t address = base + index * 7 % pages * page_size + 8 * index;
        if (index & 1) {
            *word(address) = index + 1000;
            check_equal(*word(address), index + 1000, "a page filled for a store");
        } else {
            check_equal(*word(address), 0, "a page filled for a load");
        }
    }
    check_equal(faults[CODE_PIL], pages / 2, "invalid pages loaded");
    check_equal(faults[CODE_PIS], pages / 2, "invalid pages stored to");
    check_equal(faults[CODE_PME], 0, "clean pages");
    for (uint64_t index = 0; index < pages; index++) checksum = fold(checksum, *word(base + index * page_size));

    // Filled clean, then written: each page faults twice.
    clear_faults();
    entry_bits = PTE_V | PTE_CACHED;
    base = low_base + 0x10000000;
    for (uint64_t index = 0; index < pages; index++) *word(base + index * page_size) = index;
    for (uint64_t index = 0; index < pages; index++) *word(base + index * page_size) += index;
    check_equal(faults[CODE_PIS], pages, "invalid pages stored to");
    check_equal(faults[CODE_PME], pages, "clean pages stored to");
    for (uint64_t index = 0; index < pages; index++) check_equal(*word(base + index * page_size), 2 * index, "a page written twice");

    // Code that is not there.
    expect_fault(probe_fetch(base + 0x1000000), CODE_PIF, 0, base + 0x1000000, "fetching from an invalid page");
    check_equal(probe.from, base + 0x1000000, "the address that was fetched from");
    ok("pages on demand");
}

static void protections(void) {
    paging_start(shift, shift == 12 ? refill_4k : refill_16k);
    uint64_t page = allocate(page_size, page_size), base = low_base + 0x20000000;
    uint32_t *code = window(page);
    code[0] = 0x4c000020;               // jr $ra
    ((uint64_t *)code)[1] = 0x5555;
    __asm__ volatile("ibar 0" : : : "memory");
    static const uint64_t bits[] = {
        PTE_RW, PTE_V | PTE_CACHED, PTE_RW | PTE_NX, PTE_RW | PTE_NR, PTE_RW | PTE_USER, PTE_RW | PTE_USER | PTE_RPLV,
        PTE_RW | PTE_NX | PTE_NR, PTE_RW | PTE_RPLV,
    };
    for (uint64_t index = 0; index < sizeof bits / sizeof *bits; index++) space_map(space, base + index * page_size, page, bits[index]);
    uint64_t value = 0;
#define AT(INDEX) (base + (INDEX) * page_size + 8)
    expect_none(value = probe_load(AT(0)), "loading");
    check_equal(value, 0x5555, "the value loaded");
    expect_none(probe_store(AT(0), 0x6666), "storing");
    expect_none(probe_fetch(AT(0) - 8), "fetching");
    expect_none(value = probe_load(AT(1)), "loading from a clean page");
    check_equal(value, 0x6666, "the value stored");
    expect_fault(probe_store(AT(1), 1), CODE_PME, 0, AT(1), "storing to a clean page");
    // QEMU 10.0.2 hangs when code is fetched from such a page: it wants to read the instruction for BADI.
    if (option("nx", 0)) {
        expect_fault(probe_fetch(AT(2) - 8), CODE_PNX, 0, AT(2) - 8, "fetching from NX");
        check_equal(probe.from, AT(2) - 8, "the address that was fetched from");
    }
    expect_none(value = probe_load(AT(2)), "loading from NX");
    expect_fault(probe_load(AT(3)), CODE_PNR, 0, AT(3), "loading from NR");
    expect_none(probe_store(AT(3), 0x7777), "storing to NR");
    expect_none(probe_fetch(AT(3) - 8), "fetching from NR");
    expect_none(value = probe_load(AT(4)), "the kernel loads from a user's page");
    check_equal(value, 0x7777, "the value stored");
    expect_fault(probe_load(AT(5)), CODE_PPI, 0, AT(5), "the kernel loads with RPLV");
    expect_fault(probe_store(AT(5), 1), CODE_PPI, 0, AT(5), "the kernel stores with RPLV");
    expect_fault(probe_load(AT(6)), CODE_PNR, 0, AT(6), "loading from NX and NR");
    expect_none(value = probe_load(AT(7)), "the kernel loads its page with RPLV");
    check_equal(value, 0x7777, "nothing was stored");
    check_equal(probe.code, CODE_PNR, "the last fault");

    // Addresses that are none.
    expect_fault(probe_load(0x0001000000000000), CODE_ADE, 1, 0x0001000000000000, "loading from a wrong address");
    expect_fault(probe_store(0x7fff800000000008, 1), CODE_ADE, 1, 0x7fff800000000008, "storing to a wrong address");
    expect_fault(probe_fetch(0x0002000000000000), CODE_ADE, 0, 0x0002000000000000, "fetching from a wrong address");
    check_equal(probe.from, 0x0002000000000000, "the address that was fetched from");
    ok("protections");
}

static int found(uint64_t address, uint64_t asid) {
    csr_write(CSR_ASID, asid);
    csr_write(CSR_TLBEHI, address);
    __asm__ volatile("tlbsrch" : : : "memory");
    csr_write(CSR_ASID, 0);
    return !(csr_read(CSR_TLBIDX) >> 31 & 1);
}

// Writes an entry of the fully associative part: a pair of 2 MiB pages.
static void write_entry(uint64_t index, uint64_t address, uint64_t asid, uint64_t page, uint64_t bits) {
    csr_write(CSR_ASID, asid);
    csr_write(CSR_TLBIDX, 21u << 24 | index);
    csr_write(CSR_TLBEHI, address);
    csr_write(CSR_TLBELO0, page | bits);
    csr_write(CSR_TLBELO1, (page + 0x200000) | bits);
    __asm__ volatile("tlbwr" : : : "memory");
    csr_write(CSR_ASID, 0);
}

static void entries(void) {
    enum : uint64_t { index = 2048 + 5, place = 0x300000000, page = 0x4000000 };
    paging_start(shift, refill_walk);
    for (int operation = 0; operation <= 8; operation++) {
        uint64_t bits = operation == 2 ? PTE_RW | PTE_G : PTE_RW;
        write_entry(index, place, 3, page, bits);
        check(found(place, 3), "tlbsrch misses what tlbwr wrote");
        check_equal(csr_read(CSR_TLBIDX) & 0xfff, index, "the index that tlbsrch gives");
        check_equal(found(place + 0x200000, 4), operation == 2, "another address space");
        csr_write(CSR_TLBIDX, index);
        __asm__ volatile("tlbrd" : : : "memory");
        check_equal(csr_read(CSR_TLBEHI), place, "TLBEHI read back");
        check_equal(csr_read(CSR_TLBELO0), page | bits, "TLBELO0 read back");
        check_equal(csr_read(CSR_TLBELO1), (page + 0x200000) | bits, "TLBELO1 read back");
        check_equal(csr_read(CSR_TLBIDX) >> 24 & 0xbf, 21, "the page size read back");
        switch (operation) {
        case 0: invalidate(0, 0, 0); break;
        case 1: invalidate(1, 0, 0); break;
        case 2: invalidate(2, 0, 0); break;
        case 3: invalidate(3, 0, 0); break;
        case 4: invalidate(4, 3, 0); break;
        case 5: invalidate(5, 3, place + 0x201000); break;
        case 6: invalidate(6, 3, place); break;
        case 7:
            csr_write(CSR_ASID, 3);
            csr_write(CSR_TLBIDX, index);
            __asm__ volatile("tlbclr" : : : "memory");
            break;
        case 8:
            csr_write(CSR_TLBIDX, index);
            __asm__ volatile("tlbflush" : : : "memory");
            break;
        }
        check(!found(place, 3), "an entry outlives its invalidation");
        checksum = fold(checksum, (uint64_t)operation);
    }
    // An empty entry reads as one.
    csr_write(CSR_TLBIDX, index);
    __asm__ volatile("tlbrd" : : : "memory");
    check(csr_read(CSR_TLBIDX) >> 31 & 1, "an empty entry");
    csr_write(CSR_ASID, 0);
    // One that is written empty.
    csr_write(CSR_TLBIDX, 0);
    ok("TLB entries");
}

static void spaces(void) {
    paging_start(shift, refill_walk);
    struct space other = space_make(shift);
    uint64_t base = low_base + 0x30000000;
    enum { pages = 16 };
    uint64_t memory = allocate(2 * pages * page_size, page_size);
    for (uint64_t index = 0; index < pages; index++) {
        space_map(space, base + index * page_size, memory + index * page_size, PTE_RW);
        space_map(other, base + index * page_size, memory + (pages + index) * page_size, PTE_RW);
    }
    for (uint64_t round = 0; round < 8; round++) {
        csr_write(CSR_ASID, 1 + (round & 1));
        csr_write(CSR_PGDL, round & 1 ? other.root : space.root);
        for (uint64_t index = 0; index < pages; index++) {
            uint64_t expected = round < 2 ? 0 : 1000 * (round - 2) + index;
            check_equal(*word(base + index * page_size), expected, "a value of another address space");
            *word(base + index * page_size) = 1000 * round + index;
        }
    }
    for (uint64_t index = 0; index < 2 * pages; index++) checksum = fold(checksum, *(uint64_t *)window(memory + index * page_size));
    // A page that moves.
    csr_write(CSR_ASID, 1);
    csr_write(CSR_PGDL, space.root);
    space_map(space, base, memory + (pages + 3) * page_size, PTE_RW);
    invalidate(5, 1, base);
    check_equal(*word(base), 7003, "a page that moved");
    csr_write(CSR_ASID, 0);
    csr_write(CSR_PGDL, space.root);
    invalidate(0, 0, 0);
    ok("address spaces");
}

static void huge(void) {
    paging_start(shift, refill_walk);
    uint64_t size = (uint64_t)1 << (2 * shift - 3), memory = allocate(2 * size, size), base = 0x280000000;
    uint64_t *slot = space_directory(space, base);
    uint64_t old[2] = {slot[0], slot[1]};
    slot[0] = (memory + size) | PTE_RW | 1 << 6;
    slot[1] = memory | PTE_RW | 1 << 6 | 1 << 12;       // global
    for (uint64_t offset = 0; offset < 2 * size; offset += size / 4) *word(base + offset + 8) = offset + 1;
    for (uint64_t offset = 0; offset < 2 * size; offset += size / 4) {
        check_equal(*(uint64_t *)window(memory + (offset ^ size) + 8), offset + 1, "a store to a huge page");
        check_equal(*word(base + offset + 8), offset + 1, "a load from a huge page");
        checksum = fold(checksum, offset);
    }
    slot[0] = old[0];
    slot[1] = old[1];
    invalidate(0, 0, 0);
    ok("huge pages");
}

extern char user_code[], user_code_end[];

static void user(void) {
    paging_start(shift, refill_walk);
    clear_faults();
    uint64_t code = allocate(page_size, page_size), stack = allocate(page_size, page_size);
    memcpy(window(code), user_code, (size_t)(user_code_end - user_code));
    __asm__ volatile("ibar 0" : : : "memory");
    space_map(space, user_base, code, PTE_V | PTE_CACHED | PTE_USER);
    space_map(space, user_base + page_size, stack, PTE_RW | PTE_USER);
    space_map(space, user_base + 2 * page_size, stack, PTE_RW);         // the kernel's alone
    uint64_t result = user_enter(user_base, user_base + 2 * page_size, user_base + 2 * page_size, 0x9000000000200000);
    // 300 calls that compute and the last; then one of each mistake.
    check_equal(faults[CODE_SYS], 301, "system calls");
    check_equal(faults[CODE_IPE], 4, "privileged instructions");
    check_equal(faults[CODE_PPI], 2, "the kernel's page");
    check_equal(faults[CODE_ADE], 1, "the kernel's window");
    check_equal(faults[CODE_BRK], 1, "break");
    check_equal(faults[CODE_INE], 1, "no instruction");
    check_equal(faults[CODE_BCE], 1, "a bound check");
    check_equal(faults[CODE_PME], 1, "storing to the code");
    check_equal(faults[CODE_FPD], 1, "floating point while it is off");
    check_equal(faults[CODE_SXD], 0, "vectors");
    checksum = fold(checksum, result);
    put_line("user mode computed", result);
    check_equal(csr_read(CSR_CRMD), 0xb0, "CRMD after user mode");
    ok("user mode");
}

void guest_main(void) {
    for (int code = 0; code < 64; code++) trap_handlers[code] = on_other;
    trap_handlers[CODE_PIL] = trap_handlers[CODE_PIS] = trap_handlers[CODE_PIF] = on_demand;
    trap_handlers[CODE_SYS] = on_call;
    trap_handlers[CODE_INT] = NULL;
    csr_write(CSR_EUEN, 0);
    for (shift = 12; shift <= 14; shift += 2) {
        page_size = (uint64_t)1 << shift;
        space = space_make(shift);
        csr_write(CSR_ASID, 0);
        csr_write(CSR_PGDL, space.root);
        csr_write(CSR_PGDH, space.root);
        trap_handlers[CODE_PME] = on_clean;
        refills();
        demand();
        protections();
        entries();
        spaces();
        huge();
        trap_handlers[CODE_PME] = on_other;
        user();
    }
    pass("paging", checksum);
}
