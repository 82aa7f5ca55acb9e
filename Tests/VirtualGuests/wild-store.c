// Stores and loads where nothing is, then goes on. What it reads there is nobody's promise; QEMU raises an address error, other
// machines read all ones.
#include "bare.h"

static volatile uint64_t errors;

static void on_address_error(struct trap *trap) {
    errors++;
    trap->era += 4;
}

void guest_main(void) {
    trap_handlers[CODE_ADE] = on_address_error;
    // KVM's software, when it raises an exception in a guest, puts the code where most of it vanishes: the cause reads 0.
    trap_handlers[0] = on_address_error;
    static const uint64_t places[] = {0x9000500000000000, 0x8000500000000000, 0x8000000012345678, 0x9000ffffffffff00, 0x8000000030000000};
    for (unsigned index = 0; index < sizeof places / sizeof *places; index++) {
        __asm__ volatile("st.d %0, %1, 0\n\tld.d $t0, %1, 0\n\tst.b %0, %1, 3\n\tld.b $t0, %1, 1" : : "r"(places[index]), "r"(places[index]) : "memory", "$t0");
    }
    put("stored and loaded where nothing is\n");
    pass("wild-store", 0);
}
