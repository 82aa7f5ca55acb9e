// Prints its arguments, a variable of the environment, and what of the auxiliary vector is the same everywhere.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

extern char **environ;
extern char **__environ;

int main(int argc, char **argv) {
    printf("%d arguments\n", argc);
    for (int i = 1; i < argc; i++) printf("%d: \"%s\"\n", i, argv[i]);
    printf("end %d\n", argv[argc] == NULL);
    const char *value = getenv("LONGMA_TEST");
    printf("LONGMA_TEST=%s\n", value ? value : "(unset)");
    setenv("ADDED", "yes", 1);
    int found = 0;
    for (char **e = environ; *e; e++) found += !strcmp(*e, "ADDED=yes");
    printf("added %d\n", found);
    const char *name = strrchr(argv[0], '/');
    printf("name %d\n", strlen(name ? name : argv[0]) > 0);
    printf("page size %d entry %d phdr %d random %d execfn %d secure %lu\n", (int)(getauxval(AT_PAGESZ) == (unsigned long)sysconf(_SC_PAGESIZE)), getauxval(AT_ENTRY) != 0,
           getauxval(AT_PHDR) != 0 && getauxval(AT_PHNUM) > 0, getauxval(AT_RANDOM) != 0, getauxval(AT_EXECFN) != 0, getauxval(AT_SECURE));
    printf("uid %d gid %d clock %lu\n", getauxval(AT_UID) == getuid(), getauxval(AT_EGID) == getegid(), getauxval(AT_CLKTCK));
    printf("stack alignment %d\n", (int)((uintptr_t)__builtin_frame_address(0) & 15));
    return argc;
}
