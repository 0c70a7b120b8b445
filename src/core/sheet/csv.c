/* RFC 4180, strictly: a quote only opens a field at its beginning and only closes it before a separator or line end. */
#include "core/sheet/sheet.h"

typedef struct Csv {
    Sheet *sheet;
    const char *p, *end;
    char separator;
    Str cells[SHEET_COLUMNS_MAX + 1];
    int n;
} Csv;

/* Outside of quotes, in the first line. */
char csv_separator(Str utf8)
{
    static const char known[] = { ',', ';', '\t' };
    int counts[sizeof known] = { 0 }, best = 0;
    bool quoted = false;
    for (size_t i = 0; i < utf8.n && (quoted || (utf8.p[i] != '\n' && utf8.p[i] != '\r')); i++) {
        if (utf8.p[i] == '"') quoted = !quoted;
        for (int k = 0; k < COUNT(known) && !quoted; k++)
            counts[k] += utf8.p[i] == known[k];
    }
    for (int k = 1; k < COUNT(known); k++)
        if (counts[k] > counts[best]) best = k;
    return known[best];
}

static bool broken(Csv *c, SheetStatus status)
{
    c->sheet->status = status;
    return false;
}

/* The text between the quotes; c->p stands behind the closing one. */
static bool quoted_field(Csv *c, Str *out)
{
    const char *from = ++c->p;
    bool doubled = false;
    for (;; c->p++) {
        c->p = memchr(c->p, '"', (size_t)(c->end - c->p));
        if (c->p == NULL) return broken(c, SHEET_BROKEN);
        if (c->p + 1 == c->end || c->p[1] != '"') break;
        doubled = true;
        c->p++;
    }
    *out = (Str){ from, (size_t)(c->p - from) };
    c->p++;
    if (c->p < c->end && *c->p != c->separator && *c->p != '\n' && *c->p != '\r') return broken(c, SHEET_BROKEN);
    if (!doubled) return true;
    char *to = arena_alloc(c->sheet->arena, out->n + 1);
    size_t n = 0;
    for (size_t i = 0; i < out->n; i++) {
        to[n++] = out->p[i];
        if (out->p[i] == '"') i++;
    }
    *out = (Str){ to, n };
    return true;
}

static bool plain_field(Csv *c, Str *out)
{
    const char *from = c->p;
    while (c->p < c->end && *c->p != c->separator && *c->p != '\n' && *c->p != '\r') {
        if (*c->p == '"') return broken(c, SHEET_BROKEN);
        c->p++;
    }
    *out = (Str){ from, (size_t)(c->p - from) };
    return true;
}

/* One record, up to behind its line end. */
static bool record(Csv *c, int64_t n)
{
    c->n = 0;
    for (;;) {
        Str field = S("");
        bool quoted = c->p < c->end && *c->p == '"';
        if (!(quoted ? quoted_field(c, &field) : plain_field(c, &field))) return false;
        if (c->n <= SHEET_COLUMNS_MAX)
            c->cells[c->n++] = field;
        else if (field.n > 0)
            return broken(c, SHEET_TOO_MANY_COLUMNS);
        if (c->p == c->end || *c->p != c->separator) break;
        c->p++;
    }
    if (c->p < c->end && *c->p == '\r') c->p++;
    if (c->p < c->end && *c->p == '\n') c->p++;
    return sheet_add_row(c->sheet, n, c->cells, c->n);
}

void csv_read(Sheet *s, Str utf8, char separator)
{
    Csv c = { .sheet = s, .p = utf8.p, .end = utf8.p + utf8.n, .separator = separator };
    if (memchr(utf8.p, 0, utf8.n) != NULL) {
        s->status = SHEET_NOT;
        return;
    }
    for (int64_t n = 1; c.p < c.end; n++)
        if (!record(&c, n)) return;
}
