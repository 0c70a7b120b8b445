/* The child: the same program, started as `linli picture`. It takes one file, locks itself in, reads it and answers.
 * Whoever takes it over through a fault in a decoder finds a process that may use memory it has, write to one socket,
 * and die. */
#include "core/file.h"
#include "core/file/cage.h"
#include "core/file/picture.h"
#include "core/file/voice.h"
#include "core/sheet/blank.h"
#include "core/sheet/sheet.h"

#include <errno.h>
#include <grp.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define CHILD_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define CHILD_ASAN 1
#endif
#endif

enum {
    MEMORY_MB_MAX = 640, /* 40 megapixels as a progressive JPEG or an interlaced PNG need about half of it */
    CPU_S_MAX = 10,
    NICE = 10,
    NOBODY = 65534,
};

static bool limit(int what, rlim_t most)
{
    struct rlimit now;
    if (getrlimit((__rlimit_resource_t)what, &now) != 0) return false;
    if (now.rlim_max != RLIM_INFINITY && now.rlim_max < most) most = now.rlim_max;
    struct rlimit l = { most, most };
    return setrlimit((__rlimit_resource_t)what, &l) == 0;
}

static bool limit_all(void)
{
#ifdef CHILD_ASAN
    bool memory = true; /* the sanitizer's shadow alone is larger */
#else
    bool memory = limit(RLIMIT_AS, (rlim_t)MEMORY_MB_MAX << 20);
#endif
    return memory && limit(RLIMIT_CPU, CPU_S_MAX) && limit(RLIMIT_NOFILE, 0) && limit(RLIMIT_FSIZE, 0) &&
           limit(RLIMIT_CORE, 0) && limit(RLIMIT_NPROC, 0);
}

/* Not needed for the sandbox to hold, and not possible in every container: so the answers do not
 * count. */
static void drop_root(void)
{
    if (geteuid() != 0) return;
    if (setgroups(0, NULL) != 0) return;
    if (setresgid(NOBODY, NOBODY, NOBODY) != 0) return;
    if (setresuid(NOBODY, NOBODY, NOBODY) != 0) return;
}

/* What malloc, exit and an answer need. Memory is never executable, never a file. */
static bool rules_add(scmp_filter_ctx c)
{
    static const int plain[] = { SCMP_SYS(munmap),    SCMP_SYS(mremap),        SCMP_SYS(brk),
                                 SCMP_SYS(madvise),   SCMP_SYS(futex),         SCMP_SYS(sched_yield),
                                 SCMP_SYS(exit),      SCMP_SYS(exit_group),    SCMP_SYS(rt_sigreturn),
                                 SCMP_SYS(getrandom), SCMP_SYS(clock_gettime), SCMP_SYS(restart_syscall) };
    for (int i = 0; i < COUNT(plain); i++)
        if (seccomp_rule_add(c, SCMP_ACT_ALLOW, plain[i], 0) != 0) return false;
    /* Some builds of the decoders ask the system about the processor; they live with a no. */
    if (seccomp_rule_add(c, SCMP_ACT_ERRNO(EACCES), SCMP_SYS(openat), 0) != 0) return false;
    return seccomp_rule_add(c, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 2, SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0),
                            SCMP_A3(SCMP_CMP_MASKED_EQ, MAP_ANONYMOUS, MAP_ANONYMOUS)) == 0 &&
           seccomp_rule_add(c, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1, SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)) == 0 &&
           seccomp_rule_add(c, SCMP_ACT_ALLOW, SCMP_SYS(write), 1, SCMP_A0(SCMP_CMP_EQ, STDOUT_FILENO)) == 0;
}

bool sandbox_enter(void)
{
    if (prctl(PR_SET_DUMPABLE, 0) != 0) return false;
    drop_root();
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || !limit_all()) return false;
    scmp_filter_ctx c = seccomp_init(SCMP_ACT_KILL_PROCESS);
    if (c == NULL) return false;
    bool ok = seccomp_attr_set(c, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS) == 0 && rules_add(c) &&
              seccomp_load(c) == 0;
    seccomp_release(c);
    return ok;
}

/* ---- talking to the parent
 * ------------------------------------------------------------------------------------ */

static bool read_whole(uint8_t *to, size_t n)
{
    while (n > 0) {
        ssize_t got = read(STDIN_FILENO, to, n);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return false;
        to += got;
        n -= (size_t)got;
    }
    return true;
}

static bool write_whole(const void *from, size_t n)
{
    const uint8_t *p = from;
    while (n > 0) {
        ssize_t done = write(STDOUT_FILENO, p, n);
        if (done < 0 && errno == EINTR) continue;
        if (done <= 0) return false;
        p += done;
        n -= (size_t)done;
    }
    return true;
}

