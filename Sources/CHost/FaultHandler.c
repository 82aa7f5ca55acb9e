// Turns host faults into guest exceptions: in guest accesses of the interpreter and the system calls (section longma_extable) and in translated code (registered ranges).
#include "CHost.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>

typedef struct { int32_t fault, landing; } ExtableEntry;   // each relative to its own address
extern const ExtableEntry __start_longma_extable[] __attribute__((weak, visibility("hidden")));
extern const ExtableEntry __stop_longma_extable[] __attribute__((weak, visibility("hidden")));

typedef struct { uintptr_t fault, landing; } Landing;
static Landing *landings;
static size_t landingCount;

typedef struct { uintptr_t start, end; LongmaFaultSite *sites; size_t count; } CodeRange;
struct LongmaCodeTable {
    uintptr_t start, end;
    CodeRange *ranges;
    size_t count, capacity;
    LongmaCodeTable *next;
};
static LongmaCodeTable *codeTables;

static __thread LongmaCPU *currentCPU;
static __thread struct { uint64_t address; int signal, code; } lastFault;
static __thread void *signalStack;

uint64_t longma_last_fault_address(void) { return lastFault.address; }
int longma_last_fault_signal(void) { return lastFault.signal; }
int longma_last_fault_code(void) { return lastFault.code; }

static int compareLandings(const void *a, const void *b) {
    const Landing *x = a, *y = b;
    return x->fault < y->fault ? -1 : x->fault > y->fault;
}

static uintptr_t findLanding(uintptr_t pc) {
    size_t low = 0, high = landingCount;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (landings[middle].fault < pc) low = middle + 1; else high = middle;
    }
    return low < landingCount && landings[low].fault == pc ? landings[low].landing : 0;
}

static const CodeRange *findCode(uintptr_t pc) {
    const LongmaCodeTable *table = __atomic_load_n(&codeTables, __ATOMIC_ACQUIRE);
    while (table && (pc < table->start || table->end <= pc)) table = table->next;
    if (!table) return NULL;
    size_t count = __atomic_load_n(&table->count, __ATOMIC_ACQUIRE), low = 0, high = count;
    const CodeRange *ranges = table->ranges;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (ranges[middle].end <= pc) low = middle + 1; else high = middle;
    }
    return low < count && ranges[low].start <= pc && pc < ranges[low].end ? &ranges[low] : NULL;
}

static const LongmaFaultSite *findSite(const LongmaFaultSite *sites, size_t count, uint32_t offset) {
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (sites[middle].host < offset) low = middle + 1; else high = middle;
    }
    return low < count && sites[low].host == offset ? &sites[low] : NULL;
}

/// The site of translated code at `pc`: of the CPU's own stencil code, or of a registered range.
static const LongmaFaultSite *findTranslated(const LongmaCPU *cpu, uintptr_t pc) {
    const LongmaStencilCode *code = cpu->stencilCode;
    for (int part = 0; code && part < 2; part++) {
        if (pc - code[part].start < code[part].end - code[part].start)
            return findSite(code[part].sites, code[part].count, (uint32_t)(pc - code[part].start));
    }
    const CodeRange *range = findCode(pc);
    return range ? findSite(range->sites, range->count, (uint32_t)(pc - range->start)) : NULL;
}

static void onFault(int signal, siginfo_t *info, void *context) {
    greg_t *registers = ((ucontext_t *)context)->uc_mcontext.gregs;
    uintptr_t pc = (uintptr_t)registers[REG_RIP];
    uint64_t address = (uint64_t)(uintptr_t)info->si_addr;

    uintptr_t landing = findLanding(pc);
    if (landing) {
        lastFault.address = address;
        lastFault.signal = signal;
        lastFault.code = info->si_code;
        registers[REG_RIP] = (greg_t)landing;
        return;
    }
    const LongmaFaultSite *site = currentCPU ? findTranslated(currentCPU, pc) : NULL;
    if (site) {
        LongmaCPU *cpu = currentCPU;
        cpu->pc = site->guest;
        cpu->faultUnexecuted = site->unexecuted;
        cpu->exitReason = LONGMA_EXIT_FAULT;
        // Beyond the limit the access was not made at all: the check in front of it trapped (see the backend), with the address in rax.
        // Or it needed none: then it has met the guard behind the limit, or, below address 0, the kernel's half.
        int checked = signal == SIGILL;
        int refused = checked || (cpu->addressLimit == LONGMA_FLAT_ADDRESS_LIMIT && address >= LONGMA_FLAT_ADDRESS_LIMIT);
        cpu->exitAddress = checked ? (uint64_t)registers[REG_RAX] : address;
        cpu->exitDetail = refused ? 0 : (uint64_t)signal << 32 | (uint32_t)info->si_code;
        registers[REG_RSP] = (greg_t)cpu->hostStack;
        registers[REG_RIP] = (greg_t)(uintptr_t)longma_leave_code;
        registers[REG_EFL] &= ~0x400L;
        return;
    }
    // Not the guest's doing: a defect of ours, or a signal sent from outside. Die of it as usual.
    struct sigaction action = {0};
    action.sa_handler = SIG_DFL;
    sigaction(signal, &action, NULL);
    if (info->si_code <= 0) raise(signal);
}

