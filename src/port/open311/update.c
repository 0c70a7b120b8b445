/* Updates, both ways (mySociety's extension): how requests went on, and what their reporters' program adds. */
#include "port/open311/post.h"

/* 64 is TO_FOLLOWERS: what whoever only wants to know how it goes on may know. */
#define STEPS                                                                                                          \
    "SELECT t.seq, t.matter, t.state, t.at FROM matter m"                                                              \
    " JOIN category c ON c.community = m.community AND c.code = m.category"                                            \
    " JOIN timeline t ON t.community = m.community AND t.matter = m.id"                                                \
    " WHERE m.community = $1 AND t.community = $1 AND m.kind = 'report' AND (t.audience & 64) <> 0 AND" OPEN311_SHOWN
static Stmt steps_between = { "sllll", "lssl",
                              STEPS " AND m.changed_at >= $2 AND t.at >= $2 AND t.at < $3 ORDER BY t.seq"
                                    " LIMIT $4 OFFSET $5" };
static Stmt steps_of = { "ssl", "lssl", STEPS " AND m.id = $2 ORDER BY t.seq LIMIT $3" };
static Stmt target_load = { "ss", "sl",
                            "SELECT m.state, m.version FROM matter m"
                            " JOIN category c ON c.community = m.community AND c.code = m.category"
                            " WHERE m.community = $1 AND m.id = $2 AND m.kind = 'report' AND" OPEN311_SHOWN };
Stmt *const update_statements[] = { &steps_between, &steps_of, &target_load, NULL };
enum { SEQ, MATTER, STATE, AT };

/* ---- GET servicerequestupdates ---- */

static void put_step(const Ask *a, Out *o, const DbRows *r, int i)
{
    Str state = db_text(r, i, STATE);
    out_item(o, "request_update");
    out_text(o, "update_id", arena_fmt(a->c->arena, "%lld", (long long)db_int(r, i, SEQ)));
    out_text(o, "service_request_id", db_text(r, i, MATTER));
    out_text(o, "status", str_c(status_of(state)->update));
    out_time(o, "updated_datetime", db_int(r, i, AT));
    out_text(o, "description",
             world_word(a->c->world, a->language, "report",
                        arena_fmt(a->c->arena, "resident.%.*s", STR_ARG(state)).p));
    out_text(o, "media_url", S(""));
    out_item_end(o);
}

static Fail put_of_ids(const Ask *a, Out *o, Str ids, int n)
{
    DbRows **found = arena_array(a->c->arena, DbRows *, n + 1);
    int sent = 0;
    while (ids.n > 0) {
        Str id = str_cut(&ids, ',');
        if (!id_valid(id)) continue;
        found[sent++] = db_send(a->c->db, a->c->arena, &steps_of,
                                ARGS(TXT(a->community), TXT(id), NUM(OPEN311_ROWS_MAX)));
    }
    Fail f = db_sync(a->c->db);
    int64_t rows = 0;
    for (int i = 0; f.err == OK && i < sent; i++)
        for (int k = 0; k < found[i]->rows && rows < OPEN311_ROWS_MAX; k++, rows++)
            put_step(a, o, found[i], k);
    return f;
}

static Fail put_between(const Ask *a, Out *o)
{
    Span span = { 0 };
    int64_t offset, size;
    Fail f = ask_span(a, &span);
    if (f.err == OK) f = ask_page(a, OPEN311_ROWS_MAX, &offset, &size);
    if (f.err != OK) return f;
    DbRows *r = db_run(a->c->db, a->c->arena, &steps_between,
                       ARGS(TXT(a->community), NUM(span.from), NUM(span.until), NUM(size), NUM(offset)), &f);
    for (int i = 0; f.err == OK && i < r->rows; i++)
        put_step(a, o, r, i);
    return f;
}

Fail updates_run(CallCtx *c)
{
    Ask a;
    Out o;
    Str ids = S("");
    int n = 0;
    Fail f = ask_begin(c, &a);
    if (f.err == OK) f = ask_csv(&a, "service_request_id", &ids, &n);
    if (f.err != OK) return f;
    out_begin(&o, c->arena, a.format);
    out_list(&o, "service_request_updates");
    f = n > 0 ? put_of_ids(&a, &o, ids, n) : put_between(&a, &o);
    out_list_end(&o);
    if (f.err == OK) ask_answer(&a, &o);
    return f;
}

/* ---- POST servicerequestupdates ---- */

static void put_made(Post *p, Out *o)
{
    out_list(o, "service_request_updates");
    out_item(o, "request_update");
    out_text(o, "update_id", arena_fmt(p->arena, "%lld", (long long)json_int(p->command.reply, "seq")));
    out_item_end(o);
    out_list_end(o);
}

/* What each action calls the words; what was shown elsewhere is named behind them, as text. */
static Fail put_words(Post *p, const PostedRow *row)
{
    Str text = post_value(p, "description"), url = post_value(p, "media_url");
    if (url.n > 0 && !str_starts(url, S("https://")) && !str_starts(url, S("http://")))
        return fail_field(ERR_INVALID, "bad_format", "media_url", 0);
    if (url.n > 0) text = arena_fmt(p->arena, "%.*s%s%.*s", STR_ARG(text), text.n > 0 ? "\n" : "", STR_ARG(url));
    bool needs = row->words_required && !(row->photos && p->form.n_files > 0);
    if (text.n == 0 && needs) return fail_field(ERR_INVALID, "required", "description", 0);
    if (p->form.n_files > 0 && !row->photos) return fail_field(ERR_INVALID, "too_many", "media", 0);
    if (text.n > 0 && row->words != NULL) json_put_text(p->row.input, row->words, text);
    if (row->solved) json_put_bool(p->row.input, "solved", true);
    return FAIL_NONE;
}

Fail update_run(CallCtx *c)
{
    Post *p = arena_new_of(c->arena, Post);
    Fail f = post_begin(c, p);
    if (f.err == OK) f = post_texts(p);
    if (f.err != OK) return f;
    Str id = post_value(p, "service_request_id"), status = post_value(p, "status"), own = post_value(p, "update_id");
    if (id.n == 0) return fail_field(ERR_INVALID, "required", "service_request_id", 0);
    if (status.n == 0) return fail_field(ERR_INVALID, "required", "status", 0);
    DbRows *r = id_valid(id) ? db_run(c->db, c->arena, &target_load, ARGS(TXT(p->ask.community), TXT(id)), &f) : NULL;
    if (f.err == OK && (r == NULL || r->rows == 0)) f = fail_field(ERR_NOT_FOUND, "not_found", "service_request_id", 0);
    if (f.err != OK) return f;
    const PostedRow *row = posted_of(status, db_text(r, 0, 0));
    if (row == NULL) return fail_field(ERR_INVALID, "not_one_of", "status", 0);
    post_command(p, row->act, own.n > 0 ? arena_fmt(c->arena, "update %.*s %.*s", STR_ARG(id), STR_ARG(own)) : S(""));
    p->row.matter = id;
    p->row.version = db_int(r, 0, 1);
    f = put_words(p, row);
    p->put = put_made;
    return f.err == OK ? post_go(c, p) : f;
}
