#include "app/admin.h"

#include "app/cli.h"
#include "app/socket.h"
#include "core/person/person.h"

#include <stdio.h>

enum { TOKEN_DAYS = 3650, COMMUNITY_DIGITS_MIN = 6, COMMUNITY_DIGITS_MAX = 20 };

/* ---- the two ways to the writer ---- */

Fail admin_command(Admin *a, Command *c)
{
    Fail f = FAIL_NONE;
    if (a->server != NULL)
        f = serve_submit(a->server, c);
    else
        runner_run(a->runner, &c, 1);
    return f.err != OK ? f : c->fail;
}

Fail admin_call(Admin *a, Fail (*fn)(void *self, Db *db), void *self)
{
    return a->server != NULL ? serve_call(a->server, fn, self) : runner_call(a->runner, fn, self);
}

Fail admin_alone(Admin *a, Fail (*fn)(void *self, Db *db), void *self)
{
    if (a->server != NULL) return serve_alone(a->server, fn, self);
    Fail f = fn(self, a->db);
    runner_forget(a->runner);
    return f;
}

typedef struct Known {
    Arena *arena;
    Str wanted, found; /* wanted "": the first there is */
} Known;

static Fail look_up(void *self, Db *db)
{
    Known *k = self;
    Fail f = FAIL_NONE;
    DbRows *r = db_query(db, k->arena,
                         "SELECT community FROM head WHERE community = $1 OR $1 = '' ORDER BY community LIMIT 1", "s",
                         "s", ARGS(TXT(k->wanted)), &f);
    if (f.err == OK && r->rows > 0) k->found = db_text(r, 0, 0);
    return f;
}

Str admin_community(Admin *a)
{
    Known k = { a->arena, str_c(a->config->community), S("") };
    Fail f = admin_call(a, look_up, &k);
    return f.err == OK ? k.found : S("");
}

Str fail_text(Arena *a, const Fail *f)
{
    Buf out = buf_new(a, 128);
    buf_c(&out, f->code != NULL ? f->code : "failed");
    if (f->field[0] != 0) buf_fmt(&out, " (%s)", f->field);
    if (f->limit != 0) buf_fmt(&out, " limit %lld", (long long)f->limit);
    if (f->log != NULL) buf_fmt(&out, ": %s", f->log);
    return buf_str(&out);
}

/* ---- a new community ---- */

static Command *system_command(Admin *a, Str community, const char *module, const char *action)
{
    Command *c = arena_new_of(a->arena, Command);
    *c = (Command){ .arena = a->arena, .community = community, .module = world_module(a->world, str_c(module)),
                    .actor = &actor_system, .n_rows = 1 };
    c->action = module_action(c->module, str_c(action));
    c->rows = arena_new_of(a->arena, CommandRow);
    *c->rows = (CommandRow){ .matter = id_new(a->arena, now_ms()), .version = -1, .input = json_new_object(a->arena) };
    return c;
}

static bool is_community_code(Str code)
{
    if (code.n < COMMUNITY_DIGITS_MIN || code.n > COMMUNITY_DIGITS_MAX) return false;
    for (size_t i = 0; i < code.n; i++)
        if (code.p[i] < '0' || code.p[i] > '9') return false;
    return true;
}

static Fail set_name(Admin *a, Str community)
{
    const Config *c = a->config;
    Command *set = system_command(a, community, "setting", "set");
    json_t *name = json_new_object(a->arena);
    json_put_text(name, "zh", c->name_zh != NULL ? str_c(c->name_zh) : community);
    if (c->name_bo != NULL) json_put_text(name, "bo", str_c(c->name_bo));
    if (c->name_en != NULL) json_put_text(name, "en", str_c(c->name_en));
    json_put(set->rows[0].input, "name", name);
    return admin_command(a, set);
}

typedef struct CodeFor {
    Admin *admin;
    Str community, person, code;
} CodeFor;

static Fail make_code(void *self, Db *db)
{
    CodeFor *c = self;
    return account_new_code(db, c->admin->arena, c->admin->seals, c->community, c->person, S("system"), now_ms(),
                            &c->code);
}

static Fail add_person(Admin *a, Str community, const PersonFirst *who, CodeFor *code)
{
    Command *commands[PERSON_BOOTSTRAP_COMMANDS];
    person_bootstrap(a->arena, a->world, community, who, now_ms(), commands);
    Fail f = FAIL_NONE;
    for (int i = 0; i < COUNT(commands) && f.err == OK; i++)
        f = admin_command(a, commands[i]);
    *code = (CodeFor){ a, community, commands[0]->rows[0].matter, S("") };
    return f.err == OK ? admin_call(a, make_code, code) : f;
}

