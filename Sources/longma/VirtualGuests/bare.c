#include "bare.h"

// The board: QEMU's virt machine.
static volatile uint8_t *const uart = (volatile uint8_t *)0x800000001fe001e0;
static volatile uint8_t *const sleep_control = (volatile uint8_t *)0x80000000100e001c;

enum { uart_data = 0, uart_line_status = 5, line_has_data = 0x01, line_can_take = 0x20, sleep_soft_off = 0x34 };

uint64_t loader_arguments[3];
void (*trap_handlers[64])(struct trap *);

_Noreturn void bare_start(uint64_t a0, uint64_t a1, uint64_t a2) {
    loader_arguments[0] = a0;
    loader_arguments[1] = a1;
    loader_arguments[2] = a2;
    guest_main();
    power_off();
}

// The command line is taken only from where a loader of this board can have put it: the low RAM, of which QEMU takes address 0.
uint64_t option(const char *name, uint64_t otherwise) {
    uint64_t address = loader_arguments[1] & 0xffffffffffff;
    if (address >= 0x10000000 - 256) return otherwise;
    const char *line = window(address);
    for (size_t start = 0; start < 255 && line[start] >= ' '; start++) {
        if (start > 0 && line[start - 1] != ' ') continue;
        size_t length = 0;
        while (name[length] && line[start + length] == name[length]) length++;
        if (name[length] || line[start + length] != '=') continue;
        uint64_t value = 0;
        for (const char *digit = line + start + length + 1; *digit >= '0' && *digit <= '9'; digit++) value = value * 10 + (uint64_t)(*digit - '0');
        return value;
    }
    return otherwise;
}

void put_character(char character) {
    while (!(uart[uart_line_status] & line_can_take)) {}
    uart[uart_data] = (uint8_t)character;
}

int get_character(void) { return uart[uart_line_status] & line_has_data ? uart[uart_data] : -1; }

void put(const char *text) {
    while (*text) put_character(*text++);
}

void put_number(uint64_t value) {
    char digits[20];
    int count = 0;
    do {
        digits[count++] = (char)('0' + value % 10);
        value /= 10;
    } while (value);
    while (count) put_character(digits[--count]);
}

void put_hexadecimal(uint64_t value, int digits) {
    put("0x");
    while (digits--) put_character("0123456789abcdef"[value >> digits * 4 & 15]);
}

void put_line(const char *text, uint64_t number) {
    put(text);
    put_character(' ');
    put_number(number);
    put_character('\n');
}

_Noreturn void power_off(void) {
    interrupts_off();
    *sleep_control = sleep_soft_off;
    for (;;) {}
}

_Noreturn void pass(const char *name, uint64_t checksum) {
    put("PASS ");
    put(name);
    put_character(' ');
    put_hexadecimal(checksum, 16);
    put_character('\n');
    power_off();
}

_Noreturn void fail(const char *what, uint64_t value) {
    put("FAIL ");
    put(what);
    put_character(' ');
    put_hexadecimal(value, 16);
    put_character('\n');
    power_off();
}

extern char idle_begin[], idle_end[];

void trap_dispatch(struct trap *trap) {
    if (trap->era >= (uint64_t)idle_begin && trap->era < (uint64_t)idle_end) trap->era = (uint64_t)idle_end;
    void (*handler)(struct trap *) = trap_handlers[trap_code(trap)];
    if (handler) {
        handler(trap);
        return;
    }
    put("unexpected exception ");
    put_hexadecimal(trap->estat, 8);
    put(" era ");
    put_hexadecimal(trap->era, 16);
    put(" badv ");
    put_hexadecimal(trap->badv, 16);
    put(" badi ");
    put_hexadecimal(trap->badi, 8);
    put_character('\n');
    fail("exception", trap_code(trap));
}

_Noreturn void refill_unexpected(uint64_t address, uint64_t from) {
    put("unexpected refill from ");
    put_hexadecimal(from & ~(uint64_t)3, 16);
    put_character('\n');
    fail("refill", address);
}

