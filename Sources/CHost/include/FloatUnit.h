// The host's floating-point unit, one function per operation, so that no compiler reorders, folds or drops an operation whose flags the guest may read.
//
// Every value is a 64-bit register image in an xmm register; the single-precision functions (`_s`) work on its low half and leave the upper half open.
// Rounding mode and sticky flags are MXCSR's. The instructions are those of x86-64-v3 (AVX, FMA, F16C).
#ifndef LONGMA_FLOAT_UNIT_H
#define LONGMA_FLOAT_UNIT_H
#include <stdbool.h>
#include <stdint.h>

#define LONGMA_FLOAT_FUNCTION static inline __attribute__((always_inline))

/// MXCSR: exception flags in bits 5:0 (IE DE ZE OE UE PE from bit 0 up), masks in 12:7, rounding in 14:13.
LONGMA_FLOAT_FUNCTION uint32_t longma_read_mxcsr(void) {
    uint32_t v;
    __asm__ volatile("vstmxcsr %0" : "=m"(v));
    return v;
}
LONGMA_FLOAT_FUNCTION void longma_write_mxcsr(uint32_t v) { __asm__ volatile("vldmxcsr %0" : : "m"(v)); }

// Two operands.
#define LONGMA_FLOAT_2(name, instruction) \
    LONGMA_FLOAT_FUNCTION double longma_##name(double a, double b) { \
        double r; \
        __asm__ volatile(instruction " %2, %1, %0" : "=x"(r) : "x"(a), "x"(b)); \
        return r; \
    }
LONGMA_FLOAT_2(add_s, "vaddss")
LONGMA_FLOAT_2(add_d, "vaddsd")
LONGMA_FLOAT_2(subtract_s, "vsubss")
LONGMA_FLOAT_2(subtract_d, "vsubsd")
LONGMA_FLOAT_2(multiply_s, "vmulss")
LONGMA_FLOAT_2(multiply_d, "vmulsd")
LONGMA_FLOAT_2(divide_s, "vdivss")
LONGMA_FLOAT_2(divide_d, "vdivsd")
#undef LONGMA_FLOAT_2

// Fused: a * b + c and a * b - c.
#define LONGMA_FLOAT_3(name, instruction) \
    LONGMA_FLOAT_FUNCTION double longma_##name(double a, double b, double c) { \
        __asm__ volatile(instruction " %2, %1, %0" : "+x"(a) : "x"(b), "x"(c)); \
        return a; \
    }
LONGMA_FLOAT_3(fused_add_s, "vfmadd213ss")
LONGMA_FLOAT_3(fused_add_d, "vfmadd213sd")
LONGMA_FLOAT_3(fused_subtract_s, "vfmsub213ss")
LONGMA_FLOAT_3(fused_subtract_d, "vfmsub213sd")
#undef LONGMA_FLOAT_3

// One operand. Rounding to an integral value: `round` by MXCSR; the others by their name, and those marked `silent` never set PE.
#define LONGMA_FLOAT_1(name, instruction) \
    LONGMA_FLOAT_FUNCTION double longma_##name(double a) { \
        double r; \
        __asm__ volatile(instruction " %1, %1, %0" : "=x"(r) : "x"(a)); \
        return r; \
    }
