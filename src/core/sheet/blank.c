/* See blank.h. The XML is not rebuilt but edited in place: whoever wrote it, Excel, WPS or a script, gets back what
 * they wrote. Where the text is not as such programs write it, nothing is found, and that is said. */
#include "core/sheet/blank.h"

#include "core/file/cage.h"
#include "core/sheet/zip_out.h"

typedef struct Blank {
    Arena *arena;
    Zip *zip;
    ZipMember members[SHEET_MEMBERS_MAX];
    int n;
    int64_t left;      /* of BLANK_XML_MAX */
    SheetStatus status;
    Str *strings;      /* names in the shared strings, "" for those that are none */
    int n_strings;
    Map *values;       /* name to Str *; NULL while looking for names */
    Map *seen;
    Buf names;
    int n_names;
} Blank;

/* ---- members ---- */

typedef struct Part {
    Blank *b;
    Buf text;
} Part;

static bool take_part(void *self, const char *p, size_t n)
{
    Part *r = self;
    r->b->left -= (int64_t)n;
    if (r->b->left < 0) return false;
    buf_add(&r->text, (Str){ p, n });
    return true;
}

static Str read_part(Blank *b, Str name)
{
    Part r = { b, buf_new(b->arena, 16 * 1024) };
    SheetStatus status;
    if (!zip_read(b->zip, arena_c(b->arena, name), take_part, &r, &status)) {
        b->status = b->left < 0 ? SHEET_TOO_LARGE : status;
        return S("");
    }
    return buf_str(&r.text);
}

static bool holds(Str text, const char *what)
{
    return str_find(text, str_c(what)) >= 0;
}

/* Macros, other files inside, data from elsewhere. */
static bool name_is_active(Str name)
{
    static const char *const active[] = { "vbaProject", "macrosheets", "externalLink", "embeddings", "activeX",
                                          "connections.xml", "queryTables", "ctrlProps", ".exe", ".dll" };
    for (int i = 0; i < COUNT(active); i++)
        if (holds(name, active[i])) return true;
    return false;
}

static bool text_is_active(Str name, Str text)
{
    if (holds(text, "<!DOCTYPE") || holds(text, "<!ENTITY")) return true;
    if (str_is(name, "[Content_Types].xml") && holds(text, "macroEnabled")) return true;
    return str_ends(name, S(".rels")) && holds(text, "TargetMode=\"External\"");
}

/* Only as a text that is UTF-8 can a part be looked through for what it must not say. */
static bool is_plain_xml(Str text)
{
    if (str_starts(text, S("\xEF\xBB\xBF"))) text = (Str){ text.p + 3, text.n - 3 };
    bool other = holds((Str){ text.p, text.n < 200 ? text.n : 200 }, "encoding=") &&
                 !holds((Str){ text.p, text.n < 200 ? text.n : 200 }, "encoding=\"UTF-8\"") &&
                 !holds((Str){ text.p, text.n < 200 ? text.n : 200 }, "encoding=\"utf-8\"");
    return text.n > 0 && text.p[0] == '<' && !other && memchr(text.p, 0, text.n) == NULL && utf8_valid(text);
}

static bool is_xml(Str name)
{
    return str_ends(name, S(".xml")) || str_ends(name, S(".rels")) || str_ends(name, S(".vml"));
}

static void check_members(Blank *b)
{
    bool workbook = false;
    for (int i = 0; i < b->n && b->status == SHEET_OK; i++) {
        Str name = b->members[i].name;
        workbook = workbook || str_is(name, "xl/workbook.xml");
        for (int k = 0; k < i && b->status == SHEET_OK; k++)
            if (str_eq(name, b->members[k].name)) b->status = SHEET_BROKEN;
        if (name_is_active(name)) b->status = SHEET_FORBIDDEN;
        if (b->status != SHEET_OK || !is_xml(name)) continue;
        Str text = read_part(b, name);
        if (b->status == SHEET_OK && !is_plain_xml(text)) b->status = SHEET_BROKEN;
        if (b->status == SHEET_OK && text_is_active(name, text)) b->status = SHEET_FORBIDDEN;
    }
    if (b->status == SHEET_OK && !workbook) b->status = SHEET_NOT;
}

/* ---- names in cells ---- */

