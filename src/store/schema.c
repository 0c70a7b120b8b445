/* The text of a schema: heads, engine switches, statements. What a statement means is in
 * schema_sql.c. */
#include "store/schema_sql.h"

#include <stdarg.h>
#include <stdio.h>

const char *schema_words(const char *fmt, ...) {
    static _Thread_local char words[512];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(words, sizeof words, fmt, ap);
    va_end(ap);
    return words;
}

bool schema_bad(SchemaParser *p, const char *fmt, ...) {
    char what[320];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(what, sizeof what, fmt, ap);
    va_end(ap);
    *p->f = fail(ERR_INTERNAL, "schema");
    if (p->step)
        p->f->log =
            schema_words("schema %s, step %.*s: %s", p->step->part, STR_ARG(p->step->name), what);
    else
        p->f->log = schema_words("schema: %s", what);
    return false;
}

const char *schema_class_name(TableClass c) {
    static const char *const names[] = { "log", "state", "stream", "secret", "work" };
    return names[c];
}

Table *schema_table(const Schema *s, Str name) {
    for (int i = 0; i < s->n; i++)
        if (str_eq(s->tables[i].name, name)) return &s->tables[i];
    return NULL;
}

Table *schema_find(SchemaParser *p, Str name) {
    for (int i = 0; i < p->tables_n; i++)
        if (!p->dropped[i] && str_eq(p->tables[i]->name, name)) return p->tables[i];
    return NULL;
}

bool schema_declare(SchemaParser *p, Table *t) {
    if (str_is(t->name, "schema_step") || str_is(t->name, "health"))
        return schema_bad(p, "the name %.*s is taken by the store", STR_ARG(t->name));
    for (int i = 0; i < p->tables_n; i++)
        if (str_eq(p->tables[i]->name, t->name))
            return schema_bad(p, "table %.*s is declared twice; names are not reused",
                              STR_ARG(t->name));
    if (p->tables_n == SCHEMA_TABLES_MAX) return schema_bad(p, "too many tables");
    p->tables[p->tables_n++] = t;
    return true;
}

/* ---- heads ---------------------------------------------------------------------------------- */

typedef enum Engines { FOR_BOTH, FOR_SQLITE, FOR_POSTGRES } Engines;

/* "state tenant" */
static bool head_class(SchemaParser *p, Str words, Table *t) {
    Str cls = str_cut(&words, ' ');
    Str scope = str_trim(words);
    int c = 0;
    while (c <= TABLE_WORK && !str_is(cls, schema_class_name((TableClass)c)))
        c++;
    if (c > TABLE_WORK)
        return schema_bad(p, "its class is one of log state stream secret work, not '%.*s'",
                          STR_ARG(cls));
    if (!str_is(scope, "tenant") && !str_is(scope, "reference"))
        return schema_bad(p, "after its class stands tenant or reference, not '%.*s'",
                          STR_ARG(scope));
    t->table_class = (TableClass)c;
    t->reference = str_is(scope, "reference");
    return true;
}

static bool head_kind(Str word, StepKind *kind) {
    static const char *const names[] = { "table", "index", "search", "step" };
    for (int i = 0; i < COUNT(names); i++) {
        if (!str_is(word, names[i])) continue;
        *kind = (StepKind)i;
        return true;
    }
    return false;
}

/* A new step from "table report: state tenant" or "index report_by_day". */
static bool head_step(SchemaParser *p, const char *part, StepKind kind, Str rest) {
    SchemaText *text = p->text;
    if (text->n == SCHEMA_STEPS_MAX) return schema_bad(p, "too many steps");
    Step *s = &text->steps[text->n];
    *s = (Step){ .part = part, .kind = kind };
    bool declares = kind == STEP_TABLE || kind == STEP_SEARCH;
    bool colon = str_find(rest, S(":")) >= 0;
    s->name = str_trim(str_cut(&rest, ':'));
    p->step = s;
    if (!schema_name_ok(s->name))
        return schema_bad(p, "a head is '-- table NAME: CLASS SCOPE', '-- index NAME', "
                             "'-- step NAME' or '-- search NAME: CLASS SCOPE'");
    if (colon != declares)
        return schema_bad(p, declares ? "has no class (say '-- table NAME: CLASS SCOPE')"
                                      : "an index or a step takes no class");
    for (int i = 0; i < text->n; i++)
        if (!strcmp(text->steps[i].part, part) && str_eq(text->steps[i].name, s->name))
            return schema_bad(p, "stands there twice");
    text->n++;
    if (!declares) return true;
    s->table = arena_new_of(p->a, Table);
    s->table->name = s->name;
    s->table->search = kind == STEP_SEARCH;
    return head_class(p, str_trim(rest), s->table) && schema_declare(p, s->table);
}

/* ---- statements -------------------------------------------------------------------------------
 */

