/* On paper: the agreement, the joint application to the court, the dossier with its index and hashes. All of them print
 * what the view of the asking person holds and nothing else, so no paper shows more than the screen does. */
#include "mod/dispute/dispute.h"

#include "core/paper/paper.h"
#include "core/person/person.h"
#include "core/proof/stamp.h"
#include "core/setting.h"

enum { ZONE_MINUTES = 480 };

/* Of each event of the matter as the chain has it. */
static Stmt chain_of = {
    "ss", "lb",
    "SELECT t.seq, e.hash FROM timeline t JOIN event e ON e.community = t.community AND e.seq = t.seq"
    " WHERE t.community = $1 AND t.matter = $2 ORDER BY t.seq"
};
Stmt *const dispute_paper_statements[] = { &chain_of, NULL };

typedef struct Paper {
    CallCtx *c;
    Arena *arena;
    const char *language;
    json_t *view, *data, *document, *sections;
    const json_t *agreement;
    Str community_name;
} Paper;

static Str word(const Paper *p, const char *key)
{
    return world_word(p->c->world, p->language, "dispute", key);
}

static Str word_of(const Paper *p, const char *group, Str name)
{
    return word(p, arena_fmt(p->arena, "%s.%.*s", group, STR_ARG(name)).p);
}

static Str value_word(const Paper *p, const char *field, Str value)
{
    return word(p, arena_fmt(p->arena, "value.%s.%.*s", field, STR_ARG(value)).p);
}

static Str when(const Paper *p, int64_t ms)
{
    Civil t = time_civil(ms, ZONE_MINUTES);
    if (ms == 0) return S("–");
    return arena_fmt(p->arena, "%04d-%02d-%02d %02d:%02d", t.year, t.month, t.day, t.hour, t.minute);
}

static Str yuan(const Paper *p, int64_t fen)
{
    return arena_fmt(p->arena, "%lld.%02lld %.*s", (long long)(fen / 100), (long long)(fen % 100),
                     STR_ARG(word(p, "paper.yuan")));
}

static Str party_name(const Paper *p, Str id)
{
    const json_t *rows = json_object_get(p->data, "parties");
    for (size_t i = 0; i < json_array_size(rows); i++)
        if (str_eq(json_text(json_array_get(rows, i), "id"), id)) return json_text(json_array_get(rows, i), "name");
    return S("–");
}

static json_t *section(Paper *p, Str title)
{
    json_t *s = json_new_object(p->arena), *paragraphs = json_new_array(p->arena);
    json_put_text(s, "title", title);
    json_put(s, "paragraphs", paragraphs);
    json_array_append(p->sections, s);
    return paragraphs;
}

static void say(json_t *paragraphs, Str text)
{
    json_array_append_new(paragraphs, json_stringn(text.p, text.n));
}

static void say_labelled(const Paper *p, json_t *paragraphs, Str label, Str text)
{
    if (text.n > 0) say(paragraphs, arena_fmt(p->arena, "%.*s: %.*s", STR_ARG(label), STR_ARG(text)));
}

/* ---- the view, and the frame of each paper ---- */

static Fail open_paper(Paper *p, CallCtx *c)
{
    extern const Module module_dispute;
    *p = (Paper){
        .c = c, .arena = c->arena, .document = json_new_object(c->arena), .sections = json_new_array(c->arena)
    };
    Fail f = call_language(c, &p->language);
    if (f.err == OK) f = call_view(c, &module_dispute, "view", call_arg(c, 0), &p->view);
    if (f.err != OK) return f;
    p->data = json_object_get(p->view, "data");
    p->agreement = json_object_get(p->data, "agreement");
    const json_t *names = setting_value(c->db, c->arena, c->community, "name", &f);
    p->community_name = json_text(names, p->language);
    if (p->community_name.n == 0) p->community_name = json_text(names, "zh");
    return f;
}

static void put_frame(Paper *p, const char *title, json_t *lines)
{
    json_t *d = p->document;
    json_put_text(d, "language", str_c(p->language));
    json_put_int(d, "made_at", p->c->now);
    json_put_text(d, "title", word(p, title));
    json_put_text(d, "page", word(p, "paper.page"));
    json_put(d, "lines", lines);
    json_put(d, "sections", p->sections);
    json_put_text(d, "foot",
                  arena_fmt(p->arena, "%.*s  %.*s %lld", STR_ARG(p->community_name), STR_ARG(word(p, "name")),
                            (long long)json_int(p->view, "number")));
}

static Fail print(Paper *p)
{
    Str pdf;
    Fail f = paper_make(p->arena, NULL, p->document, &pdf);
    if (f.err != OK) return f;
    p->c->reply.type = "application/pdf";
    p->c->reply.body = stamp_paper(p->arena, p->c->seals, p->c->community, p->c->now, pdf);
    return f;
}

