// Pipes, poll, select, fork, wait4, exec of what is not there, socket pairs, eventfd.
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define CHECK(condition) printf("%s %s\n", (condition) ? "ok  " : "FAIL", #condition)

int main(void) {
    setvbuf(stdout, NULL, _IOLBF, 0);
    int ends[2];
    char buffer[64] = {0};
    CHECK(pipe(ends) == 0);
    struct pollfd poller = {ends[0], POLLIN, 0};
    CHECK(poll(&poller, 1, 0) == 0);
    CHECK(poll(&poller, 1, 5) == 0);
    CHECK(write(ends[1], "ping", 4) == 4);
    CHECK(poll(&poller, 1, -1) == 1 && poller.revents == POLLIN);
    fd_set set;
    FD_ZERO(&set);
    FD_SET(ends[0], &set);
    struct timeval wait = {1, 0};
    CHECK(select(ends[0] + 1, &set, NULL, NULL, &wait) == 1 && FD_ISSET(ends[0], &set));
    CHECK(read(ends[0], buffer, sizeof buffer) == 4 && !strcmp(buffer, "ping"));
    CHECK(fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0 && read(ends[0], buffer, 1) == -1 && errno == EAGAIN);
    CHECK(fcntl(ends[0], F_SETFL, 0) == 0);
    fflush(stdout);

    pid_t child = fork();
    if (child == 0) {
        close(ends[0]);
        for (int i = 0; i < 5; i++) dprintf(ends[1], "message %d\n", i);
        _exit(17);
    }
    close(ends[1]);
    FILE *in = fdopen(ends[0], "r");
    while (fgets(buffer, sizeof buffer, in)) printf("from the child: %s", buffer);
    fclose(in);
    int status;
    struct rusage usage;
    CHECK(wait4(child, &status, 0, &usage) == child && WIFEXITED(status) && WEXITSTATUS(status) == 17);
    fflush(stdout);

    child = fork();
    if (child == 0) {
        for (;;) pause();
    }
    CHECK(waitpid(child, &status, WNOHANG) == 0);
    CHECK(kill(child, SIGKILL) == 0 && waitpid(child, &status, 0) == child && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    CHECK(kill(child, 0) == -1 && errno == ESRCH);
    CHECK(waitpid(-1, &status, 0) == -1 && errno == ECHILD);
    fflush(stdout);

    child = fork();
    if (child == 0) {
        volatile int *nowhere = (int *)8;
        *nowhere = 1;
        _exit(0);
    }
    CHECK(waitpid(child, &status, 0) == child && WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
    fflush(stdout);

    // Memory is the child's own after a fork; shared file positions are not.
    static int value = 1;
    child = fork();
    if (child == 0) {
        value = 2;
        pid_t grandchild = fork();
        if (grandchild == 0) _exit(value + 40);
        waitpid(grandchild, &status, 0);
        _exit(WEXITSTATUS(status) + value);
    }
    CHECK(waitpid(child, &status, 0) == child && WEXITSTATUS(status) == 44 && value == 1);
    CHECK(getpid() > 0 && getppid() > 0 && getpgid(0) > 0);

    int pair[2];
    CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0 && send(pair[0], "abc", 3, 0) == 3 && recv(pair[1], buffer, 8, 0) == 3);
    CHECK(shutdown(pair[0], SHUT_WR) == 0 && recv(pair[1], buffer, 8, 0) == 0 && close(pair[0]) == 0 && close(pair[1]) == 0);
    int event = eventfd(3, EFD_CLOEXEC);
    unsigned long count = 4;
    CHECK(write(event, &count, 8) == 8 && read(event, &count, 8) == 8 && count == 7 && close(event) == 0);
    char *arguments[] = {"missing", NULL};
    CHECK(execv("/nonexistent/missing", arguments) == -1 && errno == ENOENT);
    signal(SIGPIPE, SIG_IGN);
    CHECK(pipe(ends) == 0 && close(ends[0]) == 0 && write(ends[1], "x", 1) == -1 && errno == EPIPE);
    fflush(stdout);
    return 0;
}
