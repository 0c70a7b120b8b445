/* The rules of a report: pure functions over what was read. */
#include "mod/report/report.h"

Read category_read[] = {
    CATEGORY_READ,
    { 0 },
};

/* ---- decide ---- */

Fail report_category_known(const DbRows *category)
{
    if (category->rows == 0 || db_int(category, 0, CATEGORY_RETIRED) != 0)
        return fail_field(ERR_INVALID, "not_one_of", "category", 0);
    return FAIL_NONE;
}

/* `urgent` stands there only where it is: whoever is told of such a report is told also at night. */
void report_put_category(Decide *d, const DbRows *category)
{
    json_put_int(d->data, "coarsen_m", db_int(category, 0, CATEGORY_COARSEN));
    if (db_int(category, 0, CATEGORY_URGENT) != 0) json_put_bool(d->data, "urgent", true);
}

Fail report_find_place(Decide *d)
{
    Str place = json_text(d->input, "place");
    const json_t *point = json_object_get(d->input, "point");
    if (place.n > 0 && !place_within(place, d->matter->community))
        return fail_field(ERR_INVALID, "outside_community", "place", 0);
    if (place.n == 0 && point != NULL && d->places != NULL)
        place = places_grid_at(d->places, json_int(point, "lon_e7"), json_int(point, "lat_e7"));
    if (place.n == 0 && d->matter->state < 0) place = d->matter->community;
    if (place.n > 0) json_put_text(d->data, "place", place);
    return FAIL_NONE;
}

/* The category's own questions, as they stand today. Which ones they were stays with the report: form_of, form_version.
 */
static Fail fill_form(Decide *d, const DbRows *category)
{
    Fail f = FAIL_NONE;
    Errors errors = { .arena = d->arena };
    json_t *filled = json_object_get(d->input, "form");
    Str text = db_text(category, 0, CATEGORY_FORM);
    if (text.n == 0 && json_object_size(filled) == 0) {
        json_object_del(d->data, "form");
        return FAIL_NONE;
    }
    json_t *questions = text.n > 0 ? json_read(d->arena, text, &f) : json_new_array(d->arena);
    if (f.err != OK) return fail(ERR_INTERNAL, "category_form");
    json_t *checked = form_validate(d->arena, questions, filled, "form", &errors);
    if (errors.n > 0) return errors.list[0];
    if (json_object_size(checked) == 0) {
        json_object_del(d->data, "form");
        return FAIL_NONE;
    }
    json_put(d->data, "form", checked);
    json_put_text(d->data, "form_of", json_text(d->input, "category"));
    json_put_int(d->data, "form_version", db_int(category, 0, CATEGORY_FORM_VERSION));
    return FAIL_NONE;
}

Fail create_decide(Decide *d)
{
    const DbRows *category = d->reads[0];
    Fail f = report_category_known(category);
    if (f.err == OK) f = report_find_place(d);
    if (f.err != OK) return f;
    bool says_something = json_text(d->input, "text").n > 0 ||
                          json_array_size(json_object_get(d->input, "photos")) > 0 ||
                          json_array_size(json_object_get(d->input, "voice")) > 0 ||
                          json_object_get(d->input, "point") != NULL || json_text(d->input, "near").n > 0;
    if (!says_something) return fail_field(ERR_INVALID, "required", "text", 0);
    f = fill_form(d, category);
    if (f.err != OK) return f;
    report_put_category(d, category);
    report_put_by_staff(d);
    report_put_due(d, REPORT_TRIAGE_HOURS, WORKING_HOURS);
    return FAIL_NONE;
}

Fail register_decide(Decide *d)
{
    const DbRows *category = d->reads[0];
    Fail f = report_category_known(category);
    if (f.err == OK) f = report_find_place(d);
    if (f.err != OK) return f;
    report_put_category(d, category);
    report_put_due(d, db_int(category, 0, CATEGORY_LIMIT), unit_by_name(db_text(category, 0, CATEGORY_UNIT)));
    return FAIL_NONE;
}

Fail verify_decide(Decide *d)
{
    /* unless = HANDLED keeps handlers out; nobody may confirm on behalf of the system either */
    return d->actor->person.n > 0 ? FAIL_NONE : fail(ERR_FORBIDDEN, "forbidden");
}