/* The statement again as one line, with the engine's names for our types. */
static Str engine_sql(Arena *a, Toks s, int engine) {
    Buf b = buf_new(a, 256);
    for (int i = 0; i < s.n; i++) {
        const Tok *t = &s.v[i];
        if (i && t->gap) buf_char(&b, ' ');
        if (t->kind == TOK_WORD && str_is(t->s, "INT64"))
            buf_c(&b, engine == SCHEMA_SQLITE ? "INTEGER" : "BIGINT");
        else if (t->kind == TOK_WORD && str_is(t->s, "BYTES"))
            buf_c(&b, engine == SCHEMA_SQLITE ? "BLOB" : "BYTEA");
        else
            buf_add(&b, t->s);
    }
    return buf_str(&b);
}

static void step_add(SchemaParser *p, Toks s, int engine, Str table) {
    Step *step = p->step;
    StepStmt *st = arena_new_of(p->a, StepStmt);
    st->sql = engine_sql(p->a, s, engine);
    st->table = table;
    if (step->last[engine])
        step->last[engine]->next = st;
    else
        step->first[engine] = st;
    step->last[engine] = st;
}

static bool one_stmt(SchemaParser *p, Toks s, Engines e) {
    if (!p->step) return schema_bad(p, "SQL before the first head");
    Str table = { 0 };
    int skip_tail = 0;
    if (!schema_stmt(p, s, e == FOR_BOTH, e == FOR_SQLITE, &table, &skip_tail)) return false;
    if (e != FOR_POSTGRES) step_add(p, s, SCHEMA_SQLITE, table);
    if (e != FOR_SQLITE) {
        s.n -= skip_tail;
        step_add(p, s, SCHEMA_POSTGRES, table);
    }
    return true;
}

/* Everything between two heads or engine switches. */
static bool statements(SchemaParser *p, Str sql, Engines e) {
    Toks all;
    if (!schema_lex(p, sql, &all)) return false;
    int from = 0;
    for (int i = 0; i < all.n; i++) {
        if (all.v[i].kind != ';') continue;
        if (i > from && !one_stmt(p, (Toks){ all.v + from, i - from }, e)) return false;
        from = i + 1;
    }
    if (from < all.n) return schema_bad(p, "a statement has no semicolon at its end");
    return true;
}

static bool step_end(SchemaParser *p) {
    Step *s = p->step;
    if (!s) return true;
    for (int e = 0; e < SCHEMA_ENGINES; e++)
        if (!s->first[e] && s->kind != STEP_FREE)
            return schema_bad(p, "has no statement for %s",
                              e == SCHEMA_SQLITE ? "SQLite" : "PostgreSQL");
    if (s->table && !s->table->columns.n) return schema_bad(p, "does not create its table");
    Buf b = buf_new(p->a, 512);
    for (int e = 0; e < SCHEMA_ENGINES; e++)
        for (StepStmt *st = s->first[e]; st; st = st->next) {
            buf_add(&b, st->sql);
            buf_char(&b, ';');
        }
    s->hash = hash_one(buf_str(&b));
    return true;
}

static bool one_part(SchemaParser *p, const SchemaPart *part) {
    Engines e = FOR_BOTH;
    Str rest = str_c(part->sql);
    const char *from = rest.p;
    p->step = NULL;
    while (rest.n) {
        Str line = str_cut(&rest, '\n');
        if (!str_starts(line, S("-- "))) continue;
        Str words = str_trim((Str){ line.p + 3, line.n - 3 });
        bool sqlite = str_is(words, "sqlite:"), postgres = str_is(words, "postgres:");
        Str tail = words;
        StepKind kind = STEP_FREE;
        bool head = head_kind(str_cut(&tail, ' '), &kind);
        if (!sqlite && !postgres && !head) continue; /* prose */
        if (!statements(p, (Str){ from, (size_t)(line.p - from) }, e)) return false;
        from = rest.n ? rest.p : line.p + line.n;
        e = sqlite ? FOR_SQLITE : postgres ? FOR_POSTGRES : FOR_BOTH;
        if (!head) continue;
        if (!step_end(p) || !head_step(p, part->name, kind, tail)) return false;
    }
    const char *end = part->sql + strlen(part->sql);
    return statements(p, (Str){ from, (size_t)(end - from) }, e) && step_end(p);
}

SchemaText *schema_text(Arena *a, const SchemaPart *parts, int n, Fail *f) {
    SchemaText *text = arena_new_of(a, SchemaText);
    text->steps = arena_array(a, Step, SCHEMA_STEPS_MAX);
    SchemaParser p = { .a = a, .f = f, .text = text };
    p.tables = arena_array(a, Table *, SCHEMA_TABLES_MAX);
    p.dropped = arena_array(a, bool, SCHEMA_TABLES_MAX);
    *f = FAIL_NONE;
    for (int i = 0; i < n; i++)
        if (!one_part(&p, &parts[i])) return NULL;
    text->schema.arena = a;
    text->schema.tables = arena_array(a, Table, p.tables_n + 1);
    for (int i = 0; i < p.tables_n; i++)
        if (!p.dropped[i]) text->schema.tables[text->schema.n++] = *p.tables[i];
    return text;
}

Schema *schema_parse(Arena *a, const SchemaPart *parts, int n, Fail *f) {
    SchemaText *text = schema_text(a, parts, n, f);
    return text ? &text->schema : NULL;
}
