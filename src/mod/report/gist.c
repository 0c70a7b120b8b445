/* A voice note for text: somebody who understands it writes down what it says, in a few words. Sealed like the text,
 * for whoever may read that; no machine listens. */
#include "mod/report/report.h"

static const char *const LANGUAGES[] = { "zh", "bo", "en", NULL };
enum { GIST_MAX = 1000 };

const Field gist_fields[] = {
    { .name = "gist", .type = F_TEXT, .required = true, .min = 2, .max = GIST_MAX, .personal = OF_MATTER,
      .seen = TO_INVOLVED, .search = true },
    { .name = "gist_language", .type = F_ENUM, .values = LANGUAGES },
    /* what is spoken there, if the phone's language said something else */
    { .name = "spoken", .type = F_ENUM, .values = LANGUAGES },
    { 0 },
};

Fail gist_decide(Decide *d)
{
    if (json_array_size(json_object_get(d->matter->data, "voice")) == 0) return fail(ERR_CONFLICT, "nothing_to_hear");
    if (json_object_get(d->input, "gist_language") == NULL) json_put_text(d->data, "gist_language", S("zh"));
    return FAIL_NONE;
}

void gist_fold(Matter *m, const Event *e)
{
    json_put(m->data, "gist", json_object_get(e->data, "gist"));
    json_put_text(m->data, "gist_language", json_text(e->data, "gist_language"));
    json_put_text(m->data, "gist_by", e->actor);
    json_put_int(m->data, "gist_at", e->at);
    Str spoken = json_text(e->data, "spoken");
    if (spoken.n > 0) json_put_text(m->data, "spoken", spoken);
}

/* ---- the list of those that nobody has written down yet ---- */

static Stmt voice_add = { "sssl", "",
                          "INSERT INTO report_voice (community, matter, language, wanted, gist_at)"
                          " VALUES ($1, $2, $3, $4, 0) ON CONFLICT (community, matter) DO NOTHING" };
static Stmt voice_heard = {
    "ssls", "", "UPDATE report_voice SET gist_at = $3, language = $4 WHERE community = $1 AND matter = $2"
};
static Stmt voice_gone = { "ss", "", "DELETE FROM report_voice WHERE community = $1 AND matter = $2" };
Stmt *const gist_statements[] = { &voice_add, &voice_heard, &voice_gone, NULL };

static Str language_of(const Matter *m)
{
    Str spoken = json_text(m->data, "spoken"), said = json_text(m->data, "language");
    return spoken.n > 0 ? spoken : said.n > 0 ? said : S("zh");
}

void report_apply_voice(Apply *a, const Matter *m, const Event *e)
{
    bool voice = json_array_size(json_object_get(m->data, "voice")) > 0;
    bool text = json_object_get(m->data, "text") != NULL;
    if (m->version == 1 && voice)
        db_send(a->db, a->arena, &voice_add, ARGS(TXT(e->community), TXT(m->id), TXT(language_of(m)), NUM(!text)));
    if (str_is(e->type, "report.gist"))
        db_send(a->db, a->arena, &voice_heard,
                ARGS(TXT(e->community), TXT(m->id), NUM(e->at), TXT(language_of(m))));
    if (e->action->erases) db_send(a->db, a->arena, &voice_gone, ARGS(TXT(e->community), TXT(m->id)));
}
