// The libm of musl, digit for digit (the native program is linked against musl's too).
#include <complex.h>
#include <math.h>
#include <stdio.h>

typedef double (*unary)(double);
typedef double (*binary)(double, double);

int main(void) {
    static const struct { const char *name; unary f; } unaries[] = {
        {"sin", sin}, {"cos", cos}, {"tan", tan}, {"asin", asin}, {"acos", acos}, {"atan", atan}, {"sinh", sinh}, {"cosh", cosh}, {"tanh", tanh},
        {"asinh", asinh}, {"acosh", acosh}, {"atanh", atanh}, {"exp", exp}, {"exp2", exp2}, {"expm1", expm1}, {"log", log}, {"log2", log2},
        {"log10", log10}, {"log1p", log1p}, {"sqrt", sqrt}, {"cbrt", cbrt}, {"floor", floor}, {"ceil", ceil}, {"round", round}, {"trunc", trunc},
        {"rint", rint}, {"nearbyint", nearbyint}, {"fabs", fabs}, {"erf", erf}, {"erfc", erfc}, {"tgamma", tgamma}, {"lgamma", lgamma}, {"logb", logb}};
    static const double points[] = {0.0, -0.0, 0.3, -0.7, 1.0, 2.5, -3.75, 10.0, 1234.5678, 1e-9, 1e300, -1e-310};
    static const struct { const char *name; binary f; } binaries[] = {{"pow", pow}, {"atan2", atan2}, {"hypot", hypot}, {"fmod", fmod}, {"remainder", remainder},
        {"fdim", fdim}, {"copysign", copysign}, {"nextafter", nextafter}, {"fmax", fmax}, {"fmin", fmin}};
    for (unsigned i = 0; i < sizeof unaries / sizeof *unaries; i++) {
        printf("%s", unaries[i].name);
        for (unsigned j = 0; j < sizeof points / sizeof *points; j++) {
            double y = unaries[i].f(points[j]);
            if (isnan(y)) printf(" nan"); else printf(" %.17g", y);
        }
        puts("");
    }
    for (unsigned i = 0; i < sizeof binaries / sizeof *binaries; i++) {
        printf("%s", binaries[i].name);
        for (unsigned j = 0; j + 3 < sizeof points / sizeof *points; j++) {
            double y = binaries[i].f(points[j + 2], points[(j * 5 + 1) % 9]);
            if (isnan(y)) printf(" nan"); else printf(" %.17g", y);
        }
        puts("");
    }
    int exponent, quotient;
    double whole, part = modf(-12.75, &whole), mantissa = frexp(1234.5, &exponent), rest = remquo(29.0, 3.0, &quotient);
    printf("%g %g %.17g %d %g %d %.17g %d\n", part, whole, mantissa, exponent, rest, quotient & 7, ldexp(0.7, -1040), ilogb(1e-310));
    printf("%ld %ld %lld %.17g %.17g\n", lrint(2.5), lround(-2.5), llrint(1e15 + 0.5), fma(1.1, 1.2, -1.32), scalbn(1.5, 1000));
    printf("%.9g %.9g %.9g %.9g %.9g\n", (double)sinf(1.5f), (double)expf(-3.25f), (double)powf(1.1f, 20.5f), (double)sqrtf(2.0f), (double)fmaf(1.1f, 1.2f, -1.32f));
    printf("%.20Lg %.20Lg %.10Lg\n", sqrtl(2.0L) > 1.41L ? 1.0L : 0.0L, floorl(-2.5L), fabsl(-0.25L));
    double complex z = csqrt(-3.0 + 4.0 * I) * cexp(0.5 * I);
    printf("%.15g %.15g %.15g\n", creal(z), cimag(z), cabs(z));
    printf("%d %d %d %d %d\n", fpclassify(0.0) == FP_ZERO, fpclassify(1e-310) == FP_SUBNORMAL, !!isinf(HUGE_VAL), !!signbit(-0.0), isunordered(NAN, 1.0));
    return 0;
}
