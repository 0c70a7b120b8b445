/* Reports that somebody else writes down: for who calls, comes to the window or sends a letter, and those that a
 * community kept on paper or in a sheet until now. Who writes is never the one who asked. */
#include "mod/report/report.h"

#include <strings.h>

Read caller_reads[] = {
    CATEGORY_READ,
    /* Shared: whoever is put on file in the same batch counts as not on file yet. */
    { .name = "caller", .key = "phone", .shared = true, .lookup = true,
      .stmt = { "ss", "s",
                "SELECT l.person FROM person_lookup l JOIN person p ON p.community = l.community"
                " AND p.person = l.person WHERE l.community = $1 AND l.kind = 'phone' AND l.hash = $2"
                " AND p.state = 'active'" } },
    { 0 },
};
enum { READ_CATEGORY, READ_CALLER };

/* All of them: sheets name categories as people call them. */
Read import_reads[] = {
    { .name = "categories", .key = "", .shared = true,
      .stmt = { "s", "ssllsll",
                "SELECT code, name, limit_n, coarsen_m, unit, position, retired FROM category WHERE community = $1"
                " ORDER BY position, code" } },
    { 0 },
};
enum { CODE, NAME, LIMIT, COARSEN, UNIT, POSITION, RETIRED };

/* ---- for a caller ---- */

Fail create_for_decide(Decide *d)
{
    const DbRows *category = d->reads[READ_CATEGORY], *caller = d->reads[READ_CALLER];
    if (category->rows == 0 || db_int(category, 0, CATEGORY_RETIRED) != 0)
        return fail_field(ERR_INVALID, "not_one_of", "category", 0);
    Fail f = report_find_place(d);
    if (f.err != OK) return f;
    bool known = json_text(d->input, "phone").n > 0 && caller->rows > 0;
    Str person = known ? db_text(caller, 0, 0) : S("");
    if (known && str_eq(person, d->actor->person)) return fail_field(ERR_CONFLICT, "own_phone", "phone", 0);
    json_put_text(d->data, "reporter", person);
    report_put_category(d, category);
    report_put_due(d, db_int(category, 0, CATEGORY_LIMIT), unit_by_name(db_text(category, 0, CATEGORY_UNIT)));
    return FAIL_NONE;
}

static void take(Matter *m, const Event *e, const char *const *names)
{
    for (; *names != NULL; names++) {
        json_t *v = json_object_get(e->data, *names);
        if (v != NULL) json_put(m->data, *names, v);
    }
}

void create_for_fold(Matter *m, const Event *e)
{
    static const char *const kept[] = { "text",   "phone",    "caller",    "near",         "photos", "language", "door",
                                        "floor",  "channel",  "coarsen_m", "urgent",
                                        "public_title", NULL };
    Str person = json_text(e->data, "reporter");
    take(m, e, kept);
    json_put_text(m->data, "reporter", person);
    json_put_text(m->data, "taken_by", e->actor);
    json_put_int(m->data, "registered_at", e->at);
    if (person.n > 0) matter_relate(m, person, REPORTER, 0);
    report_set_due(m, e);
}

/* ---- from a program that others report with ---- */

/* The program speaks for whoever told it: it follows the report, adds to it, and may take it back. */
Fail by_program_decide(Decide *d)
{
    json_put_text(d->data, "reporter", d->roles & PROGRAM ? d->actor->person : S(""));
    return create_decide(d);
}

void by_program_fold(Matter *m, const Event *e)
{
    static const char *const kept[] = { "text",    "phone",        "caller",    "near",   "photos", "language", "form",
                                        "form_of", "form_version", "coarsen_m", "urgent", "given",  NULL };
    Str program = json_text(e->data, "reporter");
    take(m, e, kept);
    json_put_text(m->data, "reporter", program);
    json_put_text(m->data, "taken_by", e->actor);
    if (program.n > 0) matter_relate(m, program, REPORTER, 0);
    report_set_due(m, e);
}

/* ---- from a sheet ---- */

static bool is_called(Arena *a, const DbRows *r, int i, Str what)
{
    if (strcasecmp(arena_c(a, what), arena_c(a, db_text(r, i, CODE))) == 0) return true;
    Fail f = FAIL_NONE;
    json_t *names = json_read(a, db_text(r, i, NAME), &f);
    const char *language;
    json_t *name;
    json_object_foreach(names, language, name)
    {
        if (json_is_string(name) && str_is(what, json_string_value(name))) return true;
    }
    return false;
}

/* What was open then is looked at now, with a clock of its own; what was closed then stays closed, and was never
 * verified here: figures tell the two apart by `imported`. When it was first raised is a field, not the event's time.
 */
Fail import_decide(Decide *d)
{
    const DbRows *r = d->reads[0];
    Str category = str_trim(json_text(d->input, "category"));
    int i = 0;
    while (i < r->rows && (db_int(r, i, RETIRED) != 0 || !is_called(d->arena, r, i, category)))
        i++;
    if (i == r->rows) return fail_field(ERR_INVALID, "not_one_of", "category", 0);
    if (json_int(d->input, "original_at") > d->now) return fail_field(ERR_INVALID, "too_large", "original_at", d->now);
    Fail f = report_find_place(d);
    if (f.err != OK) return f;
    json_put_text(d->data, "category", db_text(r, i, CODE));
    json_put_int(d->data, "coarsen_m", db_int(r, i, COARSEN));
    bool closed = str_is(json_text(d->input, "status"), "closed");
    d->to = closed ? CLOSED : COLLECTED;
    if (!closed) report_put_due(d, REPORT_TRIAGE_HOURS, WORKING_HOURS);
    return FAIL_NONE;
}

void import_fold(Matter *m, const Event *e)
{
    static const char *const kept[] = { "text",   "phone",           "caller",      "near",   "door",      "floor",
                                        "source", "external_number", "original_at", "result", "coarsen_m", NULL };
    take(m, e, kept);
    json_put_text(m->data, "reporter", S(""));
    json_put_bool(m->data, "imported", true);
    report_set_due(m, e);
    if (m->state == CLOSED) m->closed_at = e->at; /* or it would stand among what is open */
}

/* Only as it came in: whatever somebody has done with it since is theirs. */
Fail withdraw_import_decide(Decide *d)
{
    if (!json_bool(d->matter->data, "imported")) return fail(ERR_CONFLICT, "not_imported");
    if (d->matter->version != 1) return fail_field(ERR_CONFLICT, "changed_since", "version", d->matter->version);
    return FAIL_NONE;
}

void withdraw_import_fold(Matter *m, const Event *e)
{
    erase_fold(m, e);
    m->due_at = 0;
}