/* "{{closed}}" gives "closed", anything else "". */
static Str name_in(Str text)
{
    text = str_trim(text);
    if (text.n < 5 || text.n > BLANK_NAME_BYTES_MAX || !str_starts(text, S("{{")) || !str_ends(text, S("}}")))
        return S("");
    Str name = str_trim((Str){ text.p + 2, text.n - 4 });
    for (size_t i = 0; i < name.n; i++) {
        char c = name.p[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '@' || c == '#' ||
                     c == '-';
        if (!plain) return S("");
    }
    return name;
}

/* The next element of this name from *at on: its whole text, its tag, what is in it. False at the end. */
typedef struct Element {
    size_t from, until;
    Str tag, body;
} Element;

static bool next_element(Str text, size_t *at, const char *open, const char *close, Element *e)
{
    size_t n = strlen(open);
    for (size_t i = *at; i + n < text.n; i++) {
        const char *found = memmem(text.p + i, text.n - i, open, n);
        if (found == NULL) return false;
        i = (size_t)(found - text.p);
        char after = i + n < text.n ? text.p[i + n] : 0;
        if (after != ' ' && after != '>' && after != '/' && after != '\n' && after != '\r' && after != '\t') continue;
        const char *end = memchr(found, '>', text.n - i);
        if (end == NULL) return false;
        size_t tag = (size_t)(end - found) + 1;
        *e = (Element){ i, i + tag, { found, tag }, { end + 1, 0 } };
        if (end[-1] != '/') {
            int64_t body = str_find((Str){ end + 1, text.n - i - tag }, str_c(close));
            if (body < 0) return false;
            e->body.n = (size_t)body;
            e->until = i + tag + (size_t)body + strlen(close);
        }
        *at = e->until;
        return true;
    }
    return false;
}

static Str texts_in(Arena *a, Str body)
{
    Buf b = buf_new(a, 64);
    Element t;
    for (size_t at = 0; next_element(body, &at, "<t", "</t>", &t);)
        buf_add(&b, t.body);
    return buf_str(&b);
}

static void read_strings(Blank *b)
{
    if (!zip_has(b->zip, "xl/sharedStrings.xml")) return;
    Str text = read_part(b, S("xl/sharedStrings.xml"));
    Element si;
    int n = 0;
    for (size_t at = 0; next_element(text, &at, "<si", "</si>", &si);)
        n++;
    b->strings = arena_array(b->arena, Str, n + 1);
    for (size_t at = 0; next_element(text, &at, "<si", "</si>", &si);)
        b->strings[b->n_strings++] = si.body.n < 4096 ? name_in(texts_in(b->arena, si.body)) : S("");
}

/* ` t="s"`: the value, and where it stands with the blank before it. */
static bool attribute(Str tag, char name, Str *value, size_t *from, size_t *until)
{
    for (size_t i = 1; i + 4 < tag.n; i++) {
        bool here = (tag.p[i - 1] == ' ' || tag.p[i - 1] == '\n') && tag.p[i] == name && tag.p[i + 1] == '=' &&
                    tag.p[i + 2] == '"';
        const char *end = here ? memchr(tag.p + i + 3, '"', tag.n - i - 3) : NULL;
        if (end == NULL) continue;
        *value = (Str){ tag.p + i + 3, (size_t)(end - tag.p) - i - 3 };
        *from = i - 1;
        *until = (size_t)(end - tag.p) + 1;
        return true;
    }
    return false;
}

static Str name_of_cell(const Blank *b, const Element *c, size_t *from, size_t *until)
{
    Str type;
    int64_t index;
    size_t at = 0;
    Element v;
    if (!attribute(c->tag, 't', &type, from, until)) return S("");
    if (str_is(type, "inlineStr")) return c->body.n < 4096 ? name_in(texts_in(b->arena, c->body)) : S("");
    if (!str_is(type, "s") || !next_element(c->body, &at, "<v", "</v>", &v)) return S("");
    bool known = str_to_i64(v.body, &index) && index >= 0 && index < b->n_strings;
    return known ? b->strings[index] : S("");
}

static void hear(Blank *b, Str name)
{
    if (map_get(b->seen, name) != NULL) return;
    if (++b->n_names > BLANK_NAMES_MAX) {
        b->status = SHEET_TOO_LARGE;
        return;
    }
    map_put(b->seen, name, b);
    buf_add(&b->names, name);
    buf_char(&b->names, '\n');
}

/* Tag and style stay, the type goes, the value comes. */
static void put_value(Buf *out, const Element *c, size_t from, size_t until, Str value)
{
    int64_t number;
    bool plain = str_to_i64(value, &number);
    buf_add(out, (Str){ c->tag.p, from });
    if (!plain) buf_c(out, " t=\"str\"");
    buf_add(out, (Str){ c->tag.p + until, c->tag.n - until });
    buf_fmt(out, "<v>%.*s</v></c>", STR_ARG(value));
}

/* True if anything changed. */
static bool fill_sheet(Blank *b, Str text, Buf *out)
{
    size_t copied = 0, at = 0, from, until;
    bool changed = false;
    Element c;
    while (b->status == SHEET_OK && next_element(text, &at, "<c", "</c>", &c)) {
        Str name = name_of_cell(b, &c, &from, &until);
        if (name.n == 0) continue;
        hear(b, name);
        const Str *value = b->values != NULL ? map_get(b->values, name) : NULL;
        if (value == NULL) continue;
        buf_add(out, (Str){ text.p + copied, c.from - copied });
        put_value(out, &c, from, until, *value);
        copied = c.until;
        changed = true;
    }
    buf_add(out, (Str){ text.p + copied, text.n - copied });
    return changed;
}

/* Formulas over what was filled in hold what they gave before. */
static bool ask_recalculation(Str text, Buf *out)
{
    int64_t at = str_find(text, S("<calcPr "));
    if (at < 0 || holds(text, "fullCalcOnLoad")) return false;
    buf_add(out, (Str){ text.p, (size_t)at + 8 });
    buf_c(out, "fullCalcOnLoad=\"1\" ");
    buf_add(out, (Str){ text.p + at + 8, text.n - (size_t)at - 8 });
    return true;
}

/* ---- the whole ---- */

/* Nothing that means something in XML. */
static bool is_plain_value(Str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!(s.p[i] >= '0' && s.p[i] <= '9') && s.p[i] != '-' && s.p[i] != '.') return false;
    return s.n > 0;
}

