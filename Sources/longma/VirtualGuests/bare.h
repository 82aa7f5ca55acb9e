// The bare-metal guests' library: console, power, exceptions, timer, page tables, user mode. A guest defines guest_main; start.S
// brings it there in mapped mode at PLV0 with interrupts off, through the cached window 0x9000… .
#ifndef BARE_H
#define BARE_H

#include <stddef.h>
#include <stdint.h>

#define NOINLINE __attribute__((noinline))

// CSRs

enum {
    CSR_CRMD = 0x0, CSR_PRMD = 0x1, CSR_EUEN = 0x2, CSR_MISC = 0x3, CSR_ECFG = 0x4, CSR_ESTAT = 0x5, CSR_ERA = 0x6, CSR_BADV = 0x7,
    CSR_BADI = 0x8, CSR_EENTRY = 0xc, CSR_TLBIDX = 0x10, CSR_TLBEHI = 0x11, CSR_TLBELO0 = 0x12, CSR_TLBELO1 = 0x13,
    CSR_ASID = 0x18, CSR_PGDL = 0x19, CSR_PGDH = 0x1a, CSR_PGD = 0x1b, CSR_PWCL = 0x1c, CSR_PWCH = 0x1d, CSR_STLBPS = 0x1e,
    CSR_CPUID = 0x20, CSR_PRCFG1 = 0x21, CSR_PRCFG2 = 0x22, CSR_PRCFG3 = 0x23, CSR_SAVE0 = 0x30, CSR_SAVE7 = 0x37,
    CSR_TID = 0x40, CSR_TCFG = 0x41, CSR_TVAL = 0x42, CSR_CNTC = 0x43, CSR_TICLR = 0x44, CSR_LLBCTL = 0x60,
    CSR_TLBRENTRY = 0x88, CSR_TLBRBADV = 0x89, CSR_TLBRERA = 0x8a, CSR_TLBRSAVE = 0x8b, CSR_TLBRELO0 = 0x8c,
    CSR_TLBRELO1 = 0x8d, CSR_TLBREHI = 0x8e, CSR_TLBRPRMD = 0x8f, CSR_DMW0 = 0x180,
};

#define csr_read(NUMBER) ({ uint64_t csr_value; __asm__ volatile("csrrd %0, %1" : "=r"(csr_value) : "i"(NUMBER) : "memory"); csr_value; })
#define csr_write(NUMBER, VALUE) \
    ({ uint64_t csr_value = (VALUE); __asm__ volatile("csrwr %0, %1" : "+r"(csr_value) : "i"(NUMBER) : "memory"); csr_value; })
#define csr_exchange(NUMBER, VALUE, MASK) \
    ({ uint64_t csr_value = (VALUE); \
       __asm__ volatile("csrxchg %0, %1, %2" : "+r"(csr_value) : "r"((uint64_t)(MASK)), "i"(NUMBER) : "memory"); csr_value; })

static inline uint32_t cpucfg(uint32_t index) {
    uint32_t value;
    __asm__ volatile("cpucfg %0, %1" : "=r"(value) : "r"(index));
    return value;
}

static inline uint64_t rdtime(void) {
    uint64_t value;
    __asm__ volatile("rdtime.d %0, $zero" : "=r"(value) : : "memory");
    return value;
}

// Start

/// The guest. It ends with pass or fail; the machine is switched off even if it returns.
void guest_main(void);

/// What the loader left in a0, a1 and a2.
extern uint64_t loader_arguments[3];

/// The number behind `name=` on the command line (a1, if it is text), or `otherwise`.
uint64_t option(const char *name, uint64_t otherwise);

// Console and power

void put_character(char character);
/// A character of input, or -1.
int get_character(void);
void put(const char *text);
void put_number(uint64_t value);
void put_hexadecimal(uint64_t value, int digits);
/// Prints "text number" as a line.
void put_line(const char *text, uint64_t number);
/// Prints "PASS name checksum" and switches off.
_Noreturn void pass(const char *name, uint64_t checksum);
/// Prints "FAIL what value" and switches off.
_Noreturn void fail(const char *what, uint64_t value);
_Noreturn void power_off(void);

static inline void check(int condition, const char *what) {
    if (!condition) fail(what, 0);
}

static inline void check_equal(uint64_t value, uint64_t expected, const char *what) {
    if (value != expected) fail(what, value);
}

/// Folds `value` into the checksum `hash`; the order matters.
static inline uint64_t fold(uint64_t hash, uint64_t value) {
    hash = (hash ^ value) * 0x9e3779b97f4a7c15u;
    return hash ^ hash >> 29;
}

