/* Which languages a person speaks, as they themselves say: a voice note is offered first to who understands it. Nothing
 * else is concluded from it, and nobody else sets it. */
#include "core/person/person.h"

static const char *const LANGUAGES[] = { "zh", "bo", "en", NULL };
enum { LANGUAGES_N = COUNT(LANGUAGES) - 1 };
static const Field one[] = { { .name = "language", .type = F_ENUM, .required = true, .values = LANGUAGES }, { 0 } };
const Field person_spoken_fields[] = {
    { .name = "spoken", .type = F_LIST, .required = true, .max = LANGUAGES_N, .fields = one },
    { 0 },
};

Fail person_decide_spoken(Decide *d)
{
    const json_t *list = json_object_get(d->input, "spoken");
    for (size_t i = 0; i < json_array_size(list); i++)
        for (size_t k = 0; k < i; k++)
            if (str_eq(json_text(json_array_get(list, i), "language"), json_text(json_array_get(list, k), "language")))
                return fail_field(ERR_INVALID, "repeated", arena_fmt(d->arena, "spoken[%zu].language", i).p, 0);
    return FAIL_NONE;
}

void person_fold_spoken(Matter *m, const Event *e)
{
    json_put(m->data, "spoken", json_object_get(e->data, "spoken"));
}

static Stmt spoken_clear = { "ss", "", "DELETE FROM person_spoken WHERE community = $1 AND person = $2" };
static Stmt spoken_add = { "sss", "",
                           "INSERT INTO person_spoken (community, person, language) VALUES ($1, $2, $3)" };
Stmt *const spoken_statements[] = { &spoken_clear, &spoken_add, NULL };

void person_drop_spoken(Apply *a, const Event *e)
{
    db_send(a->db, a->arena, &spoken_clear, ARGS(TXT(e->community), TXT(e->matter)));
}

void person_apply_spoken(Apply *a, const Matter *m, const Event *e)
{
    const json_t *list = json_object_get(m->data, "spoken");
    person_drop_spoken(a, e);
    for (size_t i = 0; i < json_array_size(list); i++)
        db_send(a->db, a->arena, &spoken_add,
                ARGS(TXT(e->community), TXT(m->id), TXT(json_text(json_array_get(list, i), "language"))));
}