Fail rate_decide(Decide *d)
{
    bool solved = json_bool(d->input, "solved");
    report_put_by_staff(d);
    bool has_handler = matter_person(d->matter, HANDLER).n > 0;
    d->to = solved || !has_handler ? d->matter->state : HANDLING;
    if (d->to != HANDLING) return FAIL_NONE;
    report_due_again(d);
    report_redone_up(d);
    return FAIL_NONE;
}

Fail reopen_decide(Decide *d)
{
    d->to = matter_person(d->matter, HANDLER).n > 0 ? HANDLING : COLLECTED;
    report_due_again(d);
    report_redone_up(d);
    return FAIL_NONE;
}

Fail redo_decide(Decide *d)
{
    report_redone_up(d);
    return FAIL_NONE;
}

/* ---- fold ---- */

static void take_over(Matter *m, const Event *e, const char *name)
{
    json_t *v = json_object_get(e->data, name);
    if (v != NULL) json_put(m->data, name, v);
}

static void count_up(Matter *m, const char *name)
{
    json_put_int(m->data, name, json_int(m->data, name) + 1);
}

void create_fold(Matter *m, const Event *e)
{
    static const char *const kept[] = { "text",  "phone",    "near", "door",    "floor",        "photos",
                                        "voice", "language", "form", "form_of", "form_version", "coarsen_m",
                                        "urgent" };
    for (int i = 0; i < COUNT(kept); i++)
        take_over(m, e, kept[i]);
    json_put_text(m->data, "reporter", e->actor);
    matter_relate(m, e->actor, REPORTER, 0);
    report_set_due(m, e);
}

void register_fold(Matter *m, const Event *e)
{
    take_over(m, e, "public_title");
    take_over(m, e, "coarsen_m");
    json_object_del(m->data, "urgent"); /* the category may be another now */
    take_over(m, e, "urgent");
    json_put_int(m->data, "registered_at", e->at);
    report_set_due(m, e);
}

void refuse_fold(Matter *m, const Event *e)
{
    take_over(m, e, "reason");
    json_object_del(m->data, "paused");
    m->due_at = 0;
}

void finish_fold(Matter *m, const Event *e)
{
    json_put_int(m->data, "done_at", e->at);
    json_put(m->data, "result", json_object_get(e->data, "text"));
    take_over(m, e, "why_not");
    json_t *photos = json_object_get(e->data, "photos");
    if (photos != NULL) json_put(m->data, "result_photos", photos);
    resume_fold(m, e);
}

void verify_fold(Matter *m, const Event *e)
{
    json_put_int(m->data, "verified_at", e->at);
    matter_relate(m, e->actor, VERIFIER, 0);
}

static void not_done_after_all(Matter *m, const Event *e)
{
    report_fold_level(m, e);
    json_put_int(m->data, "done_at", 0);
    json_put_int(m->data, "verified_at", 0);
    count_up(m, "redone");
}

void redo_fold(Matter *m, const Event *e)
{
    not_done_after_all(m, e);
}

void rate_fold(Matter *m, const Event *e)
{
    json_put_bool(m->data, "satisfied", json_bool(e->data, "solved"));
    json_put_int(m->data, "rated_at", e->at);
    if (json_object_get(e->data, "score") != NULL) json_put_int(m->data, "score", json_int(e->data, "score"));
    if (m->state != HANDLING) return;
    not_done_after_all(m, e);
    report_set_due(m, e);
}

void reopen_fold(Matter *m, const Event *e)
{
    not_done_after_all(m, e);
    report_set_due(m, e);
}

void urge_fold(Matter *m, const Event *e)
{
    json_put_int(m->data, "urged_at", e->at);
    count_up(m, "urged");
}

/* What a person wrote or showed goes; what happened, when and by whom stays. */
void erase_fold(Matter *m, const Event *e)
{
    static const char *const gone[] = { "text", "phone", "near", "photos", "form", "result", "result_photos",
                                        "reason", "public_title", "voice", "caller", "door", "floor",
                                        "external_number", "why_not", "reply",
                                        "given", "gist" };
    (void)e;
    for (int i = 0; i < COUNT(gone); i++)
        json_object_del(m->data, gone[i]);
    m->has_point = false;
    m->lon_e7 = m->lat_e7 = 0;
    json_put_bool(m->data, "erased", true);
}
