/* Which open reports look like the same thing, over the whole desk: each newer one with the best older one, and why.
 * The rule is the one of same.c; here positions are exact and texts are read, for who asks is staff of the place. */
#include "mod/report/report.h"

#include "core/query.h"

/* Of the open ones, so many that changed last; texts are compared of so many pairs that are near enough. */
enum { LOOKED_AT_MAX = 3000, TEXTS_MAX = 3000, MARK_MIN = 70, WORDS_BEST = 30 };

static Stmt open_ones = { "sl", "slsslllsss",
                          "SELECT m.id, m.number, m.state, m.category, m.opened_at, m.lon_e7, m.lat_e7, m.place,"
                          " r.public_title, r.text FROM matter m JOIN report r ON r.community = m.community"
                          " AND r.id = m.id WHERE m.community = $1 AND m.kind = 'report' AND m.closed_at = 0"
                          " AND m.lon_e7 IS NOT NULL AND m.lat_e7 IS NOT NULL"
                          " ORDER BY m.changed_at DESC, m.id DESC LIMIT $2" };
Stmt *const pairs_statements[] = { &open_ones, NULL };

typedef struct One {
    int row;
    int64_t lon_e7, lat_e7, opened_at;
    bool read;
    Str text;
} One;

typedef struct Pairs {
    CallCtx *c;
    const DbRows *rows;
    One *ones; /* south to north */
    int n, texts;
} Pairs;

static int by_lat(const void *a, const void *b)
{
    const One *x = a, *y = b;
    if (x->lat_e7 != y->lat_e7) return x->lat_e7 < y->lat_e7 ? -1 : 1;
    return x->row - y->row;
}

static Str text_of(Pairs *p, One *one)
{
    SealedText sealed;
    if (one->read) return one->text;
    one->read = true;
    one->text = db_text(p->rows, one->row, 8);
    if (!seal_raw(db_text(p->rows, one->row, 9), &sealed)) return one->text;
    Reading reading = { .arena = p->c->arena, .db = p->c->db, .seals = p->c->seals, .keys = p->c->keys,
                        .community = p->c->community };
    Str plain = reading_open(&reading, sealed);
    if (plain.n > 0) one->text = plain;
    return one->text;
}

/* Of two the later one is the duplicate. Once both are done or verified nobody has to put them together. */
static bool older(const Pairs *p, const One *a, const One *b)
{
    if (a->opened_at != b->opened_at) return a->opened_at < b->opened_at;
    return db_int(p->rows, a->row, 1) < db_int(p->rows, b->row, 1);
}

static bool can_merge(const Pairs *p, const One *one)
{
    Str state = db_text(p->rows, one->row, 2);
    return str_is(state, "collected") || str_is(state, "registered") || str_is(state, "dispatched") ||
           str_is(state, "handling");
}

static Alike pair(Pairs *p, One *later, One *first)
{
    Alike x = { .row = first->row,
                .distance_m = report_apart(later->lon_e7 - first->lon_e7, later->lat_e7 - first->lat_e7),
                .hours = (later->opened_at - first->opened_at) / HOUR_MS,
                .category = str_eq(db_text(p->rows, later->row, 3), db_text(p->rows, first->row, 3)),
                .words = S("") };
    report_alike_score(&x);
    if (x.score == 0 || x.score + WORDS_BEST < MARK_MIN || p->texts >= TEXTS_MAX) return x;
    p->texts++;
    x.words = report_common(text_of(p, later), text_of(p, first));
    report_alike_score(&x);
    return x;
}

static Alike best_for(Pairs *p, int at)
{
    Alike best = { 0 };
    One *later = &p->ones[at];
    int64_t reach = (int64_t)ALIKE_RADIUS_M * LAT_E7_PER_M, aside = (int64_t)ALIKE_RADIUS_M * LON_E7_PER_M;
    for (int step = -1; step <= 1; step += 2)
        for (int i = at + step; i >= 0 && i < p->n; i += step) {
            One *first = &p->ones[i];
            int64_t north = first->lat_e7 - later->lat_e7, east = first->lon_e7 - later->lon_e7;
            if (north > reach || north < -reach) break;
            if (east > aside || east < -aside || !older(p, first, later)) continue;
            Alike x = pair(p, later, first);
            if (x.score > best.score || (x.score == best.score && best.score > 0 && x.row > best.row)) best = x;
        }
    return best;
}

static void put_pair(Json *j, const DbRows *r, int row, const Alike *x)
{
    jw_open(j, '{');
    jw_put_text(j, "id", db_text(r, row, 0));
    jw_put_text(j, "into", db_text(r, x->row, 0));
    jw_put_int(j, "number", db_int(r, x->row, 1));
    jw_put_text(j, "state", db_text(r, x->row, 2));
    report_put_why(j, x);
    jw_close(j, '}');
}

/* Those that the actor may see. */
static Pairs pairs_of(CallCtx *c, const DbRows *r)
{
    Pairs p = { .c = c, .rows = r, .ones = arena_array(c->arena, One, (size_t)r->rows + 1) };
    for (int i = 0; i < r->rows; i++) {
        if (!(actor_roles_at(c->actor, db_text(r, i, 7), c->now) & (STAFF | AUDITOR))) continue;
        p.ones[p.n++] = (One){ .row = i, .lon_e7 = db_int(r, i, 5), .lat_e7 = db_int(r, i, 6),
                               .opened_at = db_int(r, i, 4) };
    }
    if (p.n > 1) qsort(p.ones, (size_t)p.n, sizeof *p.ones, by_lat);
    return p;
}

/* GET /reports/duplicates */
Fail duplicates_run(CallCtx *c)
{
    Fail f = FAIL_NONE;
    DbRows *r = db_run(c->db, c->arena, &open_ones, ARGS(TXT(c->community), NUM(LOOKED_AT_MAX)), &f);
    if (f.err != OK) return f;
    Pairs p = pairs_of(c, r);
    Buf out = buf_new(c->arena, 4096);
    Json j = json_to(&out);
    jw_open(&j, '{');
    jw_key(&j, "rows");
    jw_open(&j, '[');
    for (int i = 0; i < p.n; i++) {
        if (!can_merge(&p, &p.ones[i])) continue;
        Alike best = best_for(&p, i);
        if (best.score >= MARK_MIN) put_pair(&j, r, p.ones[i].row, &best);
    }
    jw_close(&j, ']');
    jw_close(&j, '}');
    call_json(c, buf_str(&out));
    return FAIL_NONE;
}
