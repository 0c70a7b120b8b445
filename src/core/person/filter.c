/* What a person has put aside to look at again: the desk's filters, each a name and the text that stands behind '#' in
 * the desk's address. Both are the person's own words, sealed, and of use to nobody else. Pure but for apply. */
#include "core/person/person.h"

enum { FILTERS_MAX = 20, FILTER_NAME_MAX = 40, FILTER_QUERY_MAX = 400 };

/* The same id again replaces what stood there. */
const Field person_keep_filter_fields[] = {
    { .name = "filter", .type = F_ID, .required = true },
    { .name = "title", .type = F_TEXT, .required = true, .min = 1, .max = FILTER_NAME_MAX, .personal = OF_MATTER },
    { .name = "query", .type = F_TEXT, .required = true, .min = 1, .max = FILTER_QUERY_MAX, .personal = OF_MATTER },
    { 0 },
};
const Field person_drop_filter_fields[] = { { .name = "filter", .type = F_ID, .required = true }, { 0 } };

static int filter_at(const json_t *list, Str id)
{
    for (size_t i = 0; i < json_array_size(list); i++)
        if (str_eq(json_text(json_array_get(list, i), "filter"), id)) return (int)i;
    return -1;
}

Fail person_decide_keep_filter(Decide *d)
{
    const json_t *list = json_object_get(d->matter->data, "filters");
    if (filter_at(list, json_text(d->input, "filter")) < 0 && json_array_size(list) >= FILTERS_MAX)
        return fail_field(ERR_CONFLICT, "too_many", "filter", FILTERS_MAX);
    return FAIL_NONE;
}

Fail person_decide_drop_filter(Decide *d)
{
    bool there = filter_at(json_object_get(d->matter->data, "filters"), json_text(d->input, "filter")) >= 0;
    return there ? FAIL_NONE : fail_field(ERR_CONFLICT, "no_such_filter", "filter", 0);
}

/* A list of its own: what it was before may stand in somebody else's picture of the matter. */
static json_t *filters_without(Matter *m, Str id)
{
    json_t *list = json_new_array(m->arena), *was = json_object_get(m->data, "filters");
    for (size_t i = 0; i < json_array_size(was); i++)
        if (!str_eq(json_text(json_array_get(was, i), "filter"), id)) json_array_append(list, json_array_get(was, i));
    json_put(m->data, "filters", list);
    return list;
}

void person_fold_keep_filter(Matter *m, const Event *e)
{
    json_array_append(filters_without(m, json_text(e->data, "filter")), e->data);
}

void person_fold_drop_filter(Matter *m, const Event *e)
{
    filters_without(m, json_text(e->data, "filter"));
}

/* ---- the table ---- */

static Stmt filter_put = { "sssssl", "",
                           "INSERT INTO person_filter (community, person, id, title, query, kept_at)"
                           " VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (community, person, id) DO UPDATE SET"
                           " title = excluded.title, query = excluded.query, kept_at = excluded.kept_at" };
static Stmt filter_drop = { "sss", "",
                            "DELETE FROM person_filter WHERE community = $1 AND person = $2 AND id = $3" };
static Stmt filters_drop = { "ss", "", "DELETE FROM person_filter WHERE community = $1 AND person = $2" };
Stmt *const filter_statements[] = { &filter_put, &filter_drop, &filters_drop, NULL };

static Str sealed_text(Apply *a, const Event *e, const char *name)
{
    const json_t *v = json_object_get(e->data, name);
    return v != NULL ? json_print(a->arena, v) : S("");
}

void person_apply_keep_filter(Apply *a, const Matter *m, const Event *e)
{
    (void)m;
    db_send(a->db, a->arena, &filter_put,
            ARGS(TXT(e->community), TXT(e->matter), TXT(json_text(e->data, "filter")),
                 TXT(sealed_text(a, e, "title")), TXT(sealed_text(a, e, "query")), NUM(e->at)));
}

void person_apply_drop_filter(Apply *a, const Matter *m, const Event *e)
{
    (void)m;
    db_send(a->db, a->arena, &filter_drop,
            ARGS(TXT(e->community), TXT(e->matter), TXT(json_text(e->data, "filter"))));
}

void person_drop_filters(Apply *a, const Event *e)
{
    db_send(a->db, a->arena, &filters_drop, ARGS(TXT(e->community), TXT(e->matter)));
}
