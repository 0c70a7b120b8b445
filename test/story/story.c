/* story: runs *.story files, the scenario in rows that a cadre can read, on one engine.
 *
 *     story ENGINE FILE...
 *     person NAME ROLE PLACE         puts somebody on file
 *     photo NAME MATTER              a picture uploaded for that matter; @NAME is its id
 *     blank NAME MATTER              likewise an inspector's sheet
 *     voice NAME MATTER              likewise a voice note
 *     in CODE                        another community; what passes between them is delivered on the way
 *     newest NAME                    names the report that came last
 *     on 2026-07-11 09:00            the clock (Lhasa keeps UTC+8); clocks that fall due on the way
 *     name NAME MATTER PATH          what the matter's data has there ("parties.0.id"); @NAME stands for it
 * fire NAME ACTION MATTER {json} -> state NAME ACTION MATTER {json} -> refused code count N SQL a
 * figure from a query; $1 is the community NAME "nobody" is somebody who has not signed in, "system" what the server
 * does by itself. "A/B" is A who acts for B; "A+" is A who also holds the matter's code. @NAME in the JSON stands for
 * that person's or matter's id. */
#include "../support/town.h"

#include "core/file.h"
#include "core/log/log.h"
#include "core/serve/message.h"

#include <stdio.h>
#include <stdlib.h>

typedef struct Story {
    Town town;
    Map *people, *matters; /* name -> Actor, name -> Seen */
    const char *file;
    int line, passed, failed;
} Story;

typedef struct Seen {
    Str id;
    int64_t version;
} Seen;

static void wrong(Story *s, const char *what, Str detail) {
    printf("%s:%d: %s %.*s\n", s->file, s->line, what, STR_ARG(detail));
    s->failed++;
}

static Str word(Str *rest) {
    *rest = str_trim(*rest);
    Str w = str_cut(rest, ' ');
    *rest = str_trim(*rest);
    return w;
}

static Str with_names(Story *s, Str text) {
    Buf out = buf_new(s->town.arena, text.n + 64);
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] != '@') {
            buf_char(&out, text.p[i]);
            continue;
        }
        size_t end = i + 1;
        while (end < text.n && text.p[end] != '"')
            end++;
        Str name = { text.p + i + 1, end - i - 1 };
        const Actor *who = map_get(s->people, name);
        const Seen *seen = map_get(s->matters, name);
        buf_add(&out, who != NULL ? who->person : seen != NULL ? seen->id : S("nobody-of-that-name"));
        i = end - 1;
    }
    return buf_str(&out);
}

/* What the server asks before somebody acts for another; false if that was the end of it. */
static bool act_for(Story *s, const Actor **actor, Str name, Str expected) {
    const Actor *other = map_get(s->people, name);
    if (other == NULL) {
        wrong(s, "nobody is called", name);
        return false;
    }
    Fail f = acting_check(s->town.db, s->town.arena, s->town.community, (*actor)->person, other->person, town_clock);
    if (f.err == OK) {
        *actor = actor_acting(s->town.arena, *actor, other->person);
        return true;
    }
    if (str_eq(expected, arena_fmt(s->town.arena, "refused %s", f.code)))
        s->passed++;
    else
        wrong(s, "may not act for", name);
    return false;
}

static void run_action(Story *s, Str name, Str rest) {
    static const Actor nobody = { .person = { "", 0 } };
    Actor *receipt = arena_new_of(s->town.arena, Actor);
    Str action = word(&rest), matter = word(&rest);
    int64_t arrow = str_find(rest, S("->"));
    if (arrow < 0) {
        wrong(s, "no -> in", name);
        return;
    }
    Str input = str_trim((Str){ rest.p, (size_t)arrow });
    Str expected = str_trim((Str){ rest.p + arrow + 2, rest.n - (size_t)arrow - 2 });
    bool code = str_ends(name, S("+"));
    Str other = name, who = str_cut(&other, '/');
    if (code) who.n--;
    const Actor *actor = map_get(s->people, who);
    Seen *seen = map_get(s->matters, matter);
    if (str_is(name, "system")) actor = &actor_system;
    if (actor == NULL && !str_is(name, "nobody")) {
        wrong(s, "nobody is called", name);
        return;
    }
    if (other.n > 0 && !act_for(s, &actor, other, expected)) return;
    if (actor == NULL || code) {
        *receipt = actor != NULL ? *actor : nobody;
        if (seen != NULL)
            receipt->receipt = seen->id; /* who reported without signing in keeps the code */
        actor = receipt;
    }
    Command *c =
        town_do(&s->town, actor, arena_c(s->town.arena, action), seen != NULL ? seen->id : S(""),
                seen != NULL ? seen->version : -1, with_names(s, input).p);
    Str got = c->fail.err != OK ? arena_fmt(s->town.arena, "refused %s", c->fail.code)
                                : json_text(c->reply, "state");
    if (c->fail.err == OK) {
        if (seen == NULL) map_put(s->matters, matter, seen = arena_new_of(s->town.arena, Seen));
        *seen = (Seen){ json_text(c->reply, "id"), json_int(c->reply, "version") };
    }
    if (!str_eq(got, expected)) {
        wrong(s, arena_fmt(s->town.arena, "expected %.*s, got", STR_ARG(expected)).p,
              arena_fmt(s->town.arena, "%.*s %s", STR_ARG(got), c->fail.field));
        return;
    }
    s->passed++;
}

