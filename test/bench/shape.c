#include "shape.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char shape_usual[] = "t36t20lb400,t36t16llt200,t36b32,t36t20t120";

bool shape_parse(Shape *s, const char *text) {
    memset(s, 0, sizeof *s);
    for (const char *p = text; *p;) {
        if (s->tables == SHAPE_TABLES_MAX) return false;
        ShapeTable *t = &s->table[s->tables++];
        while (*p && *p != ',') {
            if (!strchr("tlb", *p) || t->columns == SHAPE_COLUMNS_MAX) return false;
            ShapeColumn *c = &t->column[t->columns++];
            char *end = NULL;
            c->type = *p;
            long bytes = strtol(p + 1, &end, 10);
            if (bytes < 0 || bytes > SHAPE_BYTES_MAX / 2 || p[1] == '-' || p[1] == '+')
                return false;
            c->bytes = (int)bytes;
            p = end == p + 1 ? p + 1 : end;
        }
        if (t->columns == 0) return false;
        if (*p == ',') p++;
    }
    return s->tables > 0;
}

static void add(char *sql, size_t *n, const char *fmt, ...) {
    va_list args;
    va_start(args, fmt);
    int more = vsnprintf(sql + *n, SHAPE_SQL_MAX - *n, fmt, args);
    va_end(args);
    if (more < 0 || (size_t)more >= SHAPE_SQL_MAX - *n) abort();
    *n += (size_t)more;
}

void shape_create_sql(const Shape *s, int i, char sql[SHAPE_SQL_MAX]) {
    size_t n = 0;
    add(sql, &n, "CREATE TABLE t%d (community TEXT NOT NULL, seq INTEGER NOT NULL", i);
    for (int c = 0; c < s->table[i].columns; c++) {
        char type = s->table[i].column[c].type;
        add(sql, &n, ", c%d %s NOT NULL", c,
            type == 't'   ? "TEXT"
            : type == 'l' ? "INTEGER"
                          : "BLOB");
    }
    add(sql, &n, ", PRIMARY KEY (community, seq)) STRICT, WITHOUT ROWID");
}

void shape_insert_sql(const Shape *s, int i, char mark, char sql[SHAPE_SQL_MAX]) {
    size_t n = 0;
    add(sql, &n, "INSERT INTO t%d VALUES (%c1, %c2", i, mark, mark);
    for (int c = 0; c < s->table[i].columns; c++)
        add(sql, &n, ", %c%d", mark, c + 3);
    add(sql, &n, ")");
}

const char *shape_letters(void) {
    static char letters[SHAPE_BYTES_MAX];
    if (!letters[0]) {
        unsigned x = 1;
        for (int i = 0; i < SHAPE_BYTES_MAX; i++) {
            x = x * 1103515245 + 12345;
            letters[i] = (char)('a' + (x >> 16) % 26);
        }
    }
    return letters;
}
