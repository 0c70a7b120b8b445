/* The same thing reported twice: found before it is sent, merged, split again, and "me too". */
#include "mod/report/report.h"

#include "core/query.h"

enum { MERGES_MAX = 40, FOLLOWERS_MAX = 48 };

#define TARGET                                                                                                         \
    {                                                                                                                  \
        "ss", "ssslss",                                                                                                \
            "SELECT m.kind, m.state, m.place, m.closed_at, m.category, m.id FROM matter m"                             \
            " WHERE m.community = $1 AND m.id = $2"                                                                    \
    }
Read merge_reads[] = { { .name = "target", .key = "into", .stmt = TARGET }, { 0 } };
Read me_too_reads[] = {
    { .name = "target", .key = "into", .stmt = TARGET },
    { .name = "relations",
      .key = "into",
      .stmt = { "ss", "sl", "SELECT person, relations FROM relation WHERE community = $1 AND matter = $2" } },
    { .name = "joined",
      .key = "actor",
      .stmt = { "ss", "s",
                "SELECT merged_into FROM report WHERE community = $1 AND reporter = $2 AND merged_into <> ''"
                " AND reporter <> ''" } },
    { 0 },
};

static Fail check_target(const DbRows *target)
{
    if (target->rows == 0 || !str_is(db_text(target, 0, 0), "report"))
        return fail_field(ERR_INVALID, "not_one_of", "into", 0);
    return db_int(target, 0, 3) != 0 ? fail_field(ERR_CONFLICT, "target_closed", "into", 0) : FAIL_NONE;
}

static void add_person(Decide *d, json_t *list, Str person)
{
    json_t *row = json_new_object(d->arena);
    json_put_text(row, "person", person);
    json_array_append(list, row);
}

/* ---- merge and split, on the report that is the duplicate ---- */

Fail merge_decide(Decide *d)
{
    if (str_eq(json_text(d->input, "into"), d->matter->id)) return fail_field(ERR_INVALID, "merge_loop", "into", 0);
    Fail f = check_target(d->reads[0]);
    if (f.err != OK) return f;
    json_t *people = json_new_array(d->arena); /* who reports or follows this one will follow the other */
    for (int i = 0; i < d->matter->n_relations; i++)
        if (d->matter->relations[i].is & (REPORTER | FOLLOWER)) add_person(d, people, d->matter->relations[i].person);
    if (matter_person(d->matter, REPORTER).n == 0)
        add_person(d, people, d->matter->id); /* who holds its receipt code */
    json_put(d->data, "people", people);
    json_put_bool(d->data, "was_registered", d->matter->state != COLLECTED);
    return FAIL_NONE;
}

void merge_fold(Matter *m, const Event *e)
{
    Str handler = matter_person(m, HANDLER);
    if (handler.n > 0) matter_relate(m, handler, HANDLED, HANDLER);
    json_put_text(m->data, "handler", S(""));
    json_put_text(m->data, "into", json_text(e->data, "into"));
    json_put_bool(m->data, "was_registered", json_bool(e->data, "was_registered"));
    json_object_del(m->data, "paused");
    m->due_at = 0;
}

Fail split_decide(Decide *d)
{
    json_put_text(d->data, "into", json_text(d->matter->data, "into"));
    d->to = json_bool(d->matter->data, "was_registered") ? REGISTERED : COLLECTED;
    report_due_again(d);
    return FAIL_NONE;
}

void split_fold(Matter *m, const Event *e)
{
    json_object_del(m->data, "into");
    json_object_del(m->data, "was_registered");
    report_set_due(m, e);
}

/* ---- on the report that goes on ---- */

Fail absorb_decide(Decide *d)
{
    size_t merges = json_array_size(json_object_get(d->matter->data, "merged"));
    if (merges >= MERGES_MAX && !json_bool(d->input, "me_too"))
        return fail_field(ERR_CONFLICT, "too_many", "into", MERGES_MAX);
    return FAIL_NONE;
}