static void run_clock(Story *s, Str rest) {
    Str iso =
        arena_fmt(s->town.arena, "%.*sT%.*s:00+08:00", 10, rest.p, (int)(rest.n - 11), rest.p + 11);
    int64_t to;
    if (!time_parse(iso, &to) || to < town_clock) {
        wrong(s, "not a later time:", rest);
        return;
    }
    for (int64_t next; (next = runner_next_due(s->town.runner)) != 0 && next <= to;) {
        if (next > town_clock) town_clock = next;
        if (runner_fire(s->town.runner, town_clock, 100) == 0) {
            wrong(s, "a clock that is due did not fire", rest);
            return;
        }
    }
    town_clock = to;
}

static void run_count(Story *s, Str rest) {
    Str number = word(&rest);
    Fail f = FAIL_NONE;
    DbRows *r = db_query(s->town.db, s->town.arena, arena_c(s->town.arena, rest), "s", "l",
                         ARGS(TXT(s->town.community)), &f);
    int64_t want;
    if (f.err != OK || r->rows != 1) {
        wrong(s, db_last_error(s->town.db), rest);
        return;
    }
    if (!str_to_i64(number, &want) || want != db_int(r, 0, 0)) {
        wrong(s,
              arena_fmt(s->town.arena, "the query gives %lld, not", (long long)db_int(r, 0, 0)).p,
              number);
        return;
    }
    s->passed++;
}

static void run_person(Story *s, Str rest) {
    Str name = word(&rest), role = word(&rest), place = word(&rest);
    Actor *actor = town_person(&s->town, arena_c(s->town.arena, name), role_by_name(role), place);
    if (actor == NULL) {
        wrong(s, "cannot put on file", name);
        return;
    }
    map_put(s->people, name, actor);
    Seen *file = arena_new_of(s->town.arena, Seen); /* what is on file of them is a matter of that name */
    *file = (Seen){ actor->person, -1 };
    map_put(s->matters, name, file);
}

static void run_seen(Story *s, Str rest) /* somebody looks again: the version is the newest */
{
    Seen *seen = map_get(s->matters, word(&rest));
    Fail f = FAIL_NONE;
    if (seen == NULL) {
        wrong(s, "no such matter", rest);
        return;
    }
    DbRows *r = db_query(s->town.db, s->town.arena,
                         "SELECT version FROM matter WHERE community = $1 AND id = $2", "ss", "l",
                         ARGS(TXT(s->town.community), TXT(seen->id)), &f);
    if (f.err == OK && r->rows == 1) seen->version = db_int(r, 0, 0);
}

/* photo NAME MATTER: a picture for a matter that may not be there yet; @NAME is its id */
static void run_photo(Story *s, Str rest, const char *type)
{
    Str name = word(&rest), matter = word(&rest);
    Seen *seen = map_get(s->matters, matter), *photo = arena_new_of(s->town.arena, Seen);
    if (seen == NULL) {
        map_put(s->matters, matter, seen = arena_new_of(s->town.arena, Seen));
        *seen = (Seen){ id_new(s->town.arena, town_clock), -1 };
    }
    *photo = (Seen){ town_file(&s->town, seen->id, type), -1 };
    map_put(s->matters, name, photo);
}

/* Another community of the same server; what passes between them is delivered on the way. */
static void run_in(Story *s, Str code)
{
    Messages *m = messages_new(s->town.arena, s->town.runner, NULL);
    for (int n = 0; n < 100 && messages_round(m, town_clock) == CARRIED; n++)
        continue;
    s->town.community = arena_str(s->town.arena, code);
}

/* What arrived last gets a name. */
static void run_newest(Story *s, Str name)
{
    Fail f = FAIL_NONE;
    DbRows *r = db_query(s->town.db, s->town.arena,
                         "SELECT id, version FROM matter WHERE community = $1 AND kind = 'report' ORDER BY number DESC"
                         " LIMIT 1", "s", "sl", ARGS(TXT(s->town.community)), &f);
    if (f.err != OK || r->rows == 0) {
        wrong(s, "no report here", name);
        return;
    }
    Seen *seen = arena_new_of(s->town.arena, Seen);
    *seen = (Seen){ db_text(r, 0, 0), db_int(r, 0, 1) };
    map_put(s->matters, arena_str(s->town.arena, name), seen);
    s->passed++;
}

