// Floating point of every kind: conversions, comparisons, division, square roots, fused multiply-add, minimum and maximum,
// subnormals, infinities. No NaN enters the checksum: its sign is the machine's own.
#include "guest.h"

enum { count = 256 };

static double series(double x) {
    double term = 1, sum = 1;
    for (int i = 1; i < 18; i++) {
        term = term * x / i;
        sum += term;
    }
    return sum;
}

static double horner(double x) {
    static const double coefficients[] = {0.7, -1.3, 0.25, 3.5, -0.125, 1.0625, -2.75, 0.9};
    double y = 0;
    for (int i = 0; i < 8; i++) y = __builtin_fma(y, x, coefficients[i]);
    return y;
}

static uint64_t compare(double a, double b) {
    return (uint64_t)(a < b) | (uint64_t)(a <= b) << 1 | (uint64_t)(a == b) << 2 | (uint64_t)(a != b) << 3 | (uint64_t)!(a < b) << 4 |
           (uint64_t)__builtin_isunordered(a, b) << 5 | (uint64_t)__builtin_islessgreater(a, b) << 6 | (uint64_t)__builtin_isgreater(a, b) << 7;
}

GUEST("fpmix", 2000) {
    static double d[count];
    static float s[count];
    uint64_t random = 31, hash = 0;
    const double infinity = __builtin_inf();
    volatile double zero = 0;
    for (uint64_t round = 0; round < scale; round++) {
        for (int i = 0; i < count; i++) {
            d[i] = (double)((int64_t)(int32_t)next_random(&random) << (i % 20)) / 65537.0;
            s[i] = (float)(int32_t)next_random(&random) * (i & 1 ? 1.0f : 1.1754944e-38f / 16777216.0f);
        }
        double sum = 0, low = infinity, high = -infinity;
        float product = 1, total = 0;
        for (int i = 0; i < count; i++) {
            double x = d[i], y = d[(i * 7 + 3) % count];
            float u = s[i], v = s[(i * 5 + 1) % count];
            // Double
            sum += x / (y + 1.5) + __builtin_sqrt(__builtin_fabs(x));
            low = __builtin_fmin(low, x);
            high = __builtin_fmax(high, y);
            sum = __builtin_fma(x, 1e-9, sum) - __builtin_fma(-y, 1e-10, 0.5);
            hash += compare(x, y) + compare(x, i & 15 ? x : zero / zero);
            hash += (uint64_t)__builtin_copysign(i + 1, y);
            // Single
            total += u * 0.5f - v / 3.0f;
            product = __builtin_fmaf(product, 0.99f, __builtin_sqrtf(__builtin_fabsf(v)));
            total = u < v ? total + 1.0f : __builtin_fmaxf(total, __builtin_fminf(u, v));
            // Conversions
            int32_t word = (int32_t)(x / 1e6);
            int64_t whole = (int64_t)(y * 3.0);
            uint32_t natural = (uint32_t)__builtin_fabs(x / 2e6);
            uint64_t large = (uint64_t)__builtin_fabs(y * 1024.0);
            hash = fold(hash, (uint64_t)word ^ (uint64_t)whole << 7 ^ (uint64_t)natural << 13 ^ large << 23);
            sum += (double)u + (float)x + (double)whole * 1e-12 + (double)large * 1e-15 + (float)word + (double)natural + (float)large * 1e-12f;
            hash = fold_float(hash, (float)(x * 1e-30) / (u + 1.0f));
            hash = fold_double(hash, (x + infinity) / (y != 0 ? 1.0 : 2.0));
        }
        double x = (double)(round % 50) / 7.0 - 3.0;
        hash = fold_double(fold_double(fold_double(hash, series(x)), horner(x)), low + high);
        hash = fold_float(fold_float(fold_double(hash, sum), product), total);
        double tiny = 2.2250738585072014e-308;
        for (int i = 0; i < 20; i++) {
            tiny *= 0.3 + x * x * 0.01;
            hash = fold_double(hash, tiny / 3.0 + 5e-324);
        }
    }
    return hash;
}
