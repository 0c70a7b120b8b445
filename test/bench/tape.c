#include "tape.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static void stop(const char *what)
{
    fprintf(stderr, "tape: %s\n", what);
    exit(1);
}

void tape_open(Tape *t, const char *path)
{
    memset(t, 0, sizeof *t);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) != 0 || st.st_size == 0) stop("cannot be opened, or is empty");
    char *p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);
    if (p == MAP_FAILED) stop("cannot be mapped");
    close(fd);
    t->at = p;
    t->end = p + st.st_size;
}

static const char *take(Tape *t, size_t n)
{
    if ((size_t)(t->end - t->at) < n) stop("ends in the middle");
    const char *p = t->at;
    t->at += n;
    return p;
}

static uint32_t number(Tape *t)
{
    uint32_t n;
    memcpy(&n, take(t, sizeof n), sizeof n);
    return n;
}

static void statement(Tape *t)
{
    uint32_t id = number(t), n = number(t);
    if (id >= TAPE_STATEMENTS_MAX) stop("too many statements");
    TapeStatement *s = &t->statements[id];
    s->sql = strndup(take(t, n), n);
    s->types_n = (int)number(t);
    if (s->types_n > TAPE_VALUES_MAX) stop("too many values");
    for (int i = 0; i < s->types_n; i++)
        s->types[i] = number(t);
    if ((int)id >= t->statements_n) t->statements_n = (int)id + 1;
}

bool tape_next(Tape *t)
{
    while (t->at < t->end) {
        char kind = *take(t, 1);
        if (kind == 'C') continue;
        if (kind == 'S') {
            statement(t);
            continue;
        }
        if (kind != 'X') stop("an unknown mark");
        t->statement = (int)number(t);
        t->values_n = (int)number(t);
        if (t->statement >= t->statements_n || t->values_n > TAPE_VALUES_MAX) stop("a row that cannot be");
        for (int i = 0; i < t->values_n; i++) {
            char type = *take(t, 1);
            int bytes = (int)number(t);
            t->values[i] = (TapeValue){ type, bytes, take(t, (size_t)bytes) };
        }
        return true;
    }
    return false;
}

bool tape_begins_command(const Tape *t)
{
    return strncmp(t->statements[t->statement].sql, "INSERT INTO event ", 18) == 0;
}

TapeClock tape_clock(void)
{
    struct timespec now;
    struct rusage used;
    clock_gettime(CLOCK_MONOTONIC, &now);
    getrusage(RUSAGE_SELF, &used);
    return (TapeClock){ (double)now.tv_sec + (double)now.tv_nsec / 1e9,
                        (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
                            (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6 };
}

void tape_report(const char *name, TapeClock from, long commands, long rows, long commits)
{
    TapeClock to = tape_clock();
    double wall = to.wall_s - from.wall_s, cpu = to.cpu_s - from.cpu_s;
    printf("{\"name\":\"%s\",\"commands\":%ld,\"rows\":%ld,\"commits\":%ld,\"seconds\":%.6f,\"cpu_us\":%.3f}\n", name,
           commands, rows, commits, wall, commands > 0 ? cpu * 1e6 / (double)commands : 0);
}
