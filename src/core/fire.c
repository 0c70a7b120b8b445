/* fire: clocks that are due become commands of the system. A row of `clock` goes with the event that it causes, in one
 * transaction, and the command's id is made of the row: it fires once. */
#include "base/log.h"
#include "core/internal.h"

static Stmt clocks_due = { "slssl", "ssssl",
                           "SELECT c.matter, c.name, c.kind, m.state, c.due_at FROM clock c"
                           " JOIN matter m ON m.community = c.community AND m.id = c.matter"
                           " WHERE c.community = $1 AND c.due_at <= $2"
                           " AND (c.due_at > $5 OR (c.due_at = $5 AND (c.matter > $3"
                           " OR (c.matter = $3 AND c.name > $4))))"
                           " ORDER BY c.due_at, c.matter, c.name LIMIT 64" };
static Stmt clock_next = { "s", "l",
                           "SELECT due_at FROM clock WHERE community = $1 AND due_at > 0 ORDER BY due_at LIMIT 1" };
Stmt *const fire_statements[] = { &clocks_due, &clock_next, NULL };

enum { DUE_MATTER, DUE_NAME, DUE_KIND, DUE_STATE, DUE_AT };
enum { PAGE = 64, PAGES_MAX = 64 }; /* of clocks that could not be done, in one round */

/* NULL: no such clock in this version of the program. */
static Command *clock_command(Runner *r, Arena *a, Str community, const DbRows *due, int i, int64_t now)
{
    const Module *m = world_module(runner_planner(r)->world, db_text(due, i, DUE_KIND));
    const Clock *clock = m != NULL ? m->clocks : NULL;
    while (clock != NULL && clock->name != NULL && !str_is(db_text(due, i, DUE_NAME), clock->name))
        clock++;
    if (clock == NULL || clock->name == NULL) return NULL;
    Command *c = arena_new_of(a, Command);
    CommandRow *row = arena_new_of(a, CommandRow);
    Str what = arena_fmt(a, "%.*s %.*s %s %lld", STR_ARG(community), STR_ARG(db_text(due, i, DUE_MATTER)), clock->name,
                         (long long)db_int(due, i, DUE_AT));
    *row = (CommandRow){ .matter = db_text(due, i, DUE_MATTER), .version = -1, .input = json_new_object(a) };
    *c = (Command){ .arena = a, .community = community, .module = m, .action = module_action(m, str_c(clock->then)),
                    .actor = &actor_system, .client_id = id_from_hash(a, S("clock"), what),
                    .body_hash = hash_hex(a, hash_one(what)), .now = now, .rows = row, .n_rows = 1,
                    .clock = clock->name };
    return c;
}

static int fire_page(Runner *r, Arena *a, Str community, const DbRows *due, int64_t now, int max)
{
    Command *commands[PAGE];
    int n = 0, fired = 0;
    for (int i = 0; i < due->rows && n < max; i++) {
        Command *c = clock_command(r, a, community, due, i, now);
        if (c != NULL) commands[n++] = c;
    }
    runner_run(r, commands, n);
    for (int i = 0; i < n; i++) {
        const Command *c = commands[i];
        fired += c->fail.err == OK && !c->repeated;
        if (c->fail.err != OK) log_line(LOG_ERROR, "clock", "action=%s code=%s", c->action->name, c->fail.code);
    }
    return fired;
}

static int fire_community(Runner *r, Arena *a, Str community, int64_t now, int max)
{
    Fail f = FAIL_NONE;
    Str matter = S(""), name = S("");
    int64_t at = 0;
    int fired = 0;
    for (int page = 0; page < PAGES_MAX && fired < max; page++) {
        DbRows *due =
            db_run(runner_db(r), a, &clocks_due, ARGS(TXT(community), NUM(now), TXT(matter), TXT(name), NUM(at)), &f);
        if (f.err != OK || due->rows == 0) break;
        fired += fire_page(r, a, community, due, now, max - fired);
        if (due->rows < PAGE) break;
        matter = db_text(due, due->rows - 1, DUE_MATTER);
        name = db_text(due, due->rows - 1, DUE_NAME);
        at = db_int(due, due->rows - 1, DUE_AT);
    }
    return fired;
}

int runner_fire(Runner *r, int64_t now, int max)
{
    Arena *a = arena_new();
    Fail f = FAIL_NONE;
    DbRows *list = db_run(runner_db(r), a, &communities_all, NULL, &f);
    int fired = 0;
    for (int i = 0; f.err == OK && i < list->rows && fired < max; i++)
        fired += fire_community(r, a, db_text(list, i, 0), now, max - fired);
    arena_free(a);
    return fired;
}

int64_t runner_next_due(Runner *r)
{
    Arena *a = arena_new();
    Fail f = FAIL_NONE;
    int64_t next = 0;
    DbRows *list = db_run(runner_db(r), a, &communities_all, NULL, &f);
    for (int i = 0; f.err == OK && i < list->rows; i++) {
        DbRows *due = db_run(runner_db(r), a, &clock_next, ARGS(TXT(db_text(list, i, 0))), &f);
        if (f.err == OK && due->rows > 0 && (next == 0 || db_int(due, 0, 0) < next)) next = db_int(due, 0, 0);
    }
    arena_free(a);
    return next;
}