static json_t *first_lines(Paper *p)
{
    json_t *lines = json_new_array(p->arena);
    say_labelled(p, lines, word(p, "paper.number"),
                 arena_fmt(p->arena, "%lld", (long long)json_int(p->view, "number")));
    say_labelled(p, lines, word(p, "paper.committee"), p->community_name);
    say_labelled(p, lines, word(p, "paper.made"), when(p, p->c->now));
    return lines;
}

/* ---- the agreement ---- */

/* What is printed is what was hashed, to the byte; a text that was tampered with is not issued. */
static Fail text_holds(const Paper *p)
{
    if (p->agreement == NULL || json_object_get(p->agreement, "text") == NULL) return fail(ERR_NOT_FOUND, "not_found");
    Str hash = dispute_text_hash(p->arena, json_text(p->view, "id"), json_int(p->agreement, "edition"),
                                 json_text(p->agreement, "salt"), json_object_get(p->agreement, "text"));
    return str_eq(hash, json_text(p->agreement, "hash")) ? FAIL_NONE : fail(ERR_INTERNAL, "text_changed");
}

static void put_signatories(Paper *p)
{
    const json_t *rows = json_object_get(json_object_get(p->agreement, "text"), "signatories");
    json_t *to = section(p, word(p, "paper.parties"));
    for (size_t i = 0; i < json_array_size(rows); i++) {
        const json_t *row = json_array_get(rows, i);
        say(to, arena_fmt(p->arena, "%zu. %.*s  %.*s", i + 1, STR_ARG(json_text(row, "name")),
                          STR_ARG(json_text(row, "details"))));
    }
}

static Str signatory_name(const Paper *p, Str party)
{
    const json_t *rows = json_object_get(json_object_get(p->agreement, "text"), "signatories");
    for (size_t i = 0; i < json_array_size(rows); i++)
        if (str_eq(json_text(json_array_get(rows, i), "party"), party))
            return json_text(json_array_get(rows, i), "name");
    return party_name(p, party);
}

static void put_liability(Paper *p)
{
    const json_t *rows = json_object_get(json_object_get(p->agreement, "text"), "liability");
    json_t *to = section(p, word(p, "field.liability"));
    for (size_t i = 0; i < json_array_size(rows); i++) {
        const json_t *row = json_array_get(rows, i);
        int64_t share = json_int(row, "share"), fen = json_int(row, "amount_fen");
        Buf b = buf_new(p->arena, 256);
        buf_fmt(&b, "%.*s: %.*s", STR_ARG(signatory_name(p, json_text(row, "party"))), STR_ARG(json_text(row, "duty")));
        if (fen > 0) buf_fmt(&b, "  %s", yuan(p, fen).p);
        if (share > 0) buf_fmt(&b, "  %lld.%02lld%%", (long long)(share / 100), (long long)(share % 100));
        say(to, buf_str(&b));
    }
}

static void put_performance(Paper *p)
{
    const json_t *rows = json_object_get(json_object_get(p->agreement, "text"), "performance");
    json_t *to = section(p, word(p, "field.performance"));
    for (size_t i = 0; i < json_array_size(rows); i++) {
        const json_t *row = json_array_get(rows, i);
        Buf b = buf_new(p->arena, 256);
        buf_fmt(&b, "%zu. %.*s", i + 1, STR_ARG(signatory_name(p, json_text(row, "party"))));
        if (json_text(row, "to").n > 0) buf_fmt(&b, " → %.*s", STR_ARG(signatory_name(p, json_text(row, "to"))));
        buf_fmt(&b, ": %.*s  %.*s", STR_ARG(value_word(p, "what", json_text(row, "what"))),
                STR_ARG(json_text(row, "text")));
        if (json_int(row, "amount_fen") > 0) buf_fmt(&b, "  %s", yuan(p, json_int(row, "amount_fen")).p);
        buf_fmt(&b, "  %.*s %s", STR_ARG(word(p, "field.by")), when(p, json_int(row, "by")).p);
        say(to, buf_str(&b));
    }
}