/* Beyond FOLLOWERS_MAX people are counted and no longer told one by one: relations are few by design. */
static bool follow(Matter *m, Str who)
{
    if (m->n_relations >= FOLLOWERS_MAX || (matter_relations(m, who) & (REPORTER | FOLLOWER))) return false;
    matter_relate(m, who, FOLLOWER, 0);
    return true;
}

void absorb_fold(Matter *m, const Event *e)
{
    Str from = json_text(e->data, "from");
    const json_t *people = json_object_get(e->data, "people");
    json_t *row = json_new_object(m->arena), *came = json_new_array(m->arena),
           *list = json_object_get(m->data, "merged");
    for (size_t i = 0; i < json_array_size(people); i++) {
        Str person = json_text(json_array_get(people, i), "person");
        if (follow(m, person)) json_array_append_new(came, json_stringn(person.p, person.n));
    }
    json_put_int(m->data, "joined", json_int(m->data, "joined") + 1);
    if (json_bool(e->data, "me_too")) return;
    if (list == NULL) json_put(m->data, "merged", list = json_new_array(m->arena));
    json_put_text(row, "id", from);
    json_put(row, "people", came);
    json_array_append(list, row);
}

void release_fold(Matter *m, const Event *e)
{
    Str from = json_text(e->data, "from");
    json_t *list = json_object_get(m->data, "merged");
    json_put_int(m->data, "joined", json_int(m->data, "joined") - 1);
    for (size_t i = json_array_size(list); i > 0; i--) {
        const json_t *row = json_array_get(list, i - 1), *came = json_object_get(row, "people");
        if (!str_eq(json_text(row, "id"), from)) continue;
        for (size_t k = 0; k < json_array_size(came); k++)
            matter_relate(m, str_c(json_string_value(json_array_get(came, k))), 0, FOLLOWER);
        json_array_remove(list, i - 1);
    }
}

/* ---- me too: a report of its own, merged from the first moment; without an account it has a receipt code ---- */

Fail me_too_decide(Decide *d)
{
    const DbRows *target = d->reads[0], *relations = d->reads[1], *joined = d->reads[2];
    Str into = json_text(d->input, "into"), person = d->actor->person;
    Fail f = check_target(target);
    if (f.err != OK) return f;
    for (int i = 0; person.n > 0 && i < relations->rows; i++)
        if (str_eq(db_text(relations, i, 0), person) && (db_int(relations, i, 1) & (REPORTER | FOLLOWER)))
            return fail_field(ERR_CONFLICT, "joined_already", "into", 0);
    for (int i = 0; person.n > 0 && i < joined->rows; i++)
        if (str_eq(db_text(joined, i, 0), into)) return fail_field(ERR_CONFLICT, "joined_already", "into", 0);
    json_t *people = json_new_array(d->arena);
    add_person(d, people, person.n > 0 ? person : d->matter->id);
    json_put(d->data, "people", people);
    json_put_bool(d->data, "me_too", true);
    json_put_text(d->data, "place", db_text(target, 0, 2));
    json_put_text(d->data, "category", db_text(target, 0, 4));
    return FAIL_NONE;
}

void me_too_fold(Matter *m, const Event *e)
{
    json_put_text(m->data, "reporter", e->actor);
    json_put_text(m->data, "into", json_text(e->data, "into"));
    json_put_bool(m->data, "me_too", true);
    matter_relate(m, e->actor, REPORTER, 0);
    m->closed_at = e->at;
}

/* ---- looking for the same thing before sending ---- */

enum { SHOWN_MAX = 5, SCORE_MIN = 40, POINTS_MAX = 160, WORD_MAX = 24 };

