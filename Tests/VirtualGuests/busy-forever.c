// Loops for ever with interrupts off.
#include "bare.h"

void guest_main(void) {
    put("busy for ever\n");
    for (;;) __asm__ volatile("");
}
