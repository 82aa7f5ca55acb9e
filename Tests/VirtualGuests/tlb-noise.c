// Writes, reads, searches and drops random TLB entries of sensible page sizes in address spaces that it never uses, then maps
// memory and checks that this still works.
#include "bare.h"

static uint64_t state = 0x123456789;

static uint64_t next_random(void) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

void guest_main(void) {
    struct space space = space_make(14);
    csr_write(CSR_PGDL, space.root);
    csr_write(CSR_PGDH, space.root);
    paging_start(14, refill_walk);
    for (int step = 0; step < 20000; step++) {
        uint64_t random = next_random();
        csr_write(CSR_ASID, 1 + random % 1023);
        csr_write(CSR_TLBEHI, next_random() & 0x7fffffffe000);
        csr_write(CSR_TLBELO0, next_random() & 0xe000ffffffffffbf);
        csr_write(CSR_TLBELO1, next_random() & 0xe000ffffffffffbf);
        // An index of the set-associative part belongs to pages of STLBPS, one of the other to any.
        uint64_t set_associative = random >> 20 & 1;
        uint64_t index = set_associative ? random >> 32 & 2047 : 2048 + (random >> 32 & 63);
        csr_write(CSR_TLBIDX, (set_associative ? 14 : 12 + random % 18) << 24 | index);
        switch (random >> 50 & 7) {
        case 0: case 1: case 2: __asm__ volatile("tlbwr" : : : "memory"); break;
        case 3: __asm__ volatile("tlbfill" : : : "memory"); break;
        case 4: __asm__ volatile("tlbsrch" : : : "memory"); break;
        case 5: __asm__ volatile("tlbrd" : : : "memory"); break;
        case 6: invalidate(5, random % 1024, next_random() & 0x7fffffffffff); break;
        case 7: invalidate(4, random % 1024, 0); break;
        }
    }
    csr_write(CSR_ASID, 0);
    invalidate(0, 0, 0);
    put("noise in the TLB\n");
    uint64_t memory = allocate(0x40000, 0x4000);
    for (uint64_t page = 0; page < 16; page++) space_map(space, 0x40000000 + page * 0x4000, memory + page * 0x4000, PTE_RW);
    for (uint64_t page = 0; page < 16; page++) *(volatile uint64_t *)(0x40000000 + page * 0x4000) = page;
    for (uint64_t page = 0; page < 16; page++) check_equal(*(uint64_t *)window(memory + page * 0x4000), page, "a store after the noise");
    put("memory still works\n");
    pass("tlb-noise", 0);
}
