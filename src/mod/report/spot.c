/* On the spot: an officer records and closes in one step. A random sample is verified by another; the draw is in the
 * event, so that everybody can draw again. */
#include "mod/report/report.h"

#include "core/setting.h"

enum { SAMPLE_PERCENT = 10, PER_TEN_THOUSAND = 10000 };

Read spot_reads[] = {
    CATEGORY_READ,
    { .name = "limits", SETTING_READ("limits"), .key = "", .shared = true },
    { 0 },
};

/* SHA-256 of "linli draw 1", community, matter and salt, a line each; its first eight bytes, modulo 10,000. The
 * matter's id is the phone's choice, the salt is not: nobody can pick an id that is never drawn. */
int64_t spot_roll(Str community, Str matter, Str salt)
{
    Hash h = hash_sha256((Str[]){ S("linli draw 1\n"), community, S("\n"), matter, S("\n"), salt }, 6);
    uint64_t n = 0;
    for (int i = 0; i < 8; i++)
        n = n << 8 | h.b[i];
    return (int64_t)(n % PER_TEN_THOUSAND);
}

Fail spot_decide(Decide *d)
{
    const DbRows *category = d->reads[0];
    const json_t *limits = setting_of(d->arena, d->reads[1]);
    Fail f = report_category_known(category);
    if (f.err == OK) f = report_find_place(d);
    if (f.err != OK) return f;
    int64_t percent =
        json_object_get(limits, "sample_percent") != NULL ? json_int(limits, "sample_percent") : SAMPLE_PERCENT;
    int64_t roll = spot_roll(d->matter->community, d->matter->id, d->new_id);
    bool drawn = roll < percent * (PER_TEN_THOUSAND / 100);
    json_t *draw = json_new_object(d->arena);
    json_put_text(draw, "salt", d->new_id);
    json_put_int(draw, "percent", percent);
    json_put_int(draw, "roll", roll);
    json_put_bool(draw, "drawn", drawn);
    json_put(d->data, "draw", draw);
    json_put_int(d->data, "coarsen_m", db_int(category, 0, CATEGORY_COARSEN));
    report_put_by_staff(d);
    report_put_due(d, db_int(category, 0, CATEGORY_LIMIT), unit_by_name(db_text(category, 0, CATEGORY_UNIT)));
    d->to = drawn ? DONE : CLOSED;
    return FAIL_NONE;
}

/* Nobody reported it but who settled it: no reporter, a handler. */
void spot_fold(Matter *m, const Event *e)
{
    static const char *const kept[] = { "text", "near", "coarsen_m", "draw" };
    const json_t *draw = json_object_get(e->data, "draw");
    for (int i = 0; i < COUNT(kept); i++) {
        json_t *v = json_object_get(e->data, kept[i]);
        if (v != NULL) json_put(m->data, kept[i], v);
    }
    json_put(m->data, "photos", json_object_get(e->data, "before"));
    json_put(m->data, "result_photos", json_object_get(e->data, "after"));
    json_put_text(m->data, "reporter", e->actor);
    json_put_text(m->data, "handler", e->actor);
    json_put_text(m->data, "responsible", e->actor);
    json_put_int(m->data, "spot", json_bool(draw, "drawn") ? 2 : 1);
    json_put_int(m->data, "registered_at", e->at);
    json_put_int(m->data, "done_at", e->at);
    matter_relate(m, e->actor, HANDLER | HANDLED, 0);
    report_set_due(m, e);
    if (m->state == CLOSED) m->closed_at = e->at;
}
