/* Many rows of one insert as one statement: its VALUES are read from arrays, one per parameter. */
#include "store/db_postgres.h"

#include <endian.h>

/* "INSERT ... VALUES ($1, 0, $2) tail" -> "INSERT ... SELECT u.p1, 0, u.p2 FROM unnest($1, $2) AS u (p1, p2) tail".
 * NULL: there are no VALUES. */
static const char *many_text(Arena *a, const Stmt *s)
{
    Str text = str_c(s->sql_pg ? s->sql_pg : s->sql), before = S("VALUES (");
    int64_t at = str_find(text, before);
    if (at < 0) return NULL;
    Buf out = buf_new(a, text.n + 256);
    Str rest = { text.p + at + before.n, text.n - (size_t)at - before.n };
    Str list = str_cut(&rest, ')');
    buf_add(&out, (Str){ text.p, (size_t)at });
    buf_c(&out, "SELECT ");
    for (size_t i = 0; i < list.n; i++) {
        if (list.p[i] == '$')
            buf_c(&out, "u.p");
        else
            buf_char(&out, list.p[i]);
    }
    Buf names = buf_new(a, 128), args = buf_new(a, 128);
    for (int i = 1; s->in[i - 1]; i++) {
        buf_fmt(&args, "%s$%d", i > 1 ? ", " : "", i);
        buf_fmt(&names, "%sp%d", i > 1 ? ", " : "", i);
    }
    buf_fmt(&out, " FROM unnest(%s) AS u (%s) WHERE true%.*s", buf_str(&args).p, buf_str(&names).p, STR_ARG(rest));
    return buf_str(&out).p;
}

static void put_be32(Buf *b, uint32_t n)
{
    uint32_t bytes = htobe32(n);
    buf_add(b, (Str){ (const char *)&bytes, sizeof bytes });
}

/* The binary form of an array (array_recv): dimensions, has nulls, type of the elements, how many, the first one's
 * number; then each with its length, -1 for NULL. */
static Str list_of(Arena *a, char letter, const DbVal *const *rows, int n, int column)
{
    Buf b = buf_new(a, 64 + (size_t)n * (letter == 'l' ? 12 : 48));
    bool nulls = false;
    for (int i = 0; i < n; i++)
        nulls = nulls || rows[i][column].type == 'n';
    put_be32(&b, 1);
    put_be32(&b, nulls);
    put_be32(&b, letter == 'l' ? OID_INT64 : letter == 'b' ? OID_BYTES : OID_TEXT);
    put_be32(&b, (uint32_t)n);
    put_be32(&b, 1);
    for (int i = 0; i < n; i++) {
        const DbVal *v = &rows[i][column];
        uint64_t bytes = htobe64((uint64_t)v->i);
        Str value = letter == 'l' ? (Str){ (const char *)&bytes, sizeof bytes } : v->s;
        put_be32(&b, v->type == 'n' ? UINT32_MAX : (uint32_t)value.n);
        if (v->type != 'n') buf_add(&b, value);
    }
    return buf_str(&b);
}

void pg_send_many(Db *db, Arena *a, const Stmt *s, const DbVal *const *rows, int n)
{
    Postgres *p = (Postgres *)db;
    const char *sql = many_text(a, s);
    if (sql == NULL) {
        db_failed(db, db_misfit(s, 0), "a statement for many rows has no VALUES");
        return;
    }
    if (!wire_ready(p)) return;
    size_t columns = strlen(s->in);
    DbVal *lists = arena_array(a, DbVal, columns + 1);
    Buf in = buf_new(a, columns + 1);
    for (size_t i = 0; i < columns; i++) {
        for (int k = 0; k < n; k++)
            if (rows[k][i].type != 'n' && rows[k][i].type != s->in[i]) {
                db_failed(db, db_misfit(s, (int)i), "an argument differs from the signature");
                return;
            }
        char letter = (char)(s->in[i] - 'a' + 'A');
        buf_char(&in, letter);
        lists[i] = (DbVal){ .type = letter, .s = list_of(a, s->in[i], rows, n, (int)i) };
    }
    Stmt many = { .in = buf_str(&in).p, .out = "", .sql = sql };
    wire_send_args(p, sql, &many, lists, (Pending){ .expect = EXPECT_DONE });
}
