// Ways to end: the argument names one. Each says so first; the exit status is in death.cases.
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

static volatile int *volatile null;
static const char constant[] __attribute__((aligned(4))) = "constant";

__attribute__((noinline)) static int recurse(int n) {
    volatile char block[4096];
    block[n & 4095] = (char)n;
    return recurse(n + 1) + block[(n * 7) & 4095];
}

static void *die(void *argument) {
    *null = 1;
    return argument;
}
static void *leave(void *argument) { exit((int)(long)argument); }
static void *call_group(void *argument) { _exit((int)(long)argument); }

int main(int argc, char **argv) {
    const char *way = argc > 1 ? argv[1] : "return";
    printf("way: %s\n", way);
    fflush(stdout);
    pthread_t thread;
    if (!strcmp(way, "return")) return 9;
    if (!strcmp(way, "exit")) exit(300);
    if (!strcmp(way, "_exit")) _exit(77);
    if (!strcmp(way, "abort")) abort();
    if (!strcmp(way, "null")) *null = 1;
    if (!strcmp(way, "term")) kill(getpid(), SIGTERM);
    if (!strcmp(way, "kill")) kill(getpid(), SIGKILL);
    if (!strcmp(way, "realtime")) raise(SIGRTMIN + 3);
    if (!strcmp(way, "alarm")) alarm(1), pause();
    if (!strcmp(way, "overflow")) return recurse(0);
    if (!strcmp(way, "nowhere")) ((void (*)(void))0xdead000)();
    if (!strcmp(way, "high")) ((void (*)(void))0x7fff00000000000)();
    if (!strcmp(way, "data")) ((void (*)(void))(void *)constant)();
    if (!strcmp(way, "text")) *(volatile int *)(void *)main = 0;
    if (!strcmp(way, "fault-in-handler")) signal(SIGSEGV, (void (*)(int))0x1000), *null = 1;
    if (!strcmp(way, "blocked")) {
        sigset_t set;
        sigfillset(&set);
        sigprocmask(SIG_BLOCK, &set, NULL);
        *null = 1;
    }
    if (!strcmp(way, "ignored")) signal(SIGSEGV, SIG_IGN), *null = 1;
    if (!strcmp(way, "thread")) pthread_create(&thread, NULL, die, NULL), pthread_join(thread, NULL);
    if (!strcmp(way, "thread-exit")) pthread_create(&thread, NULL, leave, (void *)21L), pthread_join(thread, NULL);
    if (!strcmp(way, "thread-group")) pthread_create(&thread, NULL, call_group, (void *)22L), pthread_join(thread, NULL);
    if (!strcmp(way, "main-thread-exits")) pthread_create(&thread, NULL, leave, (void *)23L), pthread_exit(NULL);
    if (!strcmp(way, "pipe")) {
        int ends[2];
        if (pipe(ends) == 0) close(ends[0]), (void)!write(ends[1], "x", 1);
    }
#ifdef __loongarch__
    if (!strcmp(way, "illegal")) {
        unsigned *code = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        code[0] = 0xffffffff;
        __asm__ volatile("ibar 0" ::: "memory");
        ((void (*)(void))(void *)code)();
    }
    if (!strcmp(way, "zeroes")) {
        void *code = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        ((void (*)(void))code)();
    }
    if (!strcmp(way, "privileged")) __asm__ volatile("csrrd $t0, 0" ::: "$t0");
    if (!strcmp(way, "break")) __asm__ volatile("break 0");
    if (!strcmp(way, "divide")) __asm__ volatile("break 7");                                      // qemu 10.0.2 says SIGTRAP; Linux SIGFPE
    if (!strcmp(way, "misaligned-call")) __asm__ volatile("la.local $t0, main\n addi.d $t0, $t0, 2\n jirl $ra, $t0, 0" ::: "$t0", "$ra");  // qemu says SIGILL; Linux SIGBUS
    if (!strcmp(way, "misaligned-atomic")) __asm__ volatile("addi.d $t0, $sp, 1\n ll.w $t1, $t0, 0" ::: "$t0", "$t1");  // qemu does not check; Linux SIGBUS
    if (!strcmp(way, "bound")) __asm__ volatile("ldgt.d $t1, $sp, $sp" ::: "$t1");                // qemu says SIGSYS; Linux SIGSEGV
    if (!strcmp(way, "noncanonical")) *(volatile int *)0x8000000000000000 = 1;                    // qemu says SIGSEGV; Linux SIGBUS (ADEM)
#endif
    puts("still here");
    return 1;
}
