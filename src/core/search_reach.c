/* How far down a search looks. SQLite's rows of full text stand in the order of numbers (db_search_row): it walks them.
 * PostgreSQL's index has no order: a row also holds the stretches that its number lies in, of three lengths, as
 * tokens beside its words; two stretches and the words are asked for together, which costs what the stretches hold. */
#include "core/search.h"

/* A page of 20 and the row that says that there is more come first. */
static const int64_t HITS[] = { 24, 400, SEARCH_HITS_MAX };
static const int SHIFT[] = { 10, 13, 16 }; /* of a stretch: 1,024, 8,192, 65,536 numbers */
static const char LETTER[] = "abc";

Str search_tokens_of(Arena *a, Str tokens, int64_t number)
{
    if (tokens.n == 0 || number <= 0) return tokens;
    Buf out = buf_new(a, tokens.n + 48);
    buf_add(&out, tokens);
    for (int i = 0; i < COUNT(SHIFT); i++)
        buf_fmt(&out, " n%c%lld", LETTER[i], (long long)(number >> SHIFT[i]));
    return buf_str(&out);
}

/* The number of the n-th hit, 0 if there are fewer. */
static Fail walk(Db *db, Arena *a, Str match, int64_t from, int64_t below, int64_t n, int64_t *row)
{
    Fail f;
    DbRows *r = db_query(db, a,
                         "SELECT COALESCE(min(w.row), 0), count(*) FROM (SELECT rowid AS row FROM search"
                         " WHERE search MATCH $1 AND rowid >= $2 AND rowid < $3 ORDER BY rowid DESC LIMIT $4) w",
                         "slll", "ll", ARGS(TXT(match), NUM(from), NUM(below), NUM(n)), &f);
    *row = f.err == OK && db_int(r, 0, 1) == n ? db_int(r, 0, 0) : 0;
    return f;
}

static Fail reach_rows(Db *db, Arena *a, SearchIn in, int stage, SearchReach *out)
{
    int64_t base = db_search_row(in.community, in.kind, 1, S("")) - 1, row = 0;
    *out = (SearchReach){ .match = in.match, .down_to = base, .below = base + in.below };
    Fail f = walk(db, a, in.match, base, out->below, HITS[stage], &row);
    if (row > 0) out->down_to = row;
    out->looked_to = out->down_to - base;
    out->ends = row == 0 || stage == COUNT(HITS) - 1;
    return f;
}

static void take_stretches(Arena *a, SearchIn in, int scale, SearchReach *out)
{
    int64_t newest = (in.below - 1) >> SHIFT[scale], older = newest > 0 ? newest - 1 : 0;
    out->match = arena_fmt(a, "%.*s & ('n%c%lld' | 'n%c%lld')", STR_ARG(in.match), LETTER[scale], (long long)newest,
                           LETTER[scale], (long long)older);
    out->looked_to = out->down_to = older << SHIFT[scale];
}

static Fail newest_number(Db *db, Arena *a, SearchIn *in)
{
    Fail f;
    DbRows *r = db_query(db, a, "SELECT n FROM counter WHERE community = $1 AND name = $2", "ss", "l",
                         ARGS(TXT(in->community), TXT(in->kind)), &f);
    int64_t newest = f.err == OK && r->rows > 0 ? db_int(r, 0, 0) : 0;
    if (in->below > newest + 1) in->below = newest + 1;
    return f;
}

/* Whoever finds no page in the longest stretches has words that few have, or else asks for more than words. */
static Fail reach_stretches(Db *db, Arena *a, SearchIn in, int stage, SearchReach *out)
{
    Fail f = newest_number(db, a, &in);
    *out = (SearchReach){ .match = in.match, .below = in.below };
    if (f.err != OK) return f;
    take_stretches(a, in, stage < COUNT(SHIFT) ? stage : COUNT(SHIFT) - 1, out);
    out->ends = out->down_to == 0 || stage == COUNT(SHIFT);
    if (stage < COUNT(SHIFT) || out->down_to == 0) return f;
    DbRows *n = db_query(db, a,
                         "SELECT count(*) FROM (SELECT matter FROM search WHERE community = $1"
                         " AND to_tsvector('simple', tokens) @@ to_tsquery('simple', $2) LIMIT $3) w",
                         "ssl", "l", ARGS(TXT(in.community), TXT(out->match), NUM(SEARCH_HITS_MAX)), &f);
    if (f.err != OK || db_int(n, 0, 0) >= SEARCH_HITS_MAX) return f;
    out->match = in.match;
    out->looked_to = out->down_to = 0;
    return f;
}

Fail search_reach(Db *db, Arena *a, SearchIn in, int stage, SearchReach *out)
{
    if (in.below > SEARCH_NUMBERS) in.below = SEARCH_NUMBERS;
    if (in.below < 1) in.below = 1;
    return db_is_postgres(db) ? reach_stretches(db, a, in, stage, out) : reach_rows(db, a, in, stage, out);
}