static void put_u32(uint8_t *to, uint64_t n)
{
    for (int i = 0; i < 4; i++)
        to[i] = (uint8_t)(n >> (8 * i));
}

static bool answer(CageKind kind, const CageAnswer *c)
{
    uint8_t head[CAGE_ANSWER_BYTES];
    memcpy(head, cage_magic[kind], 4);
    put_u32(head + 4, c->status);
    put_u32(head + 8, c->type);
    put_u32(head + 12, c->width);
    put_u32(head + 16, c->height);
    put_u32(head + 20, c->main.n);
    put_u32(head + 24, c->thumb.n);
    return write_whole(head, sizeof head) && write_whole(c->main.p, c->main.n) && write_whole(c->thumb.p, c->thumb.n);
}

/* ---- what it can read ---- */

/* Whatever the decoders do once only, they shall do before the door closes. */
static void picture_warm_up(Arena *a)
{
    static uint8_t grey[3 * 8 * 8];
    Pixels px = { 8, 8, 3, grey }, out;
    int orientation;
    Str jpeg = jpeg_encode(a, &px, 50), png = png_encode(a, &px);
    (void)jpeg_decode(a, jpeg, &out, &orientation);
    (void)png_decode(a, png, &out, &orientation);
}

static CageAnswer picture_read(Arena *a, Str bytes)
{
    Picture p = picture_make(a, bytes);
    return (CageAnswer){ .status = p.status,
                         .type = p.type,
                         .width = (uint32_t)p.width,
                         .height = (uint32_t)p.height,
                         .main = p.main,
                         .thumb = p.thumb };
}

/* libxml2's and iconv's tables. */
static void sheet_get_ready(Arena *a)
{
    static const XmlTake nothing;
    (void)a;
    (void)xml_read_text(S("<a/>"), &nothing);
    sheet_warm_up();
}

static CageAnswer sheet_answer(Arena *a, Str bytes)
{
    Sheet *s = sheet_read(a, bytes);
    CageAnswer c = { .status = s->status, .type = s->kind };
    if (s->status != SHEET_OK) return c;
    c.width = (uint32_t)s->n_columns;
    c.height = (uint32_t)(s->n_rows - s->first);
    c.main = sheet_print(a, s);
    if (c.main.n > CAGE_OUT_BYTES_MAX) return (CageAnswer){ .status = SHEET_TOO_LARGE };
    return c;
}

static void nothing_to_get_ready(Arena *a)
{
    (void)a;
}

static CageAnswer blank_made(Arena *a, Str asked)
{
    CageAnswer c = { 0 };
    c.status = blank_answer(a, asked, &c.main);
    return c;
}

static CageAnswer voice_read(Arena *a, Str bytes)
{
    Voice v = voice_make(a, bytes);
    return (CageAnswer){ .status = v.status, .type = v.type, .width = (uint32_t)v.ms, .main = v.bytes };
}

static const struct {
    void (*get_ready)(Arena *a);
    CageAnswer (*read)(Arena *a, Str bytes);
    uint32_t no_sandbox;
} readers[CAGE_KIND_N] = {
    [CAGE_PICTURE] = { picture_warm_up, picture_read, PICTURE_SANDBOX },
    [CAGE_SHEET] = { sheet_get_ready, sheet_answer, SHEET_SANDBOX },
    [CAGE_BLANK] = { nothing_to_get_ready, blank_made, SHEET_SANDBOX },
    [CAGE_VOICE] = { nothing_to_get_ready, voice_read, VOICE_SANDBOX },
};

int picture_child_main(void)
{
    uint8_t ask[CAGE_ASK_BYTES];
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    errno = 0;
    (void)!nice(NICE);
    if (!read_whole(ask, sizeof ask)) return 2;
    int kind = 0;
    while (kind < CAGE_KIND_N && (memcmp(ask, cage_magic[kind], 4) != 0 || readers[kind].read == NULL))
        kind++;
    size_t n = (size_t)ask[4] | (size_t)ask[5] << 8 | (size_t)ask[6] << 16 | (size_t)ask[7] << 24;
    if (kind == CAGE_KIND_N || n > CAGE_IN_BYTES_MAX) return 2;
    Arena *a = arena_new();
    uint8_t *bytes = arena_alloc(a, n + 1);
    if (!read_whole(bytes, n)) return 2;
    readers[kind].get_ready(a);
    CageAnswer c = { .status = readers[kind].no_sandbox };
    if (sandbox_enter()) c = readers[kind].read(a, (Str){ (const char *)bytes, n });
    _exit(answer((CageKind)kind, &c) ? 0 : 3); /* nothing to tidy up, and nothing more is allowed */
}
