// Jumps to a physical address where nothing is.
#include "bare.h"

void guest_main(void) {
    put("jumping to nowhere\n");
    ((void (*)(void))0x9000500000000000)();
    put("came back\n");
}
