// printf, sscanf and the string functions, in all kinds.
#include <float.h>
#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>
#include <locale.h>

static void say(const char *format, ...) {
    char buffer[256];
    va_list list, copy;
    va_start(list, format);
    va_copy(copy, list);
    int needed = vsnprintf(NULL, 0, format, copy);
    va_end(copy);
    int written = vsnprintf(buffer, sizeof buffer, format, list);
    va_end(list);
    printf("%d %d |%s|\n", needed, written, buffer);
}

int main(void) {
    say("%d %i %u %x %X %o %c %s %%", -12, 34, 56u, 0xabcu, 0xabcu, 0777u, 'q', "text");
    say("%5d|%-5d|%05d|%+d|% d|%.3d|%*d|%-*d|", 42, 42, 42, 42, 42, 7, 6, 42, 6, 42);
    say("%hhd %hd %ld %lld %jd %zd %td", 300, 70000, LONG_MIN, LLONG_MAX, (intmax_t)-1, (ssize_t)-2, (ptrdiff_t)3);
    say("%hhu %hu %lu %llu %ju %zu", 300, 70000, ULONG_MAX, ULLONG_MAX, (uintmax_t)1, (size_t)2);
    say("%#x %#o %#X %.0x|%8.3s|%-8s|%.2s", 255, 8, 255, 0, "abcdef", "ab", "xyz");
    say("%f %e %g %a", 3.14159, 3.14159, 3.14159, 3.14159);
    say("%.0f %.1f %.10f %+.3e %G %#g %010.2f %-10.2f|", 2.5, 0.25, 1.0 / 3, 12345.678, 1e-10, 1.0, -3.14159, 2.71828);
    say("%f %F %e %g %a", 1.0 / 0.0, -1.0 / 0.0, DBL_MAX, DBL_MIN, 5e-324);
    say("%.17g %.17g %.17g %.17g", 0.1, 1e23, 123456789012345678.0, -0.0);
    say("%Lf %Le %Lg", 3.14159L, 1e4000L, 0.1L);
    say("%s %p", (char *)"", (void *)0);
    say("%1$s %2$d %1$s", "twice", 5);
    say("%" PRId64 " %" PRIx32 " %" PRIu8, INT64_MIN, UINT32_MAX, UINT8_MAX);
    setlocale(LC_ALL, "C.UTF-8");
    say("%ls %lc", L"wide \u00e9\u4e2d", (wint_t)0x20ac);
    int count = 0;
    printf("abc%ndef\n", &count);
    printf("%d\n", count);
    for (int i = -330; i <= 308; i += 29) printf("%d %.*g %.3e\n", i, 17, strtod("1", NULL) * strtod(i < 0 ? "1e-300" : "1", NULL), strtod("1.5e-300", NULL) * i);

    int a, b;
    unsigned x;
    double d;
    float f;
    char word[16], set[16];
    long double ld;
    int n = sscanf("12 -0x1f ff 3.5e2 0x1.8p3 hello [abc] 2.5", "%d %i %x %lf %f %15s [%[a-c]] %Lf", &a, &b, &x, &d, &f, word, set, &ld);
    printf("%d: %d %d %x %g %g %s %s %Lg\n", n, a, b, x, d, (double)f, word, set, ld);
    printf("%d %d\n", sscanf("zz", "%d", &a), sscanf("", "%d", &a));

    const char *numbers[] = {"0", "-0", "1e400", "-1e-400", "0x1.fffffffffffffp1023", "4.9e-324", "2.4703282292062327e-324", "1e16777216", "inf", "nan", "12abc", ".5.", "123456789.123456789e-5"};
    for (unsigned i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        char *end;
        double value = strtod(numbers[i], &end);
        printf("%s -> %.17g %g rest \"%s\"\n", numbers[i], value, (double)strtof(numbers[i], NULL), end);
    }
    // Print and read back: bit for bit.
    unsigned long long state = 88172645463325252ull;
    int wrong = 0;
    for (int i = 0; i < 1500; i++) {
        state ^= state << 13, state ^= state >> 7, state ^= state << 17;
        double value, back;
        memcpy(&value, &state, 8);
        if (value != value || value - value != 0) continue;
        char text[64];
        snprintf(text, sizeof text, "%.17g", value);
        back = strtod(text, NULL);
        wrong += memcmp(&value, &back, 8) != 0;
        if (i % 300 == 0) puts(text);
        float single = (float)value;
        if (single - single != 0) continue;
        snprintf(text, sizeof text, "%.9g", (double)single);
        wrong += strtof(text, NULL) != single;
    }
    printf("wrong round trips: %d\n", wrong);
    printf("%ld %lu %ld %lld\n", strtol("-0777", NULL, 0), strtoul("0xffff", NULL, 16), strtol("99999999999999999999", NULL, 10), strtoll("zz", NULL, 36));

    char line[128] = "one,two;;three";
    for (char *token = strtok(line, ",;"); token; token = strtok(NULL, ",;")) printf("<%s>", token);
    puts("");
    printf("%s %s %zu %zu %d %d\n", strstr("haystack with needle", "needle"), strrchr("a/b/c", '/'), strspn("aabbc", "ab"), strcspn("hello", "l"),
           strcmp("abc", "abd") < 0, strncmp("abc", "abd", 2));
    memset(line, '-', 20);
    memmove(line + 3, "moved", 5);
    memmove(line + 5, line + 3, 5);
    line[20] = 0;
    printf("%s %d %s\n", line, memcmp("a\0b", "a\0c", 3) < 0, (char *)memchr("find me", 'm', 7));
    fprintf(stderr, "to stderr\n");
    fflush(stdout);
    setvbuf(stdout, NULL, _IONBF, 0);
    putchar('u');
    puts("nbuffered");
    return 0;
}