LONGMA_FLOAT_1(square_root_s, "vsqrtss")
LONGMA_FLOAT_1(square_root_d, "vsqrtsd")
LONGMA_FLOAT_1(single_from_double, "vcvtsd2ss")
LONGMA_FLOAT_1(double_from_single, "vcvtss2sd")
LONGMA_FLOAT_1(round_s, "vroundss $4,")
LONGMA_FLOAT_1(round_d, "vroundsd $4,")
LONGMA_FLOAT_1(round_nearest_s, "vroundss $0,")
LONGMA_FLOAT_1(round_nearest_d, "vroundsd $0,")
LONGMA_FLOAT_1(round_down_s, "vroundss $1,")
LONGMA_FLOAT_1(round_down_d, "vroundsd $1,")
LONGMA_FLOAT_1(round_up_s, "vroundss $2,")
LONGMA_FLOAT_1(round_up_d, "vroundsd $2,")
LONGMA_FLOAT_1(round_zero_s, "vroundss $3,")
LONGMA_FLOAT_1(round_zero_d, "vroundsd $3,")
LONGMA_FLOAT_1(round_zero_silent_s, "vroundss $11,")
LONGMA_FLOAT_1(round_zero_silent_d, "vroundsd $11,")
LONGMA_FLOAT_1(round_silent_s, "vroundss $12,")
LONGMA_FLOAT_1(round_silent_d, "vroundsd $12,")
LONGMA_FLOAT_1(round_nearest_silent_s, "vroundss $8,")
LONGMA_FLOAT_1(round_nearest_silent_d, "vroundsd $8,")
LONGMA_FLOAT_1(round_down_silent_s, "vroundss $9,")
LONGMA_FLOAT_1(round_down_silent_d, "vroundsd $9,")
LONGMA_FLOAT_1(round_up_silent_s, "vroundss $10,")
LONGMA_FLOAT_1(round_up_silent_d, "vroundsd $10,")
#undef LONGMA_FLOAT_1

// Half precision, in the low 16 bits. The conversions are of several values at once: the upper ones must be zero, or they would set flags too.
LONGMA_FLOAT_FUNCTION double longma_half_from_single(double a) {
    double r;
    __asm__ volatile("vmovq %1, %0\n\tvcvtps2ph $4, %0, %0" : "=&x"(r) : "x"(a));
    return r;
}
LONGMA_FLOAT_FUNCTION double longma_single_from_half(double a) {
    double r;
    __asm__ volatile("vmovq %1, %0\n\tvcvtph2ps %0, %0" : "=&x"(r) : "x"(a));
    return r;
}

// To integer by MXCSR's mode, or truncating. A NaN or a value out of range gives the most negative integer and sets IE alone.
#define LONGMA_FLOAT_TO_INTEGER(name, type, instruction) \
    LONGMA_FLOAT_FUNCTION type longma_##name(double a) { \
        type r; \
        __asm__ volatile(instruction " %1, %0" : "=r"(r) : "x"(a)); \
        return r; \
    }
LONGMA_FLOAT_TO_INTEGER(int32_from_s, int32_t, "vcvtss2si")
LONGMA_FLOAT_TO_INTEGER(int32_from_d, int32_t, "vcvtsd2si")
LONGMA_FLOAT_TO_INTEGER(int64_from_s, int64_t, "vcvtss2si")
LONGMA_FLOAT_TO_INTEGER(int64_from_d, int64_t, "vcvtsd2si")
LONGMA_FLOAT_TO_INTEGER(int32_truncating_s, int32_t, "vcvttss2si")
LONGMA_FLOAT_TO_INTEGER(int32_truncating_d, int32_t, "vcvttsd2si")
LONGMA_FLOAT_TO_INTEGER(int64_truncating_s, int64_t, "vcvttss2si")
LONGMA_FLOAT_TO_INTEGER(int64_truncating_d, int64_t, "vcvttsd2si")
#undef LONGMA_FLOAT_TO_INTEGER

// From integer. The zero is what the upper part of the result is taken from, so that the result waits for no older value.
#define LONGMA_FLOAT_FROM_INTEGER(name, type, instruction) \
    LONGMA_FLOAT_FUNCTION double longma_##name(type a) { \
        double r; \
        __asm__ volatile(instruction " %1, %2, %0" : "=x"(r) : "r"(a), "x"(0.0)); \
        return r; \
    }
