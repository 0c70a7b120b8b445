#include "mod/calendar/ical.h"

/* How many bytes of s go onto a line that has room for so many, without cutting a character in two. */
static size_t fits(Str s, size_t room)
{
    size_t n = s.n < room ? s.n : room;
    while (n < s.n && n > 0 && ((unsigned char)s.p[n] & 0xc0) == 0x80)
        n--;
    return n;
}

void ical_line(Buf *out, const char *name, Str value)
{
    Str line = arena_fmt(out->arena, "%s:%.*s", name, STR_ARG(value));
    size_t room = ICAL_LINE_OCTETS;
    while (line.n > room) {
        size_t n = fits(line, room);
        buf_add(out, (Str){ line.p, n });
        buf_c(out, "\r\n ");
        line = (Str){ line.p + n, line.n - n };
        room = ICAL_LINE_OCTETS - 1; /* the blank counts */
    }
    buf_add(out, line);
    buf_c(out, "\r\n");
}

void ical_text(Buf *out, const char *name, Str text)
{
    Buf escaped = buf_new(out->arena, text.n + 16);
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        if (c == '\n') {
            buf_c(&escaped, "\\n");
        } else if ((unsigned char)c >= ' ' && c != 0x7f) {
            if (c == '\\' || c == ';' || c == ',') buf_char(&escaped, '\\');
            buf_char(&escaped, c);
        }
    }
    ical_line(out, name, buf_str(&escaped));
}

void ical_time(Buf *out, const char *name, int64_t ms)
{
    Civil t = time_civil(ms, 0);
    ical_line(out, name,
              arena_fmt(out->arena, "%04d%02d%02dT%02d%02d%02dZ", t.year, t.month, t.day, t.hour, t.minute, t.second));
}