static Stmt candidates = {
    "sllll", "slsslllssl",
    "SELECT m.id, m.number, m.state, m.category, m.opened_at, r.public_lon_e7, r.public_lat_e7, r.public_title, r.text,"
    " r.joined FROM report r JOIN matter m ON m.community = r.community AND m.id = r.id WHERE r.community = $1"
    " AND r.public_lat_e7 >= $2 AND r.public_lat_e7 <= $3 AND r.public_lon_e7 >= $4 AND r.public_lon_e7 <= $5"
    " AND r.is_open = 1 ORDER BY m.opened_at DESC, m.id DESC LIMIT 200"
};
Stmt *const same_statements[] = { &candidates, NULL };

static int64_t root(int64_t n)
{
    int64_t x = 0;
    for (int64_t step = INT64_C(1) << 20; step > 0; step >>= 1)
        if ((x + step) * (x + step) <= n) x += step;
    return x;
}

/* Where each sign of the text begins, and where the last one ends. */
static int signs(Str s, size_t *at)
{
    int n = 0;
    for (size_t i = 0; i < s.n && n < POINTS_MAX; i++)
        if (((unsigned char)s.p[i] & 0xC0) != 0x80) at[n++] = i;
    at[n] = n == POINTS_MAX ? at[n - 1] : s.n;
    return n == POINTS_MAX ? n - 1 : n;
}

static bool same_sign(Str a, const size_t *at, int i, Str b, const size_t *bt, int k)
{
    size_t n = at[i + 1] - at[i];
    return n == bt[k + 1] - bt[k] && memcmp(a.p + at[i], b.p + bt[k], n) == 0;
}

Str report_common(Str a, Str b)
{
    size_t at[POINTS_MAX + 1], bt[POINTS_MAX + 1];
    int n = signs(a, at), m = signs(b, bt), best = 0, where = 0;
    int run[2][POINTS_MAX + 1] = { { 0 } };
    for (int i = 0; i < n; i++)
        for (int k = 0; k < m; k++) {
            int *row = run[i & 1], *above = run[(i + 1) & 1];
            row[k + 1] = same_sign(a, at, i, b, bt, k) ? above[k] + 1 : 0;
            if (row[k + 1] <= best) continue;
            best = row[k + 1];
            where = i + 1 - best;
        }
    if (best > WORD_MAX) best = WORD_MAX;
    return str_trim((Str){ a.p + at[where], at[where + best] - at[where] });
}

/* Two Han signs say something, two Latin letters nothing. */
static int64_t text_points(Str words)
{
    int64_t points = 0;
    for (size_t i = 0; i < words.n; i++)
        if (((unsigned char)words.p[i] & 0xC0) != 0x80) points += (unsigned char)words.p[i] >= 0x80 ? 7 : 3;
    return points < 12 ? 0 : points > 30 ? 30 : points;
}

int64_t report_apart(int64_t east_e7, int64_t north_e7)
{
    int64_t east = east_e7 / LON_E7_PER_M, north = north_e7 / LAT_E7_PER_M;
    return root(east * east + north * north);
}

void report_alike_score(Alike *x)
{
    int64_t points = text_points(x->words);
    if (points == 0) x->words = S("");
    x->score = 0;
    if (x->distance_m > ALIKE_RADIUS_M) return;
    x->score = 40 - 40 * x->distance_m / ALIKE_RADIUS_M + (x->category ? 30 : 0) + points +
               (x->hours < 24    ? 10
                : x->hours < 168 ? 5
                                 : 0);
}

