// long double, which is IEEE quad on LoongArch and done in software there (the host's is another format: expected from qemu).
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <float.h>

static volatile long double a = 1.0L, b = 3.0L, c;

int main(void) {
    printf("%zu %d %d %d\n", sizeof(long double), LDBL_MANT_DIG, LDBL_MAX_EXP, LDBL_DIG);
    c = a / b;
    printf("%.36Lg %La\n", c, c);
    c = c * b - a;
    printf("%.36Lg\n", c);
    printf("%.36Lg %.36Lg\n", sqrtl(2.0L), 1e4900L * 0.1L);
    printf("%.36Lg %.36Lg\n", expl(1.0L), atanl(1.0L) * 4);
    printf("%d %d %d %d\n", a < b, a == b, a > b, (int)(b * 1000.5L));
    printf("%lld %llu %g %g\n", (long long)(-b * 1e15L), (unsigned long long)(b * 5e18L), (double)c, (double)(float)(a / b));
    c = (long double)0x123456789abcdefULL + (long double)-5 + 0.25f;
    printf("%.30Lg %.36Lg\n", c, strtold("3.14159265358979323846264338327950288", NULL));
    long double sum = 0;
    for (int i = 1; i < 200; i++) sum += 1.0L / i / i;
    printf("%.36Lg %Lg\n", sum, fmodl(1e30L, 7.0L));
    return 0;
}
