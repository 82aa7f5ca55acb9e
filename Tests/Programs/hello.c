// The smallest: built four ways (see build.sh).
#include <stdio.h>

static int table[4] = {1, 2, 3, 4};
static int *const pointer = &table[2];  // a relative relocation in a position-independent executable
static const char *(*const function)(void);

static const char *greeting(void) { return "hello"; }
static const char *(*volatile indirect)(void) = greeting;

int main(void) {
    printf("%s %d %d\n", indirect(), *pointer, function == NULL);
    return 11;
}