static Alike compare(CallCtx *c, const DbRows *r, int i, int64_t lon_e7, int64_t lat_e7, Str category, Str q)
{
    Alike x = { .row = i,
                .distance_m = report_apart(db_int(r, i, 5) - lon_e7, db_int(r, i, 6) - lat_e7),
                .hours = (c->now - db_int(r, i, 4)) / HOUR_MS,
                .category = category.n > 0 && str_eq(db_text(r, i, 3), category),
                .words = S("") };
    /* what residents wrote is compared for staff of the place only; for everybody else the public title is */
    if (q.n > 0) x.words = report_common(q, db_text(r, i, 7));
    SealedText sealed;
    if (q.n > 0 && seal_raw(db_text(r, i, 8), &sealed) && (actor_roles_at(c->actor, c->community, c->now) & STAFF)) {
        Reading reading = {
            .arena = c->arena, .db = c->db, .seals = c->seals, .keys = c->keys, .community = c->community
        };
        Str words = report_common(q, reading_open(&reading, sealed));
        if (text_points(words) > text_points(x.words)) x.words = words;
    }
    report_alike_score(&x);
    return x;
}

void report_put_why(Json *j, const Alike *x)
{
    jw_key(j, "why");
    jw_open(j, '{');
    jw_put_int(j, "distance_m", (x->distance_m + 5) / 10 * 10);
    jw_put_int(j, "hours", x->hours);
    jw_put_bool(j, "category", x->category);
    if (x->words.n > 0) jw_put_text(j, "words", x->words);
    jw_put_int(j, "score", x->score);
    jw_close(j, '}');
}

static void put_alike(Json *j, const DbRows *r, const Alike *x)
{
    jw_open(j, '{');
    jw_put_text(j, "id", db_text(r, x->row, 0));
    jw_put_int(j, "number", db_int(r, x->row, 1));
    jw_put_text(j, "state", db_text(r, x->row, 2));
    jw_put_text(j, "category", db_text(r, x->row, 3));
    jw_put_int(j, "opened_at", db_int(r, x->row, 4));
    jw_put_text(j, "public_title", db_text(r, x->row, 7));
    jw_put_int(j, "joined", db_int(r, x->row, 9));
    report_put_why(j, x);
    jw_close(j, '}');
}

Fail report_similar(CallCtx *c, int64_t lon_e7, int64_t lat_e7, Str category, Str q)
{
    Fail f = FAIL_NONE;
    int64_t east = ALIKE_RADIUS_M * LON_E7_PER_M, north = ALIKE_RADIUS_M * LAT_E7_PER_M;
    DbRows *r = db_run(
        c->db, c->arena, &candidates,
        ARGS(TXT(c->community), NUM(lat_e7 - north), NUM(lat_e7 + north), NUM(lon_e7 - east), NUM(lon_e7 + east)), &f);
    if (f.err != OK) return f;
    Alike best[SHOWN_MAX + 1];
    int n = 0;
    for (int i = 0; i < r->rows; i++) {
        Alike x = compare(c, r, i, lon_e7, lat_e7, category, q);
        if (x.score < SCORE_MIN) continue;
        int at = n < SHOWN_MAX ? n++ : SHOWN_MAX;
        for (; at > 0 && best[at - 1].score < x.score; at--)
            best[at] = best[at - 1];
        best[at] = x;
    }
    Buf out = buf_new(c->arena, 1024);
    Json j = json_to(&out);
    jw_open(&j, '{');
    jw_key(&j, "rows");
    jw_open(&j, '[');
    for (int i = 0; i < n; i++)
        put_alike(&j, r, &best[i]);
    jw_close(&j, ']');
    jw_close(&j, '}');
    call_json(c, buf_str(&out));
    return FAIL_NONE;
}

Fail similar_run(CallCtx *c)
{
    static const Field fields[] = {
        { .name = "lon", .type = F_DEGREES, .required = true },
        { .name = "lat", .type = F_DEGREES, .required = true, .max = 90 },
        { .name = "category", .type = F_TEXT, .min = 2, .max = 20 },
        { .name = "q", .type = F_TEXT, .min = 1, .max = 200 },
    };
    DbVal v[4];
    Fail f = FAIL_NONE;
    for (int i = 0; i < 4 && f.err == OK; i++)
        f = call_value(c, &fields[i], &v[i]);
    return f.err == OK ? report_similar(c, v[0].i, v[1].i, v[2].s, v[3].s) : f;
}