uint64_t timer_frequency(void) {
    uint32_t ratio = cpucfg(5);
    return (uint64_t)cpucfg(4) * (ratio & 0xffff) / (ratio >> 16);
}

void timer_start(uint64_t counts, int periodic) { csr_write(CSR_TCFG, (counts & ~(uint64_t)3) | (periodic ? 3 : 1)); }

extern char heap_start[];

uint64_t allocate(uint64_t size, uint64_t alignment) {
    static uint64_t next;
    if (!next) next = physical(heap_start);
    uint64_t address = (next + alignment - 1) & ~(alignment - 1);
    next = address + size;
    if (next > 0x10000000) fail("memory", next);
    memset(window(address), 0, size);
    return address;
}

void *memcpy(void *to, const void *from, size_t size) {
    unsigned char *target = to;
    const unsigned char *source = from;
    if ((((uintptr_t)target | (uintptr_t)source) & 7) == 0) {
        for (; size >= 8; size -= 8, target += 8, source += 8) *(volatile uint64_t *)target = *(const volatile uint64_t *)source;
    }
    while (size--) *(volatile unsigned char *)target++ = *source++;
    return to;
}

void *memset(void *to, int value, size_t size) {
    unsigned char *target = to;
    if (((uintptr_t)target & 7) == 0) {
        uint64_t word = (uint8_t)value * 0x0101010101010101u;
        for (; size >= 8; size -= 8, target += 8) *(volatile uint64_t *)target = word;
    }
    while (size--) *(volatile unsigned char *)target++ = (unsigned char)value;
    return to;
}

int memcmp(const void *left, const void *right, size_t size) {
    const unsigned char *one = left, *other = right;
    for (; size; size--, one++, other++) {
        if (*one != *other) return *one - *other;
    }
    return 0;
}

// Entries that are missing lead to tables of zeros, so the refill handlers need not look.
struct space space_make(unsigned shift) {
    uint64_t size = (uint64_t)1 << shift;
    uint64_t table = allocate(size, size), directory = allocate(size, size), root = allocate(size, size);
    for (uint64_t index = 0; index < size / 8; index++) {
        ((uint64_t *)window(directory))[index] = table;
        ((uint64_t *)window(root))[index] = directory;
    }
    // What is shared by all missing entries can be told by the root's first allocation.
    return (struct space){root, shift};
}

static uint64_t *table_slot(uint64_t table, uint64_t address, unsigned base, unsigned width) {
    return (uint64_t *)window(table) + (address >> base & (((uint64_t)1 << width) - 1));
}

uint64_t *space_directory(struct space space, uint64_t address) {
    unsigned shift = space.shift, width = shift - 3;
    uint64_t size = (uint64_t)1 << shift, shared_directory = space.root - size, shared_table = shared_directory - size;
    uint64_t *slot = table_slot(space.root, address, 3 * shift - 6, width);
    if (*slot == shared_directory) {
        uint64_t directory = allocate(size, size);
        for (uint64_t index = 0; index < size / 8; index++) ((uint64_t *)window(directory))[index] = shared_table;
        *slot = directory;
    }
    return table_slot(*slot, address, 2 * shift - 3, width);
}

uint64_t *space_entry(struct space space, uint64_t address) {
    unsigned shift = space.shift, width = shift - 3;
    uint64_t size = (uint64_t)1 << shift, shared_table = space.root - 2 * size;
    uint64_t *slot = space_directory(space, address);
    if (*slot == shared_table) *slot = allocate(size, size);
    return table_slot(*slot, address, shift, width);
}

void paging_start(unsigned shift, void (*refill)(void)) {
    unsigned width = shift - 3;
    csr_write(CSR_PWCL, shift | width << 5 | (2 * shift - 3) << 10 | width << 15);
    csr_write(CSR_PWCH, (3 * shift - 6) | width << 6);
    csr_write(CSR_STLBPS, shift);
    csr_write(CSR_TLBRENTRY, physical((void *)refill));
    invalidate(0, 0, 0);
}
