// The floating-point environment: rounding modes and exception flags of all operations.
#include <fenv.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

// Every operation reads volatile operands and writes a volatile result, so that none is computed by the compiler.
static volatile double a, b, r;
static volatile float fa, fb, fr;
static volatile int64_t l;
static volatile int32_t w;

static unsigned flags(void) {
    int raised = fetestexcept(FE_ALL_EXCEPT);
    return (raised & FE_INEXACT ? 1u : 0) | (raised & FE_UNDERFLOW ? 2u : 0) | (raised & FE_OVERFLOW ? 4u : 0) | (raised & FE_DIVBYZERO ? 8u : 0) | (raised & FE_INVALID ? 16u : 0);
}

static void show_double(void) {
    uint64_t bits;
    double value = r;
    memcpy(&bits, &value, 8);
    if (value != value) printf(" nan/%x", flags()); else printf(" %016llx/%x", (unsigned long long)bits, flags());
    feclearexcept(FE_ALL_EXCEPT);
}

static void show_float(void) {
    uint32_t bits;
    float value = fr;
    memcpy(&bits, &value, 4);
    if (value != value) printf(" nan/%x", flags()); else printf(" %08x/%x", bits, flags());
    feclearexcept(FE_ALL_EXCEPT);
}

int main(void) {
    static const int modes[] = {FE_TONEAREST, FE_TOWARDZERO, FE_UPWARD, FE_DOWNWARD};
    static const double values[] = {0.0, -0.0, 1.0, -3.0, 0.1, 1e308, -1e-308, 5e-324, INFINITY, 123456.75};
    enum { count = sizeof values / sizeof *values };
    for (int m = 0; m < 4; m++) {
        printf("mode %d %d\n", fesetround(modes[m]), fegetround() == modes[m]);
        feclearexcept(FE_ALL_EXCEPT);
        for (int i = 0; i < count; i++)
            for (int j = i % 3; j < count; j += 3) {
                a = values[i], b = values[j];
                r = a + b, show_double();
                r = a - b, show_double();
                r = a * b, show_double();
                r = a / b, show_double();
                r = __builtin_fma(a, b, 0.3), show_double();
                fa = (float)i * 1.1f - 2, fb = (float)j * 0.3f;
                feclearexcept(FE_ALL_EXCEPT);
                fr = fa + fb, show_float();
                fr = fa * fb, show_float();
                fr = fa / fb, show_float();
                puts("");
            }
        for (int i = 0; i < count; i++) {
            a = values[i];
            r = __builtin_sqrt(a), show_double();
            fr = (float)a, show_float();
            r = (double)fr, show_double();
            r = rint(a), show_double();
            if (a < 1e18) l = (int64_t)a, r = (double)l, show_double();
            l = (int64_t)i * 0x123456789abcdef, r = (double)l, show_double();
            w = i * 0x1234567, fr = (float)w, show_float();
            if (i < 5) printf(" %ld", lrint(a * 2.5)), feclearexcept(FE_ALL_EXCEPT);
            puts("");
        }
    }
    fesetround(FE_TONEAREST);
    // Comparisons: the ordered ones signal a NaN, the quiet ones do not.
    a = NAN, b = 1;
    volatile int result = a < b;
    printf("less %d/%x", result, flags());
    feclearexcept(FE_ALL_EXCEPT);
    result = a == b;
    printf(" equal %d/%x", result, flags());
    result = isless(a, b) + isunordered(a, b) * 2;
    printf(" isless %d/%x\n", result, flags());
    a = INFINITY;
    r = a - a, show_double();
    r = a * 0.0, show_double();
    a = -1, r = __builtin_sqrt(a), show_double();
    a = 1e300, fr = (float)a, show_float();
    a = 1e-300, fr = (float)a, show_float();
    puts("");
    fenv_t saved;
    fesetround(FE_UPWARD);
    feraiseexcept(FE_OVERFLOW);
    feholdexcept(&saved);
    printf("held %x %d", flags(), fegetround() == FE_UPWARD);
    feraiseexcept(FE_DIVBYZERO);
    feupdateenv(&saved);
    printf(" updated %x %d", flags(), fegetround() == FE_UPWARD);
    fesetenv(FE_DFL_ENV);
    printf(" default %x %d\n", flags(), fegetround() == FE_TONEAREST);
    return 0;
}
