// Files and folders in a temporary folder of its own.
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define CHECK(condition) printf("%s %s\n", (condition) ? "ok  " : "FAIL", #condition)

static int compare(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

int main(void) {
    char folder[] = "/tmp/longma-files-XXXXXX";
    if (!mkdtemp(folder)) return perror("mkdtemp"), 1;
    CHECK(chdir(folder) == 0);
    char where[256];
    CHECK(getcwd(where, sizeof where) && strstr(where, "longma-files-"));

    int fd = open("a", O_CREAT | O_RDWR | O_EXCL, 0640);
    CHECK(fd >= 0);
    CHECK(open("a", O_CREAT | O_RDWR | O_EXCL, 0640) == -1 && errno == EEXIST);
    CHECK(write(fd, "hello, world\n", 13) == 13);
    CHECK(lseek(fd, 7, SEEK_SET) == 7);
    char buffer[64] = {0};
    CHECK(read(fd, buffer, 5) == 5 && !strcmp(buffer, "world"));
    CHECK(lseek(fd, 0, SEEK_CUR) == 12 && lseek(fd, -1, SEEK_END) == 12);
    CHECK(pwrite(fd, "J", 1, 0) == 1 && pread(fd, buffer, 5, 0) == 5 && !memcmp(buffer, "Jello", 5));
    struct iovec parts[2] = {{"one ", 4}, {"two", 3}};
    CHECK(lseek(fd, 0, SEEK_END) == 13 && writev(fd, parts, 2) == 7);
    char x[4], y[16];
    struct iovec into[2] = {{x, 4}, {y, 16}};
    CHECK(lseek(fd, 13, SEEK_SET) == 13 && readv(fd, into, 2) == 7 && !memcmp(x, "one ", 4) && !memcmp(y, "two", 3));
    struct stat st;
    CHECK(fstat(fd, &st) == 0 && st.st_size == 20 && S_ISREG(st.st_mode) && (st.st_mode & 0777) == 0640 && st.st_nlink == 1);
    CHECK(stat("a", &st) == 0 && st.st_size == 20 && st.st_blksize > 0 && st.st_uid == getuid() && st.st_mtime > 1600000000);
    CHECK(stat("missing", &st) == -1 && errno == ENOENT);
    CHECK(ftruncate(fd, 10000) == 0 && fstat(fd, &st) == 0 && st.st_size == 10000);
    CHECK(chmod("a", 0600) == 0 && stat("a", &st) == 0 && (st.st_mode & 0777) == 0600);

    char *map = mmap(NULL, 10000, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    CHECK(map != MAP_FAILED && !memcmp(map, "Jello, world\none two", 20));
    map[9999] = 'Z';
    CHECK(msync(map, 10000, MS_SYNC) == 0 && pread(fd, buffer, 1, 9999) == 1 && buffer[0] == 'Z');
    CHECK(pwrite(fd, "Q", 1, 100) == 1 && map[100] == 'Q');
    char *copy = mmap(NULL, 10000, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
    copy[0] = '!';
    CHECK(map[0] == 'J' && copy[100] == 'Q' && munmap(copy, 10000) == 0 && munmap(map, 10000) == 0);
    int other = dup(fd);
    CHECK(other > fd && close(fd) == 0 && fcntl(other, F_GETFL) != -1 && (fcntl(other, F_GETFL) & O_ACCMODE) == O_RDWR);
    CHECK(dup2(other, 100) == 100 && close(100) == 0 && close(other) == 0 && close(other) == -1 && errno == EBADF);
    CHECK(access("a", R_OK | W_OK) == 0 && access("missing", F_OK) == -1);

    CHECK(rename("a", "b") == 0 && stat("a", &st) == -1 && stat("b", &st) == 0);
    CHECK(link("b", "c") == 0 && stat("c", &st) == 0 && st.st_nlink == 2);
    CHECK(symlink("b", "l") == 0 && lstat("l", &st) == 0 && S_ISLNK(st.st_mode));
    ssize_t length = readlink("l", buffer, sizeof buffer);
    CHECK(length == 1 && buffer[0] == 'b');
    CHECK(stat("l", &st) == 0 && S_ISREG(st.st_mode));
    CHECK(mkdir("d", 0755) == 0 && mkdir("d", 0755) == -1 && errno == EEXIST);
    CHECK(open("d", O_WRONLY) == -1 && errno == EISDIR);
    CHECK(open("b/x", O_RDONLY) == -1 && errno == ENOTDIR);
    int in = open("d", O_RDONLY | O_DIRECTORY);
    int e = openat(in, "e", O_CREAT | O_WRONLY | O_APPEND, 0644);
    CHECK(e >= 0 && write(e, "12", 2) == 2 && lseek(e, 0, SEEK_SET) == 0 && write(e, "34", 2) == 2 && fstat(e, &st) == 0 && st.st_size == 4);
    close(e);
    CHECK(fstatat(in, "e", &st, 0) == 0 && st.st_size == 4 && faccessat(in, "e", R_OK, 0) == 0);
    close(in);
    CHECK(rmdir("d") == -1 && errno == ENOTEMPTY);

    for (int i = 0; i < 40; i++) {
        char name[32];
        snprintf(name, sizeof name, "d/file-%02d-with-a-longer-name", i);
        FILE *f = fopen(name, "w");
        fprintf(f, "%d\n", i * i);
        fclose(f);
    }
    DIR *dir = opendir("d");
    char *names[64];
    int count = 0;
    for (struct dirent *entry; (entry = readdir(dir));)
        if (entry->d_name[0] != '.') names[count++] = strdup(entry->d_name);
    rewinddir(dir);
    CHECK(readdir(dir) != NULL && closedir(dir) == 0);
    qsort(names, (size_t)count, sizeof *names, compare);
    printf("%d entries, %s … %s\n", count, names[0], names[count - 1]);

    FILE *f = fopen("text", "w+");
    for (int i = 0; i < 3000; i++) fprintf(f, "line %d\n", i);
    CHECK(ftell(f) == 28890);
    fseek(f, 0, SEEK_SET);
    char line[64];
    long sum = 0;
    int value, lines = 0;
    while (fgets(line, sizeof line, f)) lines++, sscanf(line, "line %d", &value), sum += value;
    printf("%d lines, sum %ld, eof %d\n", lines, sum, !!feof(f));
    fseek(f, -6, SEEK_END);
    CHECK(fscanf(f, "%d", &value) == 1 && value == 2999);
    CHECK(fileno(f) > 2 && fsync(fileno(f)) == 0 && fclose(f) == 0);
    f = fopen("text", "r");
    CHECK(getc(f) == 'l' && ungetc('L', f) == 'L' && getc(f) == 'L' && fread(line, 1, 10, f) == 10 && fclose(f) == 0);
    CHECK(truncate("text", 5) == 0 && stat("text", &st) == 0 && st.st_size == 5);
    CHECK(fopen("missing/file", "r") == NULL && errno == ENOENT);
    struct timespec times[2] = {{1000000000, 5}, {1100000000, 6}};
    CHECK(utimensat(AT_FDCWD, "text", times, 0) == 0 && stat("text", &st) == 0 && st.st_mtim.tv_sec == 1100000000);
    struct statvfs fs;
    CHECK(statvfs(".", &fs) == 0 && fs.f_bsize > 0);
    CHECK(write(-1, "x", 1) == -1 && errno == EBADF);
    CHECK(write(1, (void *)8, 4) == -1 && errno == EFAULT);

    for (int i = 0; i < count; i++) {
        char name[300];
        snprintf(name, sizeof name, "d/%s", names[i]);
        if (unlink(name)) perror(name);
        free(names[i]);
    }
    CHECK(rmdir("d") == 0 && unlink("b") == 0 && unlink("c") == 0 && unlink("l") == 0 && unlink("text") == 0 && unlink("text") == -1);
    CHECK(chdir("/") == 0 && rmdir(folder) == 0);
    return 0;
}
