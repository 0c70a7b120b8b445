#include "core/log/erasures.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILE_MAX = 256 * 1024 * 1024 }; /* a million erasures */

struct Erasures {
    int fd;
    const char *file;
};

static Fail file_fail(const char *log)
{
    Fail f = errno == ENOSPC || errno == EDQUOT ? fail(ERR_FULL, "disk_full") : fail(ERR_INTERNAL, "erasures_file");
    f.log = log;
    return f;
}

static void close_file(void *self)
{
    close(((Erasures *)self)->fd);
}

static Fail append(Erasures *e, Str text)
{
    while (text.n > 0) {
        ssize_t n = write(e->fd, text.p, text.n);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return file_fail("the list of erasures cannot be written");
        text = (Str){ text.p + n, text.n - (size_t)n };
    }
    return fdatasync(e->fd) == 0 ? FAIL_NONE : file_fail("the list of erasures cannot be synced");
}

static bool sync_folder_of(Arena *a, const char *file)
{
    const char *slash = strrchr(file, '/');
    const char *folder = slash == NULL ? "." : arena_c(a, (Str){ file, (size_t)(slash - file) + 1 });
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool ok = fd >= 0 && fsync(fd) == 0;
    if (fd >= 0) close(fd);
    return ok;
}

Erasures *erasures_open(Arena *a, const char *file, Fail *f)
{
    Erasures *e = arena_new_of(a, Erasures);
    *e = (Erasures){ .fd = open(file, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600), .file = file };
    *f = e->fd >= 0 ? FAIL_NONE : file_fail("the list of erasures cannot be opened");
    if (e->fd < 0) return NULL;
    arena_defer(a, close_file, e);
    struct stat st;
    char last = '\n';
    if (fstat(e->fd, &st) != 0 || (st.st_size > 0 && pread(e->fd, &last, 1, st.st_size - 1) != 1))
        *f = file_fail("the list of erasures cannot be read");
    if (f->err == OK && last != '\n') *f = append(e, S("\n")); /* a crash has cut the last line */
    if (f->err == OK && st.st_size == 0 && !sync_folder_of(a, file)) *f = file_fail("a folder cannot be synced");
    return f->err == OK ? e : NULL;
}

Fail erasures_note(Erasures *e, const Event *v)
{
    Arena *a = arena_new();
    Fail f = append(e, arena_fmt(a, "erase %.*s %lld %.*s %.*s %.*s\n", STR_ARG(v->community), (long long)v->seq,
                                 STR_ARG(v->id), STR_ARG(v->matter), STR_ARG(v->type)));
    arena_free(a);
    return f;
}

Fail erasures_note_revoked(Erasures *e, Str community, Str token)
{
    Arena *a = arena_new();
    Fail f = append(e, arena_fmt(a, "revoke %.*s %.*s\n", STR_ARG(community), STR_ARG(token)));
    arena_free(a);
    return f;
}

ErasureLine erasure_read(Str line, Erasure *out)
{
    *out = (Erasure){ 0 };
    if (str_is(line, "settled")) return ERASURE_SETTLED;
    Str kind = str_cut(&line, ' ');
    if (str_is(kind, "void")) {
        out->event = line;
        return id_valid(line) ? ERASURE_VOID : ERASURE_NONE;
    }
    if (str_is(kind, "revoke")) {
        out->community = str_cut(&line, ' ');
        out->matter = line;
        return out->community.n > 0 && id_valid(line) ? ERASURE_REVOKE : ERASURE_NONE;
    }
    if (!str_is(kind, "erase")) return ERASURE_NONE;
    out->community = str_cut(&line, ' ');
    Str seq = str_cut(&line, ' ');
    out->event = str_cut(&line, ' ');
    out->matter = str_cut(&line, ' ');
    out->type = line;
    bool fine = out->community.n > 0 && str_to_i64(seq, &out->seq) && out->seq > 0 && id_valid(out->event) &&
                id_valid(out->matter) && out->type.n > 0 && str_find(out->type, S(" ")) < 0;
    return fine ? ERASURE_ERASE : ERASURE_NONE;
}

static Fail read_file(Arena *a, const char *file, Str *text)
{
    int fd = open(file, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return errno == ENOENT ? fail(ERR_NOT_FOUND, "erasures_missing") : file_fail("it cannot be opened");
    struct stat st;
    Fail f = fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size <= FILE_MAX
                 ? FAIL_NONE
                 : fail_field(ERR_TOO_LARGE, "erasures_too_large", "", FILE_MAX);
    size_t n = f.err == OK ? (size_t)st.st_size : 0, got = 0;
    char *p = arena_alloc(a, n + 1);
    while (f.err == OK && got < n) {
        ssize_t more = read(fd, p + got, n - got);
        if (more < 0 && errno == EINTR) continue;
        if (more <= 0) break;
        got += (size_t)more;
    }
    close(fd);
    *text = (Str){ p, got };
    return f;
}

Fail erasures_load(Arena *a, const char *file, Erasure **list, int *n, int *revoked)
{
    Str text = S("");
    *n = *revoked = 0;
    Fail f = read_file(a, file, &text);
    if (f.err != OK) return f;
    int lines = 1;
    for (size_t i = 0; i < text.n; i++)
        lines += text.p[i] == '\n';
    *list = arena_array(a, Erasure, lines);
    Map *voids = map_new(a, 64);
    Erasure e;
    for (Str rest = text; rest.n > 0;)
        if (erasure_read(str_cut(&rest, '\n'), &e) == ERASURE_VOID) map_put(voids, e.event, voids);
    for (Str rest = text; rest.n > 0;)
        if (erasure_read(str_cut(&rest, '\n'), &e) == ERASURE_ERASE && map_get(voids, e.event) == NULL)
            (*list)[(*n)++] = e;
    for (Str rest = text; rest.n > 0;)
        if (erasure_read(str_cut(&rest, '\n'), &e) == ERASURE_REVOKE) (*list)[*n + (*revoked)++] = e;
    return FAIL_NONE;
}

Fail erasures_settle(Erasures *e, Db *db)
{
    Arena *a = arena_new();
    Str text = S("");
    Fail f = read_file(a, e->file, &text);
    Erasure one;
    Str open = text; /* what stands behind the last "settled" */
    for (Str rest = text; rest.n > 0;)
        if (erasure_read(str_cut(&rest, '\n'), &one) == ERASURE_SETTLED) open = rest;
    Buf out = buf_new(a, 256);
    int looked = 0;
    while (f.err == OK && open.n > 0) {
        if (erasure_read(str_cut(&open, '\n'), &one) != ERASURE_ERASE) continue;
        DbRows *r = db_query(db, a, "SELECT id FROM event WHERE community = $1 AND seq = $2", "sl", "s",
                             ARGS(TXT(one.community), NUM(one.seq)), &f);
        bool there = f.err == OK && r->rows == 1 && str_eq(db_text(r, 0, 0), one.event);
        if (f.err == OK && !there) buf_fmt(&out, "void %.*s\n", STR_ARG(one.event));
        looked++;
    }
    buf_c(&out, "settled\n");
    if (f.err == OK && looked > 0) f = append(e, buf_str(&out));
    arena_free(a);
    return f;
}
