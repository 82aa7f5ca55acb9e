// The first program of both kernels. Where there is /dev/kvm it boots the same kernel as a guest, with this program in the guest's RAM disk, and is its
// machine; where there is none it is that guest's. Each says so and switches its machine off. Built against nolibc and the headers of the kernel's sources.
#include "machine.h"
#include <asm/ioctls.h>

static const char *who = "guest";

static void say(const char *text) { printf("%s: %s\n", who, text); }

static void power_off(void) {
    // The console's driver has the last words yet.
    ioctl(1, TCSBRK, (void *)1);
    reboot(LINUX_REBOOT_CMD_POWER_OFF);
    for (;;) sleep(1);
}

// Timers, floating point, processes, and memory that has to be found first.
static void work(void) {
    msleep(30);
    volatile double root = 2;
    for (int i = 0; i < 6; i++) root = (root + 2 / root) / 2;
    printf("%s: a square root of 2 is %d millionths\n", who, (int)(root * 1000000));
    int child = fork();
    if (child == 0) {
        char *memory = mmap(NULL, 8 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        int sum = 0;
        for (int i = 0; i < 8 << 20; i += 4096) memory[i] = (char)(i >> 12), sum += memory[i] & 7;
        exit(sum == 7168 ? 42 : 1);
    }
    int status = 0;
    waitpid(child, &status, 0);
    printf("%s: a child ended with %d\n", who, status >> 8);
}

// Repeats the first line of input that is not empty: the driver throws away what came before it looked.
static void listen(void) {
    char line[80];
    int size = 0;
    char key;
    while (read(0, &key, 1) == 1 && size < 79) {
        if (key != '\n') line[size++] = key;
        else if (size > 0) break;
    }
    line[size] = 0;
    printf("%s: heard %s\n", who, line);
}

/// With the argument "listen" root takes input.
int main(int count, char **arguments) {
    mkdir("/dev", 0755);
    mount("devtmpfs", "/dev", "devtmpfs", 0, NULL);
    int kvm = open("/dev/kvm", O_RDWR);
    if (kvm >= 0) who = "root";
    say("user space reached");
    work();
    if (count > 1 && strcmp(arguments[1], "listen") == 0) listen();
    if (kvm >= 0) printf("root: the guest's machine ended: %s\n", run_guest(kvm, "/vmlinux", "/guest.cpio"));
    say("goodbye");
    power_off();
    return 1;
}
