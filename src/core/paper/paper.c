/* Both sides of the child that draws. */
#include "core/paper/paper.h"

#include "core/file/cage.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

enum { STATUS_OK, STATUS_FAILED, STATUS_FONTS };

/* One at a time: a paper keeps a reader's thread waiting, and there are two of those. */
static atomic_flag making = ATOMIC_FLAG_INIT;

Fail paper_make(Arena *a, const char *exe, const json_t *document, Str *pdf)
{
    Fail busy = fail(ERR_BUSY, "busy");
    busy.retry_s = 3;
    if (atomic_flag_test_and_set(&making)) return busy;
    CageAnswer c =
        cage_run(a, exe != NULL ? exe : "/proc/self/exe", "paper", CAGE_PAPER, json_print(a, document), PAPER_WALL_MS);
    atomic_flag_clear(&making);
    if (!c.started) return busy;
    if (c.whole && c.status == STATUS_FONTS) return fail(ERR_INTERNAL, "fonts_missing");
    if (!c.whole || c.status != STATUS_OK || !str_starts(c.main, S("%PDF-"))) return fail(ERR_INTERNAL, "paper_failed");
    *pdf = c.main;
    return FAIL_NONE;
}

/* ---- the child ---- */

static bool all_of(bool reading, uint8_t *p, size_t n)
{
    while (n > 0) {
        ssize_t done = reading ? read(STDIN_FILENO, p, n) : write(STDOUT_FILENO, p, n);
        if (done < 0 && errno == EINTR) continue;
        if (done <= 0) return false;
        p += done;
        n -= (size_t)done;
    }
    return true;
}

static void limit(int what, rlim_t most)
{
    (void)setrlimit((__rlimit_resource_t)what, &(struct rlimit){ most, most });
}

static bool answer(uint32_t status, Str pdf)
{
    uint8_t head[CAGE_ANSWER_BYTES] = { 0 };
    memcpy(head, cage_magic[CAGE_PAPER], 4);
    for (int i = 0; i < 4; i++) {
        head[4 + i] = (uint8_t)(status >> (8 * i));
        head[20 + i] = (uint8_t)(pdf.n >> (8 * i));
    }
    return all_of(false, head, sizeof head) && all_of(false, (uint8_t *)(uintptr_t)pdf.p, pdf.n);
}

int paper_child_main(void)
{
    uint8_t ask[CAGE_ASK_BYTES];
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    limit(RLIMIT_CPU, PAPER_WALL_MS / 1000);
    limit(RLIMIT_FSIZE, 0);
    limit(RLIMIT_CORE, 0);
    if (!all_of(true, ask, sizeof ask) || memcmp(ask, cage_magic[CAGE_PAPER], 4) != 0) return 2;
    size_t n = (size_t)ask[4] | (size_t)ask[5] << 8 | (size_t)ask[6] << 16 | (size_t)ask[7] << 24;
    if (n > CAGE_IN_BYTES_MAX) return 2;
    Arena *a = arena_new();
    char *bytes = arena_alloc(a, n + 1);
    if (!all_of(true, (uint8_t *)bytes, n)) return 2;
    Fail f = FAIL_NONE;
    Str pdf = S("");
    const json_t *document = json_read(a, (Str){ bytes, n }, &f);
    if (f.err == OK) f = paper_draw(a, document, &pdf);
    bool fonts = f.err != OK && f.code != NULL && strcmp(f.code, "fonts_missing") == 0;
    _exit(answer(f.err == OK ? STATUS_OK : fonts ? STATUS_FONTS : STATUS_FAILED, pdf) ? 0 : 3);
}