static void put_signatures(Paper *p)
{
    const json_t *rows = json_object_get(json_object_get(p->agreement, "text"), "signatories"),
                 *signed_by = json_object_get(p->agreement, "signed");
    json_t *to = section(p, word(p, "paper.signatures"));
    for (size_t i = 0; i < json_array_size(rows); i++) {
        Str party = json_text(json_array_get(rows, i), "party"), how = word(p, "paper.not_signed");
        for (size_t k = 0; k < json_array_size(signed_by); k++) {
            const json_t *s = json_array_get(signed_by, k);
            if (str_eq(json_text(s, "party"), party))
                how = arena_fmt(p->arena, "%.*s  %s", STR_ARG(word_of(p, "paper.signed", json_text(s, "how"))),
                                when(p, json_int(s, "at")).p);
        }
        say_labelled(p, to, json_text(json_array_get(rows, i), "name"), how);
    }
    int64_t sealed = json_int(p->agreement, "sealed_at");
    say_labelled(p, to, word(p, "paper.seal"), sealed > 0 ? when(p, sealed) : word(p, "paper.not_sealed"));
    if (sealed > 0)
        say_labelled(p, to, word(p, "paper.confirm_until"),
                     when(p, json_int(json_object_get(p->data, "confirmation"), "until")));
}

static void put_check_code(Paper *p)
{
    int side = 0;
    Str hash = json_text(p->agreement, "hash");
    Str url = arena_fmt(p->arena, "%.*s/c/%.*s/#/agreement/%.*s", STR_ARG(call_base_url(p->c)),
                        STR_ARG(p->c->community), STR_ARG(hash));
    json_t *code = json_new_object(p->arena);
    json_put_text(code, "modules", qr_modules(p->arena, url, &side));
    json_put_int(code, "side", side);
    json_put_text(code, "caption",
                  arena_fmt(p->arena, "%.*s\nSHA-256 %.*s", STR_ARG(word(p, "paper.check")), STR_ARG(hash)));
    json_put(p->document, "code", code);
}

static void put_text(Paper *p, const char *field)
{
    say(section(p, word_of(p, "field", str_c(field))), json_text(json_object_get(p->agreement, "text"), field));
}

Fail dispute_agreement_run(CallCtx *c)
{
    Paper p;
    Fail f = open_paper(&p, c);
    if (f.err == OK) f = text_holds(&p);
    if (f.err != OK) return f;
    json_t *lines = first_lines(&p);
    say_labelled(&p, lines, word(&p, "field.edition"),
                 arena_fmt(p.arena, "%lld", (long long)json_int(p.agreement, "edition")));
    put_signatories(&p);
    put_text(&p, "facts");
    put_text(&p, "issues");
    put_liability(&p);
    put_text(&p, "terms");
    put_performance(&p);
    put_signatures(&p);
    put_frame(&p, "paper.agreement", lines);
    put_check_code(&p);
    return print(&p);
}

/* ---- the joint application ---- */

Fail dispute_application_run(CallCtx *c)
{
    Paper p;
    Fail f = open_paper(&p, c);
    if (f.err == OK) f = text_holds(&p);
    if (f.err != OK) return f;
    const json_t *confirmation = json_object_get(p.data, "confirmation");
    if (confirmation == NULL) return fail(ERR_CONFLICT, "wrong_state");
    put_signatories(&p);
    say(section(&p, word(&p, "paper.request")), word(&p, "paper.request_text"));
    json_t *why = section(&p, word(&p, "paper.grounds"));
    say_labelled(&p, why, word(&p, "paper.number"), arena_fmt(p.arena, "%lld", (long long)json_int(p.view, "number")));
    say_labelled(&p, why, word(&p, "paper.seal"), when(&p, json_int(p.agreement, "sealed_at")));
    say_labelled(&p, why, word(&p, "paper.confirm_until"), when(&p, json_int(confirmation, "until")));
    say_labelled(&p, why, S("SHA-256"), json_text(p.agreement, "hash"));
    json_t *sign = section(&p, word(&p, "paper.signatures"));
    const json_t *rows = json_object_get(json_object_get(p.agreement, "text"), "signatories");
    for (size_t i = 0; i < json_array_size(rows); i++)
        say_labelled(&p, sign, json_text(json_array_get(rows, i), "name"), S("______________   ____-__-__"));
    put_frame(&p, "paper.application", first_lines(&p));
    put_check_code(&p);
    return print(&p);
}

/* ---- the dossier ---- */

static const Field *field_of(const Field *fields, const char *name)
{
    for (const Field *f = fields; f != NULL && f->name != NULL; f++)
        if (strcmp(f->name, name) == 0) return f;
    return NULL;
}

static void put_field(const Paper *p, Buf *b, const Field *f, const json_t *v);

static void put_row(const Paper *p, Buf *b, const Field *fields, const json_t *row)
{
    bool some = false;
    for (const Field *f = fields; f->name != NULL; f++) {
        const json_t *v = json_object_get(row, f->name);
        if (v == NULL || json_is_null(v)) continue;
        if (some) buf_c(b, ", ");
        some = true;
        put_field(p, b, f, v);
    }
}

