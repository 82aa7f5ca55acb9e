// Copies stdin to stdout and counts lines on the way; the count is the exit status.
#include <stdio.h>
#include <unistd.h>

int main(void) {
    char buffer[512];
    int lines = 0;
    ssize_t size;
    while ((size = read(0, buffer, sizeof buffer)) > 0) {
        for (ssize_t i = 0; i < size; i++) lines += buffer[i] == '\n';
        for (ssize_t done = 0; done < size;) done += write(1, buffer + done, (size_t)(size - done));
    }
    printf("%d lines\n", lines);
    return lines;
}
