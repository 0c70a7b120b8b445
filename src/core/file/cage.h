/* cage: what strangers made is read in a child process that may use memory it has, write to one socket, and die. One
 * hidden subcommand, `linli picture`, reads pictures, sheets and voice notes; what it is asked for stands in its
 * question. Papers are drawn by a subcommand of their own (core/paper), which is asked and answers in the same way. */
#ifndef LINLI_CAGE_H
#define LINLI_CAGE_H

#include "base/base.h"

typedef enum CageKind { CAGE_PICTURE, CAGE_SHEET, CAGE_VOICE, CAGE_PAPER, CAGE_BLANK, CAGE_KIND_N } CageKind;

enum {
    CAGE_IN_BYTES_MAX = 12 * 1024 * 1024,
    CAGE_OUT_BYTES_MAX = 16 * 1024 * 1024,
    CAGE_WALL_MS = 20 * 1000,
    CAGE_ASK_BYTES = 8,     /* magic of the kind, length; numbers are little-endian */
    CAGE_ANSWER_BYTES = 28, /* magic, status, type, width, height, length of main, of thumb */
};

typedef struct CageAnswer { /* to be checked like any other input from outside */
    bool started;           /* false: no child could be had */
    bool whole;             /* false: it died, took too long, or talked nonsense */
    uint32_t status, type, width, height;
    Str main, thumb;
} CageAnswer;

/* `exe command`, input and output through a socket on its stdin and stdout, killed after wall_ms. */
CageAnswer cage_run(Arena *a, const char *exe, const char *command, CageKind kind, Str bytes, int wall_ms);
void cage_log_no_sandbox(void);

extern const char cage_magic[CAGE_KIND_N][5];

/* Limits and seccomp; false: not to be had, read nothing. After it only memory, and writing to stdout. */
bool sandbox_enter(void);

#endif