/* Ids that an action made inside of a matter, and hashes: by where they stand in its data. */
static void run_name(Story *s, Str rest)
{
    Str name = word(&rest), matter = word(&rest), path = rest;
    Seen *seen = map_get(s->matters, matter), *found = arena_new_of(s->town.arena, Seen);
    Fail f = FAIL_NONE;
    DbRows *r = db_query(s->town.db, s->town.arena, "SELECT data FROM matter WHERE community = $1 AND id = $2", "ss",
                         "s", ARGS(TXT(s->town.community), TXT(seen != NULL ? seen->id : S(""))), &f);
    json_t *v = f.err == OK && r->rows == 1 ? json_read(s->town.arena, db_text(r, 0, 0), &f) : NULL;
    while (v != NULL && path.n > 0) {
        Str step = str_cut(&path, '.');
        int64_t i = 0;
        bool number = str_to_i64(step, &i);
        v = number ? json_array_get(v, (size_t)i) : json_object_get(v, arena_c(s->town.arena, step));
    }
    if (!json_is_string(v)) {
        wrong(s, "nothing to name:", rest);
        return;
    }
    *found = (Seen){ arena_str(s->town.arena, str_c(json_string_value(v))), -1 };
    map_put(s->matters, name, found);
}

static void run_line(Story *s, Str line) {
    Str first = word(&line);
    if (str_is(first, "person")) {
        run_person(s, line);
        return;
    }
    if (str_is(first, "on")) {
        run_clock(s, line);
        return;
    }
    if (str_is(first, "count")) {
        run_count(s, line);
        return;
    }
    if (str_is(first, "photo")) {
        run_photo(s, line, "image/jpeg");
        return;
    }
    if (str_is(first, "blank")) {
        run_photo(s, line, FILE_XLSX);
        return;
    }
    if (str_is(first, "voice")) {
        run_photo(s, line, "audio/ogg");
        return;
    }
    if (str_is(first, "look")) {
        run_seen(s, line);
        return;
    }
    if (str_is(first, "in")) {
        run_in(s, line);
        return;
    }
    if (str_is(first, "name")) {
        run_name(s, line);
        return;
    }
    if (str_is(first, "newest")) {
        run_newest(s, line);
        return;
    }
    run_action(s, first, line);
}

/* script/keep-log: the log that this story made, for ever. */
static void keep_log(Story *s, const char *path) {
    Exported done;
    FILE *out = fopen(path, "w");
    Fail f = out != NULL ? log_export(s->town.arena, s->town.world, s->town.db, out, progress_none, &done)
                         : fail(ERR_INTERNAL, "file");
    if (out != NULL && fclose(out) != 0) f = fail(ERR_INTERNAL, "file");
    if (f.err != OK) wrong(s, "the log cannot be kept", str_c(f.code));
}

static void run_file(Story *s, const char *engine, const char *file) {
    char text[65536];
    s->file = file;
    s->line = 0;
    FILE *in = fopen(file, "r");
    size_t n = in != NULL ? fread(text, 1, sizeof text, in) : 0;
    if (in != NULL) fclose(in);
    if (n == 0) {
        wrong(s, "cannot be read", S(""));
        return;
    }
    if (!town_open(&s->town, engine, 7) || !town_furnish(&s->town, 8)) {
        wrong(s, "no town on", str_c(engine));
        return;
    }
    s->people = map_new(s->town.arena, 16);
    s->matters = map_new(s->town.arena, 64);
    Str rest = arena_str(s->town.arena, (Str){ text, n });
    while (rest.n > 0) {
        Str line = str_trim(str_cut(&rest, '\n'));
        s->line++;
        if (line.n > 0 && line.p[0] != '#') run_line(s, line);
    }
    Hash digest;
    int64_t events;
    if (!town_sound(&s->town, &digest, &events))
        wrong(s, "the log does not give the state again", S(""));
    else
        s->passed++;
    printf("%s %s %lld events %s\n", engine, file, (long long)events,
           hash_hex(s->town.arena, digest).p);
    if (getenv("LINLI_KEEP_LOG") != NULL) keep_log(s, getenv("LINLI_KEEP_LOG"));
    town_close(&s->town);
}

int main(int argc, char **argv) {
    static Story s;
    for (int i = 2; i < argc; i++)
        run_file(&s, argv[1], argv[i]);
    printf("passed=%d failed=%d\n", s.passed, s.failed);
    return s.failed > 0 || s.passed == 0;
}