static bool isGuarded;

static void reserveGuard(void) {
    void *start = (void *)LONGMA_FLAT_ADDRESS_LIMIT;
    void *guard = mmap(start, LONGMA_GUARD_SIZE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);
    isGuarded = guard == start;
    if (!isGuarded && guard != MAP_FAILED) munmap(guard, LONGMA_GUARD_SIZE);
}

bool longma_reserve_guard(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, reserveGuard);
    return isGuarded;
}

static void findLandings(void) {
    // Whoever wants to say it better has asked before.
    if (!longma_reserve_guard()) abort();
    size_t count = (size_t)(__stop_longma_extable - __start_longma_extable);
    landings = malloc((count + 1) * sizeof *landings);
    for (size_t i = 0; i < count; i++) {
        const ExtableEntry *entry = &__start_longma_extable[i];
        landings[i].fault = (uintptr_t)&entry->fault + (intptr_t)entry->fault;
        landings[i].landing = (uintptr_t)&entry->landing + (intptr_t)entry->landing;
    }
    qsort(landings, count, sizeof *landings, compareLandings);
    landingCount = count;
}

void longma_install_fault_handler(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, findLandings);
    struct sigaction action = {0};
    action.sa_sigaction = onFault;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
    // No other handler in between; a fault of this one's own is to kill, not to be blocked.
    sigfillset(&action.sa_mask);
    sigdelset(&action.sa_mask, SIGSEGV);
    sigdelset(&action.sa_mask, SIGBUS);
    sigdelset(&action.sa_mask, SIGILL);
    sigaction(SIGSEGV, &action, NULL);
    sigaction(SIGBUS, &action, NULL);
    sigaction(SIGILL, &action, NULL);
}

/// The handler, if nobody has asked for it yet.
static void installOnce(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, longma_install_fault_handler);
}

void longma_bind_cpu(LongmaCPU *cpu) {
    currentCPU = cpu;
    if (cpu && !signalStack) {
        installOnce();
        enum { size = 64 << 10 };
        signalStack = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        stack_t stack = { .ss_sp = signalStack, .ss_size = size };
        sigaltstack(&stack, NULL);
    }
}

void longma_release_thread(void) {
    currentCPU = NULL;
    if (!signalStack) return;
    stack_t stack = { .ss_flags = SS_DISABLE };
    sigaltstack(&stack, NULL);
    munmap(signalStack, 64 << 10);
    signalStack = NULL;
}

LongmaCodeTable *longma_add_code_table(const void *start, size_t size) {
    LongmaCodeTable *table = calloc(1, sizeof *table);
    if (!table) return NULL;
    table->start = (uintptr_t)start;
    table->end = (uintptr_t)start + size;
    table->capacity = size / 4096;
    table->ranges = mmap(NULL, table->capacity * sizeof *table->ranges, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (table->ranges == MAP_FAILED) {
        free(table);
        return NULL;
    }
    table->next = __atomic_load_n(&codeTables, __ATOMIC_RELAXED);
    while (!__atomic_compare_exchange_n(&codeTables, &table->next, table, 0, __ATOMIC_RELEASE, __ATOMIC_RELAXED)) {}
    return table;
}

int longma_register_code(LongmaCodeTable *table, const void *start, size_t size, const LongmaFaultSite *sites, size_t count) {
    installOnce();
    size_t index = table->count;
    if (index == table->capacity) return -1;
    LongmaFaultSite *copy = malloc((count + 1) * sizeof *copy);
    if (!copy) return -1;
    memcpy(copy, sites, count * sizeof *copy);
    table->ranges[index] = (CodeRange){ (uintptr_t)start, (uintptr_t)start + size, copy, count };
    __atomic_store_n(&table->count, index + 1, __ATOMIC_RELEASE);
    return 0;
}

void longma_clear_code_table(LongmaCodeTable *table) {
    size_t count = table->count;
    __atomic_store_n(&table->count, 0, __ATOMIC_RELEASE);
    for (size_t i = 0; i < count; i++) free(table->ranges[i].sites);
}
