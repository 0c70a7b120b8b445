/* One parcel as one file for gammu-smsd (its "files" service), which sends it through a modem of the house:
 * OUT<priority><date>_<time>_<serial>_<recipient>_<note>.txt, see gammu-smsd-files(7). */
#include "port/deliver/deliver.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

enum { NOTE_CHARS = 16 };

Str sms_name(Arena *a, Str to, Str id, int64_t at, bool urgent)
{
    Civil t = time_civil(at, 0);
    Str note = hash_hex(a, hash_one(id));
    return arena_fmt(a, "OUT%c%04d%02d%02d_%02d%02d%02d_00_%.*s_%.*s.txt", urgent ? 'A' : 'M', t.year, t.month, t.day,
                     t.hour, t.minute, t.second, STR_ARG(to), NOTE_CHARS, note.p);
}

static void put16(Buf *out, int32_t unit)
{
    buf_char(out, (char)(unit >> 8));
    buf_char(out, (char)unit);
}

/* With a byte order mark, for else the daemon reads it in whatever its own locale is. */
Str sms_utf16(Arena *a, Str text)
{
    Buf out = buf_new(a, text.n * 2 + 4);
    put16(&out, 0xfeff);
    for (int32_t c; (c = utf8_next(&text)) >= 0;) {
        if (c >= 0x10000) put16(&out, 0xd800 + ((c - 0x10000) >> 10));
        put16(&out, c >= 0x10000 ? 0xdc00 + ((c - 0x10000) & 0x3ff) : c);
    }
    return (Str){ out.p, out.n };
}

static bool number_valid(Str to)
{
    size_t digits = to.n > 0 && to.p[0] == '+' ? 1 : 0;
    if (to.n - digits < 5 || to.n > 20) return false;
    for (size_t i = digits; i < to.n; i++)
        if (to.p[i] < '0' || to.p[i] > '9') return false;
    return true;
}

static bool write_whole(int fd, Str bytes)
{
    while (bytes.n > 0) {
        ssize_t done = write(fd, bytes.p, bytes.n);
        if (done < 0 && errno == EINTR) continue;
        if (done <= 0) return false;
        bytes = (Str){ bytes.p + done, bytes.n - (size_t)done };
    }
    return fsync(fd) == 0;
}

/* Whole or not at all: the daemon looks for OUT*, so the name comes last, and stays through a power cut. */
static bool put_file(Arena *a, const char *dir, Str name, Str bytes)
{
    int folder = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0) return false;
    const char *beside = arena_fmt(a, "linli-%.*s.part", STR_ARG(name)).p;
    int fd = openat(folder, beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0660);
    bool ok = fd >= 0 && write_whole(fd, bytes);
    if (fd >= 0) ok = close(fd) == 0 && ok;
    ok = ok && renameat(folder, beside, folder, arena_c(a, name)) == 0 && fsync(folder) == 0;
    if (!ok && fd >= 0) unlinkat(folder, beside, 0);
    close(folder);
    return ok;
}

/* The name is of the event and the row, not of the hour: a repeat that nobody has picked up yet is the same file. */
void sms_send(void *self, Parcel *p, const atomic_bool *ending)
{
    const Deliver *d = self;
    (void)ending;
    if (!number_valid(p->to)) {
        p->outcome = REFUSED;
        snprintf(p->code, sizeof p->code, "number_bad");
        return;
    }
    Str name = sms_name(p->arena, p->to, p->id, id_time(p->event), p->urgent);
    bool ok = put_file(p->arena, d->sms_dir, name, sms_utf16(p->arena, p->text));
    p->outcome = ok ? DELIVERED : FAILED;
    if (!ok) snprintf(p->code, sizeof p->code, "sms_folder");
}