static void read_values(Blank *b, Str values)
{
    if (values.n == 0) return;
    b->values = map_new(b->arena, BLANK_NAMES_MAX);
    while (values.n > 0) {
        Str line = str_cut(&values, '\n');
        Str name = str_cut(&line, '\t');
        Str *value = arena_new_of(b->arena, Str);
        *value = line;
        if (name.n > 0 && is_plain_value(line)) map_put(b->values, name, value);
    }
}

static Str write_all(Blank *b)
{
    ZipOut z = zip_out_new(b->arena);
    for (int i = 0; i < b->n && b->status == SHEET_OK; i++) {
        const ZipMember *m = &b->members[i];
        bool sheet = str_starts(m->name, S("xl/worksheets/")) && str_ends(m->name, S(".xml")),
             book = str_is(m->name, "xl/workbook.xml");
        Buf out = buf_new(b->arena, 16 * 1024);
        Str text = sheet || book ? read_part(b, m->name) : S("");
        bool changed = sheet ? fill_sheet(b, text, &out) : book && b->values != NULL && ask_recalculation(text, &out);
        if (changed) zip_out_add(&z, m->name, buf_str(&out));
        else zip_out_copy(&z, m);
    }
    return zip_out_end(&z);
}

SheetStatus blank_work(Arena *a, Str xlsx, Str values, Str *out)
{
    Blank *b = arena_new_of(a, Blank);
    *b = (Blank){ .arena = a, .left = BLANK_XML_MAX, .seen = map_new(a, 64), .names = buf_new(a, 256) };
    *out = S("");
    if (xlsx.n > BLANK_BYTES_MAX) return SHEET_TOO_LARGE;
    if (!str_starts(xlsx, S("PK\x03\x04"))) return SHEET_NOT;
    b->zip = zip_open(a, xlsx, &b->status);
    if (b->zip == NULL) return b->status;
    b->n = zip_members(b->zip, a, b->members, &b->status);
    check_members(b);
    if (b->status == SHEET_OK) read_strings(b);
    if (b->status == SHEET_OK) read_values(b, values);
    Str whole = b->status == SHEET_OK ? write_all(b) : S("");
    zip_close(b->zip);
    if (b->status == SHEET_OK) *out = values.n > 0 ? whole : buf_str(&b->names);
    return b->status;
}

/* ---- through the cage: four bytes of length, the values, the file ---- */

SheetStatus blank_run(Arena *a, const char *exe, Str xlsx, Str values, Str *out)
{
    Buf b = buf_new(a, xlsx.n + values.n + 8);
    for (int i = 0; i < 4; i++)
        buf_char(&b, (char)(values.n >> (8 * i) & 0xFF));
    buf_add(&b, values);
    buf_add(&b, xlsx);
    if (b.n > CAGE_IN_BYTES_MAX) return SHEET_TOO_LARGE;
    CageAnswer c = cage_run(a, exe != NULL ? exe : "/proc/self/exe", "picture", CAGE_BLANK, buf_str(&b), CAGE_WALL_MS);
    if (!c.started) return SHEET_NO_CHILD;
    if (!c.whole || c.status >= SHEET_STATUS_N) return SHEET_BROKEN;
    if (c.status == SHEET_SANDBOX) cage_log_no_sandbox();
    *out = c.main;
    return (SheetStatus)c.status;
}

SheetStatus blank_answer(Arena *a, Str asked, Str *out)
{
    const unsigned char *p = (const unsigned char *)asked.p;
    if (asked.n < 4) return SHEET_BROKEN;
    size_t n = (size_t)p[0] | (size_t)p[1] << 8 | (size_t)p[2] << 16 | (size_t)p[3] << 24;
    if (n > asked.n - 4) return SHEET_BROKEN;
    return blank_work(a, (Str){ asked.p + 4 + n, asked.n - 4 - n }, (Str){ asked.p + 4, n }, out);
}
