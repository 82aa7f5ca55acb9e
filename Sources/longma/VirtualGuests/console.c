// Echoes console input until control-D, with no interrupt from the console: it looks, and idles for a moment when there is
// nothing. Carriage returns count as line ends. The input must end with control-D.
#include "bare.h"

enum { control_d = 4 };

static volatile uint64_t interrupts;

static void interrupt(struct trap *trap) {
    if (!(trap->estat >> LINE_TIMER & 1)) fail("an interrupt of another line", trap->estat);
    timer_acknowledge();
    interrupts++;
}

static int wait_for_character(void) {
    for (;;) {
        int character = get_character();
        if (character >= 0) return character;
        uint64_t before = interrupts;
        timer_start(timer_frequency() / 1000, 0);
        while (interrupts == before) wait_for_interrupt();
    }
}

void guest_main(void) {
    trap_handlers[CODE_INT] = interrupt;
    csr_write(CSR_ECFG, 1u << LINE_TIMER);
    uint64_t checksum = 1, characters = 0, lines = 0;
    int last = '\n';
    put("console: type, and end with control-D\n");
    for (;;) {
        int character = wait_for_character();
        if (character == control_d) break;
        if (character == '\r') character = '\n';
        put_character((char)character);
        checksum = fold(checksum, (uint64_t)character);
        characters++;
        if (character == '\n') lines++;
        last = character;
    }
    if (last != '\n') put_character('\n');
    put_line("characters", characters);
    put_line("lines", lines);
    pass("console", checksum);
}
