// Time and the machine: only what holds everywhere.
#include <errno.h>
#include <limits.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/times.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#define CHECK(condition) printf("%s %s\n", (condition) ? "ok  " : "FAIL", #condition)

static long long nanoseconds(clockid_t clock) {
    struct timespec t;
    return clock_gettime(clock, &t) == 0 && t.tv_nsec >= 0 && t.tv_nsec < 1000000000 ? t.tv_sec * 1000000000LL + t.tv_nsec : -1;
}

int main(void) {
    long long before = nanoseconds(CLOCK_MONOTONIC), real = nanoseconds(CLOCK_REALTIME);
    struct timespec nap = {0, 3000000}, resolution;
    CHECK(nanosleep(&nap, NULL) == 0);
    long long after = nanoseconds(CLOCK_MONOTONIC);
    CHECK(after - before >= 3000000 && after - before < 10000000000LL);
    CHECK(nanoseconds(CLOCK_REALTIME) >= real && real / 1000000000 > 1600000000);
    CHECK(nanoseconds(CLOCK_PROCESS_CPUTIME_ID) > 0 && nanoseconds(CLOCK_THREAD_CPUTIME_ID) > 0 && nanoseconds(CLOCK_BOOTTIME) > 0);
    CHECK(clock_getres(CLOCK_MONOTONIC, &resolution) == 0 && resolution.tv_sec == 0);
    CHECK(clock_nanosleep(CLOCK_MONOTONIC, 0, &nap, NULL) == 0);
    struct timeval tv;
    time_t now = time(NULL);
    CHECK(gettimeofday(&tv, NULL) == 0 && tv.tv_sec >= now - 1 && tv.tv_sec - now < 100);
    CHECK(clock() >= 0 && times(NULL) != (clock_t)-1);
    struct tm *tm = gmtime(&(time_t){1700000000});
    char text[64];
    CHECK(strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S %j %a", tm) && !strcmp(text, "2023-11-14 22:13:20 318 Tue"));
    CHECK(timegm(tm) == 1700000000);
#ifdef __loongarch__
    uint64_t first, second;
    __asm__ volatile("rdtime.d %0, $zero" : "=r"(first));
    __asm__ volatile("rdtime.d %0, $zero" : "=r"(second));
    CHECK(second >= first && first > 0);
    uint64_t word0, word1;
    __asm__ volatile("cpucfg %0, %1" : "=r"(word0) : "r"(0L));
    __asm__ volatile("cpucfg %0, %1" : "=r"(word1) : "r"(1L));
    CHECK(word0 != 0 && (word1 & 3) == 2);
#else
    puts("ok   second >= first && first > 0\nok   word0 != 0 && (word1 & 3) == 2");
#endif
    struct utsname name;
    CHECK(uname(&name) == 0 && !strcmp(name.sysname, "Linux") && name.release[0] >= '3' && name.nodename[0]);
#ifdef __loongarch__
    CHECK(!strcmp(name.machine, "loongarch64"));
#else
    puts("ok   !strcmp(name.machine, \"loongarch64\")");
#endif
    struct sysinfo info;
    CHECK(sysinfo(&info) == 0 && info.totalram > 0 && info.mem_unit > 0 && info.uptime > 0);
    char path[PATH_MAX], *end;
    CHECK(getcwd(path, sizeof path) == path && path[0] == '/');
    CHECK(getcwd(path, 1) == NULL && errno == ERANGE);
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
    CHECK(length > 0 && path[0] == '/');
    path[length > 0 ? length : 0] = 0;
    end = strrchr(path, '/');
    CHECK(end && !strncmp(end, "/system", 7));
    CHECK(readlink("/", path, sizeof path) == -1 && errno == EINVAL);
    struct rlimit limit;
    CHECK(getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur > 10 && getrlimit(RLIMIT_STACK, &limit) == 0 && limit.rlim_cur >= 65536);
    struct rusage usage;
    CHECK(getrusage(RUSAGE_SELF, &usage) == 0 && usage.ru_maxrss > 0);
    unsigned char a[16] = {0}, b[16] = {0};
    CHECK(getrandom(a, 16, 0) == 16 && getentropy(b, 16) == 0 && memcmp(a, b, 16));
    CHECK(getpid() == syscall(SYS_getpid) && getpid() == syscall(SYS_gettid));
    CHECK(sysconf(_SC_NPROCESSORS_ONLN) >= 1 && sched_yield() == 0);
    cpu_set_t *set = calloc(1, 1024);
    CHECK(syscall(SYS_sched_getaffinity, 0, 1024, set) > 0);
    CHECK(syscall(9999) == -1 && errno == ENOSYS);
    CHECK(umask(022) >= 0 && umask(022) == 022);
    CHECK(isatty(1) == 0 || isatty(1) == 1);
    struct stat st;
    CHECK(stat("/dev/null", &st) == 0 && S_ISCHR(st.st_mode));
    FILE *maps = fopen("/proc/self/maps", "r");
    CHECK(maps == NULL || fgetc(maps) != EOF);
    return 0;
}