/* As somebody reads it: names for parties, words for values, times of day. */
static void put_field(const Paper *p, Buf *b, const Field *f, const json_t *v)
{
    Str text = { json_is_string(v) ? json_string_value(v) : "", json_is_string(v) ? json_string_length(v) : 0 };
    bool is_party = strcmp(f->name, "party") == 0 || (strcmp(f->name, "to") == 0 && f->type == F_ID);
    if (is_party)
        buf_add(b, party_name(p, text));
    else if (f->type == F_ENUM)
        buf_add(b, value_word(p, f->name, text));
    else if (f->type == F_TIME)
        buf_add(b, when(p, json_integer_value(v)));
    else if (strcmp(f->name, "amount_fen") == 0)
        buf_add(b, yuan(p, json_integer_value(v)));
    else if (f->type == F_BOOL)
        buf_add(b, word(p, json_is_true(v) ? "paper.yes" : "paper.no"));
    else if (f->type == F_INT)
        buf_i64(b, json_integer_value(v));
    else if (f->type == F_LIST)
        for (size_t i = 0; i < json_array_size(v); i++) {
            buf_c(b, i > 0 ? "; " : "");
            put_row(p, b, f->fields, json_array_get(v, i));
        }
    else if (f->type == F_FILES)
        for (size_t i = 0; i < json_array_size(v); i++)
            buf_fmt(b, "%s%s", i > 0 ? ", " : "", json_text(json_array_get(v, i), "sha256").p);
    else if (f->type != F_SIGNATURE)
        buf_add(b, text);
    else
        buf_add(b, json_text(v, "hash"));
}

static void put_piece(Paper *p, size_t n, const json_t *event, Str title)
{
    const Action *x = world_action(p->c->world, json_text(event, "type"), NULL);
    const json_t *data = json_object_get(event, "data");
    json_t *to = section(p, arena_fmt(p->arena, "%zu. %.*s  %s", n, STR_ARG(title), when(p, json_int(event, "at")).p));
    say_labelled(p, to, word(p, "paper.recorded_by"), json_text(event, "name"));
    const char *name;
    json_t *v;
    json_object_foreach((json_t *)(uintptr_t)data, name, v)
    {
        const Field *f = x != NULL ? field_of(x->fields, name) : NULL;
        if (f == NULL || json_is_null(v)) continue;
        Buf b = buf_new(p->arena, 256);
        put_field(p, &b, f, v);
        say_labelled(p, to, word_of(p, "field", str_c(name)), buf_str(&b));
    }
}

static Str chain_hash(const Paper *p, const DbRows *chain, int64_t seq)
{
    for (int i = 0; i < chain->rows; i++)
        if (db_int(chain, i, 0) == seq) return hex_of(p->arena, db_text(chain, i, 1));
    return S("");
}

/* The index: each piece with the hash that its event has in the community's chain, and one hash over them all. */
static void put_index(Paper *p, const DbRows *chain, json_t *lines)
{
    const json_t *timeline = json_object_get(p->view, "timeline");
    json_t *rows = json_new_array(p->arena), *head = json_new_array(p->arena);
    Hasher *all = hasher_new(p->arena);
    say(head, word(p, "paper.piece"));
    say(head, word(p, "paper.time"));
    for (size_t i = 0; i < json_array_size(timeline); i++) {
        const json_t *event = json_array_get(timeline, i);
        Str type = json_text(event, "type");
        str_cut(&type, '.');
        Str title = word_of(p, "action", type), hash = chain_hash(p, chain, json_int(event, "seq"));
        json_t *row = json_new_object(p->arena), *cells = json_new_array(p->arena);
        say(cells, arena_fmt(p->arena, "%zu. %.*s", i + 1, STR_ARG(title)));
        say(cells, when(p, json_int(event, "at")));
        json_put(row, "cells", cells);
        json_put_text(row, "note", hash);
        json_array_append(rows, row);
        hasher_add(all, hash);
        put_piece(p, i + 1, event, title);
    }
    json_put(p->document, "head", head);
    json_put(p->document, "rows", rows);
    say_labelled(p, lines, word(p, "paper.all_pieces"), hash_hex(p->arena, hasher_end(all)));
}

Fail dispute_dossier_run(CallCtx *c)
{
    Paper p;
    Fail f = open_paper(&p, c);
    if (f.err != OK) return f;
    const DbRows *chain = db_run(c->db, c->arena, &chain_of, ARGS(TXT(c->community), TXT(json_text(p.view, "id"))), &f);
    if (f.err != OK) return f;
    json_t *lines = first_lines(&p);
    say_labelled(&p, lines, word(&p, "field.subject"), json_text(p.data, "subject"));
    say_labelled(&p, lines, word(&p, "field.state"), word_of(&p, "state", json_text(p.view, "state")));
    put_index(&p, chain, lines);
    put_frame(&p, "paper.dossier", lines);
    return print(&p);
}