// Exceptions

enum {
    CODE_INT = 0x0, CODE_PIL = 0x1, CODE_PIS = 0x2, CODE_PIF = 0x3, CODE_PME = 0x4, CODE_PNR = 0x5, CODE_PNX = 0x6, CODE_PPI = 0x7,
    CODE_ADE = 0x8, CODE_ALE = 0x9, CODE_BCE = 0xa, CODE_SYS = 0xb, CODE_BRK = 0xc, CODE_INE = 0xd, CODE_IPE = 0xe,
    CODE_FPD = 0xf, CODE_SXD = 0x10, CODE_FPE = 0x12,
};

enum { LINE_SOFTWARE0 = 0, LINE_SOFTWARE1 = 1, LINE_TIMER = 11 };

struct trap {
    uint64_t gpr[32];
    uint64_t era, prmd, estat, badv, badi;
    /// The vector that was entered; 0 unless ECFG.VS is 3.
    uint64_t vector;
};

static inline unsigned trap_code(const struct trap *trap) { return trap->estat >> 16 & 0x3f; }
static inline unsigned trap_subcode(const struct trap *trap) { return trap->estat >> 22 & 0x1ff; }
static inline int trap_from_user(const struct trap *trap) { return (trap->prmd & 3) == 3; }

/// By exception code. One that is missing ends the guest with FAIL.
extern void (*trap_handlers[64])(struct trap *);

static inline void interrupts_on(void) { csr_exchange(CSR_CRMD, 4, 4); }
static inline void interrupts_off(void) { csr_exchange(CSR_CRMD, 0, 4); }
void wait_for_interrupt(void);

// The timer

/// Counts per second, from CPUCFG words 4 and 5.
uint64_t timer_frequency(void);
/// Starts the timer; `counts` is rounded down to a multiple of 4.
void timer_start(uint64_t counts, int periodic);
static inline void timer_stop(void) { csr_write(CSR_TCFG, 0); }
static inline void timer_acknowledge(void) { csr_write(CSR_TICLR, 1); }
static inline int timer_pending(void) { return csr_read(CSR_ESTAT) >> LINE_TIMER & 1; }

// Memory

static inline uint64_t physical(const void *pointer) { return (uint64_t)pointer & 0xffffffffffff; }
static inline void *window(uint64_t address) { return (void *)(address | 0x9000000000000000); }
/// Zeroed physical memory behind the image, aligned to `alignment`, which is a power of two. It is never given back.
uint64_t allocate(uint64_t size, uint64_t alignment);

void *memcpy(void *to, const void *from, size_t size);
void *memset(void *to, int value, size_t size);
int memcmp(const void *left, const void *right, size_t size);

// Page tables: three levels, Dir3, Dir1 and PT, for pages of 1 << shift bytes

enum : uint64_t {
    PTE_V = 1, PTE_D = 2, PTE_USER = 3 << 2, PTE_CACHED = 1 << 4, PTE_G = 1 << 6, PTE_NR = 1ull << 61, PTE_NX = 1ull << 62,
    PTE_RPLV = 1ull << 63,
    PTE_RW = PTE_V | PTE_D | PTE_CACHED,
};

struct space {
    uint64_t root;      // physical
    unsigned shift;
};

struct space space_make(unsigned shift);
/// Writes PWCL, PWCH and STLBPS for pages of 1 << shift and TLBRENTRY, and forgets all translations.
void paging_start(unsigned shift, void (*refill)(void));
/// The entry of `address`, made where it is missing.
uint64_t *space_entry(struct space space, uint64_t address);
static inline void space_map(struct space space, uint64_t address, uint64_t page, uint64_t bits) { *space_entry(space, address) = page | bits; }
/// The slot of `address` in the directory that points to page tables (Dir1).
uint64_t *space_directory(struct space space, uint64_t address);

void refill_walk(void);
void refill_counting(void);
void refill_4k(void);
void refill_16k(void);
extern uint64_t refill_count;

#define invalidate(OPERATION, ASID, ADDRESS) \
    __asm__ volatile("invtlb %0, %1, %2" : : "i"(OPERATION), "r"((uint64_t)(ASID)), "r"((uint64_t)(ADDRESS)) : "memory")

uint64_t probe_load(uint64_t address);
void probe_store(uint64_t address, uint64_t value);
void probe_fetch(uint64_t address);

// User mode

uint64_t user_enter(uint64_t entry, uint64_t stack, uint64_t argument, uint64_t second);
_Noreturn void user_leave(uint64_t value);

#endif
