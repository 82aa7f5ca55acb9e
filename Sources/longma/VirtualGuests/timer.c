// The stable timer: periodic and one-shot interrupts with idling between them, masking, latching, cancelling, vectors.
#include "bare.h"

enum { ticks_wanted = 50, shots_wanted = 20 };

static volatile uint64_t interrupts, last_vector, last_lines;

static void interrupt(struct trap *trap) {
    last_lines = trap->estat & 0x1fff & csr_read(CSR_ECFG);
    if (last_lines != 1u << LINE_TIMER) fail("an interrupt of another line", trap->estat);
    if (trap_code(trap) != CODE_INT) fail("not an interrupt", trap->estat);
    interrupts++;
    last_vector = trap->vector;
    timer_acknowledge();
}

static void wait_until(uint64_t count) {
    while (interrupts < count) wait_for_interrupt();
}

// Spins, with nothing but the counter to see, for `counts`.
static void spin(uint64_t counts) {
    uint64_t start = rdtime();
    while (rdtime() - start < counts) {}
}

// Waits, with interrupts on, for the one interrupt that must come; a busy host may need its time.
static void expect_one(const char *what) {
    uint64_t start = rdtime(), limit = 5 * timer_frequency();
    interrupts_on();
    while (interrupts == 0 && rdtime() - start < limit) {}
    spin(timer_frequency() / 10000);
    interrupts_off();
    check_equal(interrupts, 1, what);
}

static void periodic(uint64_t period, const char *what) {
    interrupts = 0;
    uint64_t start = rdtime();
    timer_start(period, 1);
    wait_until(ticks_wanted);
    uint64_t elapsed = rdtime() - start;
    timer_stop();
    timer_acknowledge();
    // Ticks may be late or merge, but there cannot be too many.
    check(elapsed >= period * (ticks_wanted - 1), "periodic ticks come too fast");
    put_line(what, ticks_wanted);
}

static void shots(uint64_t delay) {
    interrupts = 0;
    for (uint64_t shot = 1; shot <= shots_wanted; shot++) {
        uint64_t start = rdtime();
        timer_start(delay, 0);
        wait_until(shot);
        check(rdtime() - start >= delay - 4, "a one-shot timer fires too early");
        check_equal(csr_read(CSR_TCFG) & 2, 0, "TCFG became periodic");
    }
    spin(3 * delay);
    interrupts_on();
    spin(delay);
    interrupts_off();
    check_equal(interrupts, shots_wanted, "a one-shot timer fires again");
    put_line("one-shot interrupts", shots_wanted);
}

void guest_main(void) {
    uint64_t millisecond = timer_frequency() / 1000, checksum = 1;
    trap_handlers[CODE_INT] = interrupt;
    csr_write(CSR_ECFG, 1u << LINE_TIMER);

    check(!timer_pending(), "the timer is pending at the start");
    check_equal(csr_read(CSR_TCFG) & 1, 0, "the timer runs at the start");

    periodic(millisecond, "periodic interrupts");
    check_equal(last_vector, 0, "the vector without vectoring");
    periodic(millisecond / 5, "fast periodic interrupts");

    shots(millisecond);

    // TVAL counts down from the initial value.
    timer_start(1000 * millisecond, 0);
    uint64_t first = csr_read(CSR_TVAL);
    spin(millisecond / 10);
    uint64_t second = csr_read(CSR_TVAL);
    check(first <= 1000 * millisecond && second < first, "TVAL does not count down");
    check(first - second >= millisecond / 20, "TVAL counts too slowly");
    timer_stop();
    put("the timer value counts down\n");

    // With interrupts off the line is latched; it is delivered once they are on, and not again after the acknowledgement.
    interrupts = 0;
    timer_start(millisecond, 0);
    while (!timer_pending()) {}
    spin(millisecond);
    check(timer_pending(), "a latched timer interrupt is lost");
    check_equal(interrupts, 0, "an interrupt while they are off");
    expect_one("the latched interrupt");
    check(!timer_pending(), "the acknowledgement");
    put("latched while interrupts are off\n");

    // Masked by ECFG.
    interrupts = 0;
    csr_write(CSR_ECFG, 0);
    interrupts_on();
    timer_start(millisecond, 0);
    while (!timer_pending()) {}
    spin(millisecond);
    check_equal(interrupts, 0, "a masked interrupt");
    check(timer_pending(), "a masked interrupt is not pending any more");
    csr_write(CSR_ECFG, 1u << LINE_TIMER);
    expect_one("an unmasked interrupt");
    put("masked and unmasked\n");

    // Acknowledged before it could be delivered.
    interrupts = 0;
    timer_start(millisecond, 0);
    while (!timer_pending()) {}
    timer_acknowledge();
    interrupts_on();
    spin(millisecond / 10);
    interrupts_off();
    check_equal(interrupts, 0, "an acknowledged interrupt");
    put("acknowledged without delivery\n");

    // Cancelled and started anew.
    timer_start(2 * millisecond, 0);
    timer_stop();
    interrupts_on();
    spin(4 * millisecond);
    interrupts_off();
    check_equal(interrupts, 0, "a cancelled timer fires");
    timer_start(1000 * millisecond, 1);
    timer_start(millisecond, 0);
    wait_until(1);
    put("cancelled and restarted\n");

    // Each exception has its own vector with VS = 3.
    csr_write(CSR_ECFG, 3u << 16 | 1u << LINE_TIMER);
    periodic(millisecond, "vectored interrupts");
    check_equal(last_vector, 64 + LINE_TIMER, "the timer's vector");
    csr_write(CSR_ECFG, 0);

    // The counter's offset and identity.
    csr_write(CSR_TID, 77);
    uint64_t identity, value;
    __asm__ volatile("rdtime.d %0, %1" : "=r"(value), "=r"(identity));
    check_equal(identity, 77, "the timer's identity");
    csr_write(CSR_TID, 0);
    put("rdtime gives the timer's identity\n");

    checksum = fold(fold(fold(checksum, last_vector), last_lines), timer_frequency());
    pass("timer", checksum);
}