Fail admin_found(Admin *a, Str community)
{
    if (!is_community_code(community)) return fail_field(ERR_INVALID, "bad_format", "community", COMMUNITY_DIGITS_MAX);
    CodeFor code;
    PersonFirst admin = { .name = S("admin"), .phone = S(""), .role = S("admin"), .place = S("") };
    if (a->config->name != NULL) admin.name = str_c(a->config->name);
    if (a->config->phone != NULL) admin.phone = str_c(a->config->phone);
    admin.language = a->config->language;
    Fail f = set_name(a, community);
    if (f.err == OK) f = add_person(a, community, &admin, &code);
    if (f.err != OK) return f;
    buf_fmt(a->out, "community %.*s\nadmin %.*s\none-time code to sign in, good for %d hours: %.*s\n",
            STR_ARG(community), STR_ARG(code.person), CODE_HOURS, STR_ARG(code.code));
    return FAIL_NONE;
}

static Fail run_init(Admin *a)
{
    if (a->config->community == NULL) return fail_field(ERR_INVALID, "required", "--community", 0);
    if (admin_community(a).n > 0) return fail_field(ERR_CONFLICT, "already_exists", "--community", 0);
    return admin_found(a, str_c(a->config->community));
}

/* ---- user, token ---- */

static Fail run_user(Admin *a)
{
    const Config *c = a->config;
    Str community = admin_community(a);
    if (community.n == 0) return fail(ERR_NOT_FOUND, "no_such_community");
    CodeFor code = { a, community, S(""), S("") };
    Fail f;
    if (c->person != NULL) { /* known already: a new code is all that is wanted */
        code.person = str_c(c->person);
        f = admin_call(a, make_code, &code);
    } else {
        if (c->name == NULL) return fail_field(ERR_INVALID, "required", "--name", 0);
        PersonFirst who = { .name = str_c(c->name), .phone = str_c(c->phone), .language = c->language,
                            .role = c->role != NULL ? str_c(c->role) : S("resident"), .place = str_c(c->place) };
        f = add_person(a, community, &who, &code);
    }
    if (f.err != OK) return f;
    buf_fmt(a->out, "person %.*s\none-time code:\n%.*s\n", STR_ARG(code.person), STR_ARG(code.code));
    return FAIL_NONE;
}

typedef struct TokenFor {
    Admin *admin;
    TokenNew made;
    Str id, token;
} TokenFor;

static Fail make_token(void *self, Db *db)
{
    TokenFor *t = self;
    return account_new_token(db, t->admin->arena, t->admin->seals, &t->made, &t->id, &t->token);
}

static Fail run_token(Admin *a)
{
    const Config *c = a->config;
    Str community = admin_community(a);
    if (community.n == 0) return fail(ERR_NOT_FOUND, "no_such_community");
    Str role = c->role != NULL ? str_c(c->role) : S("program");
    if (role_by_name(role) == 0) return fail_field(ERR_INVALID, "not_one_of", "--role", 0);
    int64_t now = now_ms();
    TokenFor t = { .admin = a };
    t.made = (TokenNew){ community, str_c(c->person), c->name != NULL ? str_c(c->name) : S("command line"), role,
                         c->place != NULL ? str_c(c->place) : community, S("system"), now, now + TOKEN_DAYS * DAY_MS };
    Fail f = admin_call(a, make_token, &t);
    if (f.err != OK) return f;
    buf_fmt(a->out, "%.*s\n", STR_ARG(t.token)); /* alone on the last line: scripts take it from there */
    return FAIL_NONE;
}

const AdminRow admin_rows[] = { { "init", run_init }, { "user", run_user }, { "token", run_token },
                               { "rebuild", admin_rebuild }, { NULL, NULL } };

const AdminRow *admin_row(Str name)
{
    for (const AdminRow *r = admin_rows; r->name != NULL; r++)
        if (str_is(name, r->name)) return r;
    return NULL;
}

/* ---- alone ---- */

static Fail run_alone(Home *h, const AdminRow *row, Buf *out)
{
    Fail f = home_open(h);
    if (f.err != OK) return f;
    DbConfig c = config_db(h->config);
    Db *db = db_open(&c, DB_WRITER, &f);
    if (db == NULL) return f;
    RunnerHooks none = { 0 };
    Admin a = { .arena = h->arena, .world = h->world, .seals = h->seals, .config = h->config, .out = out, .db = db,
                .store = c, .progress = progress_on_stderr(h->arena, h->config->command) };
    a.runner = runner_new(h->arena, h->world, db, h->seals, none);
    f = row->run(&a);
    runner_forget(a.runner);
    db_close(db);
    return f;
}

int admin_main(const Config *c)
{
    Arena *a = arena_new();
    Home h;
    Buf out = buf_new(a, 1024);
    const AdminRow *row = admin_row(str_c(c->command));
    Fail f = home_world(&h, a, c);
    if (f.err == OK) f = home_lock(&h);
    if (f.err == ERR_CONFLICT && strcmp(f.code, "locked") == 0)
        f = socket_ask(a, c, &out);
    else if (f.err == OK)
        f = run_alone(&h, row, &out);
    home_close(&h);
    if (f.err == OK)
        fwrite(out.p, 1, out.n, stdout);
    else
        fprintf(stderr, "linli %s: %s\n", c->command, fail_text(a, &f).p);
    arena_free(a);
    return f.err == OK ? 0 : 1;
}
