/* What a statement of a schema says about a table, and what our rules for SQL do not allow. */
#include "store/schema_sql.h"

#include <strings.h>

bool tok_is(const Tok *t, const char *lower) {
    return t->kind == TOK_WORD && strlen(lower) == t->s.n && !strncasecmp(t->s.p, lower, t->s.n);
}

bool schema_name_ok(Str name) {
    if (!name.n || name.n > 63 || (name.p[0] >= '0' && name.p[0] <= '9')) return false;
    for (size_t i = 0; i < name.n; i++) {
        char c = name.p[i];
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_')) return false;
    }
    return true;
}

/* ---- tokens ------------------------------------------------------------------------------------
 */

static bool word_char(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/* Moves over blanks and comments; true if there were any. */
static bool lex_gap(Str *s) {
    size_t before = s->n;
    for (;;) {
        if (s->n && strchr(" \t\r\n", s->p[0]) && s->p[0])
            *s = (Str){ s->p + 1, s->n - 1 };
        else if (str_starts(*s, S("--")))
            (void)str_cut(s, '\n');
        else
            return s->n != before;
    }
}

/* Length of the token at s; 0 if it is not one of ours. */
static size_t lex_one(Str s, char *kind) {
    size_t n = 1;
    char c = s.p[0];
    if (word_char(c)) {
        *kind = c >= '0' && c <= '9' ? TOK_NUMBER : TOK_WORD;
        while (n < s.n && word_char(s.p[n]))
            n++;
        return n;
    }
    if (c != '\'') {
        *kind = c;
        return strchr("(),;.=<>+-*/%|!@&:~#$?", c) && c ? 1 : 0;
    }
    *kind = TOK_TEXT;
    for (; n < s.n; n++) {
        if (s.p[n] != '\'') continue;
        if (n + 1 == s.n || s.p[n + 1] != '\'') return n + 1;
        n++;
    }
    return 0;
}

bool schema_lex(SchemaParser *p, Str text, Toks *out) {
    Tok *v = arena_array(p->a, Tok, text.n + 1);
    int n = 0;
    for (;;) {
        bool gap = lex_gap(&text);
        if (!text.n) break;
        char kind = 0;
        size_t len = lex_one(text, &kind);
        if (!len)
            return schema_bad(p, "cannot read '%.*s' (names have no quotes, texts end)",
                              (int)(text.n < 24 ? text.n : 24), text.p);
        v[n++] = (Tok){ kind, gap, { text.p, len } };
        text = (Str){ text.p + len, text.n - len };
    }
    *out = (Toks){ v, n };
    return true;
}

/* ---- what no statement may have
 * ------------------------------------------------------------------ */

static bool no_bad_words(SchemaParser *p, Toks s) {
    for (int i = 0; i < s.n; i++) {
        const Tok *next = &s.v[i + 1 < s.n ? i + 1 : i];
        if (tok_is(&s.v[i], "autoincrement") || tok_is(&s.v[i], "collate"))
            return schema_bad(p, "%.*s is not allowed (docs/SQL.md)", STR_ARG(s.v[i].s));
        if (tok_is(&s.v[i], "generated") && (tok_is(next, "always") || tok_is(next, "by")))
            return schema_bad(p, "generated columns are not allowed (docs/SQL.md)");
        if (i + 3 < s.n && tok_is(&s.v[i], "on") && tok_is(next, "delete") &&
            tok_is(&s.v[i + 2], "set") && tok_is(&s.v[i + 3], "null"))
            return schema_bad(p, "ON DELETE SET NULL is not allowed (docs/SQL.md)");
    }
    return true;
}

/* ---- CREATE TABLE
 * ---------------------------------------------------------------------------------- */

typedef struct Columns {
    Str name[SCHEMA_COLUMNS_MAX];
    bool not_null[SCHEMA_COLUMNS_MAX];
    int n;
} Columns;

/* "(a, b)" at *i as "a,b". */
static bool name_list(SchemaParser *p, Toks s, int *i, Str *out) {
    Buf b = buf_new(p->a, 64);
    if (*i >= s.n || s.v[*i].kind != '(') return schema_bad(p, "expected '(' and names");
    for (++*i; *i + 1 < s.n; *i += 2) {
        if (!schema_name_ok(s.v[*i].s)) break;
        buf_add(&b, s.v[*i].s);
        char next = s.v[*i + 1].kind;
        if (next == ')') {
            *i += 2;
            *out = buf_str(&b);
            return true;
        }
        if (next != ',') break;
        buf_char(&b, ',');
    }
    return schema_bad(p, "a list of columns has plain names in lower case, separated by commas");
}

static bool begins_with_community(Str list) {
    return str_is(list, "community") || str_starts(list, S("community,"));
}

static bool key_rule(SchemaParser *p, const Table *t, Str key, const char *what) {
    if (t->reference || begins_with_community(key)) return true;
    return schema_bad(p, "the %s (%.*s) of a tenant table must begin with community", what,
                      STR_ARG(key));
}

/* After REFERENCES: a table of the same class, and of the same community unless it is a reference
 * table. */
static bool foreign_key(SchemaParser *p, const Table *t, Toks s, int i, Str from) {
    if (i >= s.n || s.v[i].kind != TOK_WORD) return schema_bad(p, "REFERENCES what?");
    Str name = s.v[i++].s, to = { 0 };
    const Table *other = str_eq(name, t->name) ? t : schema_find(p, name);
    if (!other) return schema_bad(p, "REFERENCES %.*s, which is not declared", STR_ARG(name));
    if (!name_list(p, s, &i, &to)) return false;
    if (other->table_class != t->table_class)
        return schema_bad(p, "a foreign key to %.*s goes across classes (%s to %s)", STR_ARG(name),
                          schema_class_name(t->table_class), schema_class_name(other->table_class));
    if (other->reference) return true;
    if (t->reference || !begins_with_community(from) || !begins_with_community(to))
        return schema_bad(p, "a foreign key to the tenant table %.*s must begin with community",
                          STR_ARG(name));
    return true;
}

static bool set_key(SchemaParser *p, Table *t, Str key) {
    if (t->key.n) return schema_bad(p, "two primary keys");
    t->key = key;
    return key_rule(p, t, key, "primary key");
}

static char column_type(const Tok *t) {
    if (t->kind != TOK_WORD) return 0;
    if (str_is(t->s, "TEXT")) return 's';
    if (str_is(t->s, "INT64")) return 'l';
    return str_is(t->s, "BYTES") ? 'b' : 0;
}

static void column_append(SchemaParser *p, Table *t, Str name, char type) {
    const char *comma = t->columns.n ? "," : "";
    t->columns = arena_fmt(p->a, "%.*s%s%.*s", STR_ARG(t->columns), comma, STR_ARG(name));
    t->types = arena_fmt(p->a, "%.*s%c", STR_ARG(t->types), type);
}

/* "name TYPE NOT NULL DEFAULT 0 REFERENCES ..." */
static bool column(SchemaParser *p, Table *t, Columns *cols, Toks s) {
    if (s.n < 2 || !schema_name_ok(s.v[0].s))
        return schema_bad(p, "a column is 'name TYPE ...', its name in lower case");
    Str name = s.v[0].s;
    char type = column_type(&s.v[1]);
    if (!type)
        return schema_bad(p, "column %.*s: the types are TEXT, INT64 and BYTES, not %.*s",
                          STR_ARG(name), STR_ARG(s.v[1].s));
    if (cols->n == SCHEMA_COLUMNS_MAX) return schema_bad(p, "too many columns");
    for (int i = 0; i < cols->n; i++)
        if (str_eq(cols->name[i], name)) return schema_bad(p, "column %.*s twice", STR_ARG(name));
    cols->name[cols->n] = name;
    bool *not_null = &cols->not_null[cols->n++];
    column_append(p, t, name, type);
    for (int i = 2; i < s.n; i++) {
        const Tok *next = &s.v[i + 1 < s.n ? i + 1 : i];
        if (tok_is(&s.v[i], "not") && tok_is(next, "null")) *not_null = true;
        if (tok_is(&s.v[i], "as")) return schema_bad(p, "generated columns are not allowed");
        if (tok_is(&s.v[i], "primary") && !set_key(p, t, name)) return false;
        if (tok_is(&s.v[i], "unique") && !key_rule(p, t, name, "unique constraint")) return false;
        if (tok_is(&s.v[i], "references") && !foreign_key(p, t, s, i + 1, name)) return false;
    }
    return true;
}

/* One thing between the commas of CREATE TABLE ( ... ). */
static bool table_item(SchemaParser *p, Table *t, Columns *cols, Toks s) {
    Str list = { 0 };
    int i = 2;
    if (s.n > 2 && tok_is(&s.v[0], "constraint")) s = (Toks){ s.v + 2, s.n - 2 };
    if (s.n < 2) return schema_bad(p, "cannot read an item of CREATE TABLE");
    if (tok_is(&s.v[0], "check")) return true;
    if (tok_is(&s.v[0], "primary")) return name_list(p, s, &i, &list) && set_key(p, t, list);
    if (tok_is(&s.v[0], "unique")) {
        i = 1;
        return name_list(p, s, &i, &list) && key_rule(p, t, list, "unique constraint");
    }
    if (tok_is(&s.v[0], "foreign")) {
        if (!name_list(p, s, &i, &list)) return false;
        if (i >= s.n || !tok_is(&s.v[i], "references"))
            return schema_bad(p, "FOREIGN KEY without REFERENCES");
        return foreign_key(p, t, s, i + 1, list);
    }
    return column(p, t, cols, s);
}

static bool key_check(SchemaParser *p, const Table *t, const Columns *cols) {
    if (!t->key.n) return schema_bad(p, "has no primary key");
    Str rest = t->key;
    while (rest.n) {
        Str name = str_cut(&rest, ',');
        int i = 0;
        while (i < cols->n && !str_eq(cols->name[i], name))
            i++;
        if (i == cols->n) return schema_bad(p, "key column %.*s is not there", STR_ARG(name));
        /* SQLite lets NULL into a primary key, PostgreSQL does not. */
        if (!cols->not_null[i])
            return schema_bad(p, "key column %.*s must be NOT NULL", STR_ARG(name));
    }
    return true;
}

/* From the '(' at s.v[i]; *end is the token after its ')'. */
static bool table_items(SchemaParser *p, Table *t, Toks s, int i, int *end) {
    Columns *cols = arena_new_of(p->a, Columns);
    if (i >= s.n || s.v[i].kind != '(') return schema_bad(p, "CREATE TABLE without '('");
    int depth = 0, from = i + 1;
    for (; i < s.n; i++) {
        char k = s.v[i].kind;
        if (k == '(') depth++;
        if (k == ')') depth--;
        if (!(depth == 0 || (depth == 1 && k == ','))) continue;
        if (!table_item(p, t, cols, (Toks){ s.v + from, i - from })) return false;
        from = i + 1;
        if (depth) continue;
        *end = i + 1;
        return key_check(p, t, cols);
    }
    return schema_bad(p, "CREATE TABLE without its last ')'");
}

/* What stands behind the last ')': STRICT, WITHOUT ROWID. */
static bool table_tail(SchemaParser *p, Toks s, int i) {
    bool strict = false;
    for (; i < s.n; i++) {
        if (tok_is(&s.v[i], "strict"))
            strict = true;
        else if (!tok_is(&s.v[i], "without") && !tok_is(&s.v[i], "rowid") && s.v[i].kind != ',')
            return schema_bad(p, "behind the columns stands STRICT or WITHOUT ROWID, not %.*s",
                              STR_ARG(s.v[i].s));
    }
    return strict ? true : schema_bad(p, "is not STRICT");
}

static bool is_search(const Table *t) {
    return str_is(t->columns, "community,matter,tokens") && str_is(t->types, "sss") &&
           str_is(t->key, "community,matter");
}

static bool create_table(SchemaParser *p, Toks s, bool both, bool sqlite, int *skip_tail) {
    Table *t = p->step->table;
    if (!t || !str_eq(t->name, s.v[2].s))
        return schema_bad(p,
                          "CREATE TABLE %.*s stands under a head of its own: '-- table %.*s: ...'",
                          STR_ARG(s.v[2].s), STR_ARG(s.v[2].s));
    if (t->search ? both || sqlite : !both)
        return schema_bad(p, t->search ? "CREATE TABLE of a search stands under '-- postgres:'"
                                       : "a table is made for both engines in one text");
    if (!t->search && t->columns.n) return schema_bad(p, "two tables under one head");
    int end = s.n;
    Table *made = arena_new_of(p->a, Table);
    *made = (Table){ t->name, t->table_class, t->reference, t->search, { 0 }, { 0 }, { 0 } };
    if (!table_items(p, made, s, 3, &end)) return false;
    if (t->search) {
        if (!is_search(made))
            return schema_bad(p, "a search has community, matter, tokens; key community, matter");
        if (end != s.n) return schema_bad(p, "cannot read what stands behind the columns");
    } else if (!table_tail(p, s, end)) {
        return false;
    }
    *skip_tail = s.n - end;
    *t = *made;
    return true;
}

/* CREATE VIRTUAL TABLE search USING fts5(community UNINDEXED, matter UNINDEXED, tokens, ...) */
static bool create_search(SchemaParser *p, Toks s, bool both, bool sqlite) {
    static const char *const shape[] = { "using", "fts5",   "(",         "community", "unindexed",
                                         ",",     "matter", "unindexed", ",",         "tokens" };
    Table *t = p->step->table;
    if (!t || !t->search || both || !sqlite || s.n < 15 || !str_eq(t->name, s.v[3].s))
        return schema_bad(p, "a virtual table stands under '-- search', '-- sqlite:'");
    for (int i = 0; i < COUNT(shape); i++) {
        const Tok *k = &s.v[4 + i];
        if (!(tok_is(k, shape[i]) || (k->kind == shape[i][0] && k->kind < 'A')))
            return schema_bad(p,
                              "say USING fts5(community UNINDEXED, matter UNINDEXED, tokens, "
                              "...): '%.*s' instead of '%s'",
                              STR_ARG(k->s), shape[i]);
    }
    for (int i = 14; i < s.n; i++)
        if (tok_is(&s.v[i], "content")) return schema_bad(p, "a search keeps its content");
    t->columns = S("community,matter,tokens");
    t->types = S("sss");
    t->key = S("community,matter");
    return true;
}

/* CREATE [UNIQUE] INDEX name ON table (...) */
static bool create_index(SchemaParser *p, Toks s, int i, Str *table) {
    bool unique = tok_is(&s.v[1], "unique");
    if (i + 4 >= s.n || !schema_name_ok(s.v[i + 1].s) || !tok_is(&s.v[i + 2], "on"))
        return schema_bad(p, "an index is made by CREATE [UNIQUE] INDEX name ON table (...)");
    if (p->step->kind == STEP_INDEX && !str_eq(p->step->name, s.v[i + 1].s))
        return schema_bad(p, "makes the index %.*s", STR_ARG(s.v[i + 1].s));
    const Table *t = schema_find(p, s.v[i + 3].s);
    if (!t) return schema_bad(p, "the table %.*s is not declared", STR_ARG(s.v[i + 3].s));
    *table = t->name;
    if (t->reference || t->search) return true;
    bool led = s.v[i + 4].kind == '(' && i + 5 < s.n && tok_is(&s.v[i + 5], "community");
    if (unique && !led)
        return schema_bad(p, "a unique index of a tenant table must begin with community");
    return true;
}

static bool alter_table(SchemaParser *p, Toks s, bool both, Str *table) {
    if (!both) return schema_bad(p, "ALTER TABLE stands there for both engines in one text");
    Table *t = s.n > 5 ? schema_find(p, s.v[2].s) : NULL;
    if (!t) return schema_bad(p, "ALTER TABLE of a table that is not declared");
    if (!tok_is(&s.v[3], "add") || !tok_is(&s.v[4], "column"))
        return schema_bad(p, "a table changes by ADD COLUMN only; names are never reused");
    Columns *cols = arena_new_of(p->a, Columns);
    Str had = t->columns;
    while (had.n)
        cols->name[cols->n++] = str_cut(&had, ',');
    *table = t->name;
    return column(p, t, cols, (Toks){ s.v + 5, s.n - 5 });
}

static bool drop_table(SchemaParser *p, Toks s, bool both, Str *table) {
    if (!both) return schema_bad(p, "DROP TABLE stands there for both engines in one text");
    Table *t = s.n == 3 ? schema_find(p, s.v[2].s) : NULL;
    if (!t) return schema_bad(p, "DROP TABLE of a table that is not declared");
    for (int i = 0; i < p->tables_n; i++)
        if (p->tables[i] == t) p->dropped[i] = true;
    *table = t->name;
    return true;
}

bool schema_stmt(SchemaParser *p, Toks s, bool both, bool sqlite, Str *table, int *skip_tail) {
    if (!no_bad_words(p, s)) return false;
    bool create = tok_is(&s.v[0], "create"), drop = tok_is(&s.v[0], "drop");
    StepKind kind = p->step->kind;
    if (create && s.n > 4) {
        bool unique = tok_is(&s.v[1], "unique");
        if (tok_is(&s.v[1 + unique], "index")) return create_index(p, s, 1 + unique, table);
        if (p->step->table) *table = p->step->table->name;
        if (tok_is(&s.v[1], "table")) return create_table(p, s, both, sqlite, skip_tail);
        if (tok_is(&s.v[1], "virtual")) return create_search(p, s, both, sqlite);
    }
    if (create) return schema_bad(p, "makes something other than a table or an index");
    if (kind != STEP_FREE) return schema_bad(p, "only a '-- step' does anything but CREATE");
    if (tok_is(&s.v[0], "alter")) return alter_table(p, s, both, table);
    if (drop && s.n > 2 && tok_is(&s.v[1], "table")) return drop_table(p, s, both, table);
    if (drop && !(s.n > 2 && tok_is(&s.v[1], "index")))
        return schema_bad(p, "DROP is for tables and indexes");
    return true;
}