LONGMA_FLOAT_FROM_INTEGER(s_from_int32, int32_t, "vcvtsi2ssl")
LONGMA_FLOAT_FROM_INTEGER(s_from_int64, int64_t, "vcvtsi2ssq")
LONGMA_FLOAT_FROM_INTEGER(d_from_int32, int32_t, "vcvtsi2sdl")
LONGMA_FLOAT_FROM_INTEGER(d_from_int64, int64_t, "vcvtsi2sdq")
#undef LONGMA_FLOAT_FROM_INTEGER

/// Whether the value is a NaN. Sets no flag unless it is a signaling one.
LONGMA_FLOAT_FUNCTION bool longma_is_nan_s(double a) {
    bool r;
    __asm__ volatile("vucomiss %1, %1" : "=@ccp"(r) : "x"(a));
    return r;
}
LONGMA_FLOAT_FUNCTION bool longma_is_nan_d(double a) {
    bool r;
    __asm__ volatile("vucomisd %1, %1" : "=@ccp"(r) : "x"(a));
    return r;
}

// Comparisons by one flag of `vucomis*` (`quiet`: IE for a signaling NaN) or `vcomis*` (`signaling`: IE for any NaN). An unordered result sets ZF, PF and CF,
// which is why "less" asks whether b is above a and "less or unordered" whether a is below b.
#define LONGMA_FLOAT_COMPARE_1(name, x, y, flag, instruction) \
    LONGMA_FLOAT_FUNCTION bool longma_##name(double a, double b) { \
        bool r; \
        __asm__ volatile(instruction " %2, %1" : "=@cc" flag(r) : "x"(x), "x"(y)); \
        return r; \
    }
// Comparisons by two flags: `operator` joins "ZF is `zero`" and "PF is `parity`".
#define LONGMA_FLOAT_COMPARE_2(name, zero, operator, parity, instruction) \
    LONGMA_FLOAT_FUNCTION bool longma_##name(double a, double b) { \
        bool z, p; \
        __asm__ volatile(instruction " %3, %2" : "=@cc" zero(z), "=@cc" parity(p) : "x"(a), "x"(b)); \
        return z operator p; \
    }
#define LONGMA_FLOAT_COMPARE(kind, instruction) \
    LONGMA_FLOAT_FUNCTION bool longma_never_##kind(double a, double b) { \
        __asm__ volatile(instruction " %1, %0" : : "x"(a), "x"(b) : "cc"); \
        return false; \
    } \
    LONGMA_FLOAT_COMPARE_1(less_##kind, b, a, "a", instruction) \
    LONGMA_FLOAT_COMPARE_1(less_equal_##kind, b, a, "ae", instruction) \
    LONGMA_FLOAT_COMPARE_1(unordered_##kind, a, b, "p", instruction) \
    LONGMA_FLOAT_COMPARE_1(ordered_##kind, a, b, "np", instruction) \
    LONGMA_FLOAT_COMPARE_1(less_unordered_##kind, a, b, "b", instruction) \
    LONGMA_FLOAT_COMPARE_1(less_equal_unordered_##kind, a, b, "be", instruction) \
    LONGMA_FLOAT_COMPARE_1(equal_unordered_##kind, a, b, "z", instruction) \
    LONGMA_FLOAT_COMPARE_1(not_equal_##kind, a, b, "nz", instruction) \
    LONGMA_FLOAT_COMPARE_2(equal_##kind, "z", &, "np", instruction) \
    LONGMA_FLOAT_COMPARE_2(not_equal_unordered_##kind, "nz", |, "p", instruction)
LONGMA_FLOAT_COMPARE(quiet_s, "vucomiss")
LONGMA_FLOAT_COMPARE(quiet_d, "vucomisd")
LONGMA_FLOAT_COMPARE(signaling_s, "vcomiss")
LONGMA_FLOAT_COMPARE(signaling_d, "vcomisd")
#undef LONGMA_FLOAT_COMPARE
#undef LONGMA_FLOAT_COMPARE_1
#undef LONGMA_FLOAT_COMPARE_2
#undef LONGMA_FLOAT_FUNCTION

#endif
