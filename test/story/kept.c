/* kept: a log that an earlier version wrote must give the state that it gave then.
 *
 *     kept check sqlite|postgres FOLDER     imports FOLDER/export.jsonl, compares every table of FOLDER/state
 *     kept note FOLDER                      writes FOLDER/state from FOLDER/export.jsonl: for script/keep-log
 *
 * A line of `state` is "table columns types key rows sha256". Tables and columns that came later are not in it and not
 * asked for, so what was kept stays good for ever. */
#include "../support/town.h"

#include "core/log/log.h"

#include <stdio.h>

static int passed, failed;

static void say(bool ok, const char *what, const char *more)
{
    if (ok) {
        passed++;
        return;
    }
    failed++;
    printf("failed: %s %s\n", what, more);
}

static bool load(Town *t, const char *folder, Imported *done)
{
    FILE *in = fopen(arena_fmt(t->arena, "%s/export.jsonl", folder).p, "r");
    if (in == NULL) return false;
    Fail f = log_import(t->arena, t->world, t->seals, t->db, in, progress_none, done);
    fclose(in);
    if (f.err != OK) printf("import: %s %s limit %lld\n", f.code, f.field, (long long)f.limit);
    return f.err == OK;
}

static void check_line(Town *t, Str line)
{
    Arena *a = t->arena;
    Table kept = { .table_class = TABLE_STATE };
    kept.name = arena_str(a, str_cut(&line, ' '));
    kept.columns = arena_str(a, str_cut(&line, ' '));
    kept.types = arena_str(a, str_cut(&line, ' '));
    kept.key = arena_str(a, str_cut(&line, ' '));
    Str rows = arena_str(a, str_cut(&line, ' '));
    int64_t n = 0;
    Hash hash;
    Fail f = schema_digest_table(t->db, a, &kept, &n, &hash);
    bool same = f.err == OK && str_eq(rows, arena_fmt(a, "%lld", (long long)n)) && str_eq(hash_hex(a, hash), line);
    say(same, "table", kept.name.p);
}

static void check(Town *t, const char *folder)
{
    Imported done;
    if (!load(t, folder, &done)) {
        say(false, "the log cannot be loaded", folder);
        return;
    }
    char text[65536];
    FILE *in = fopen(arena_fmt(t->arena, "%s/state", folder).p, "r");
    size_t n = in != NULL ? fread(text, 1, sizeof text, in) : 0;
    if (in != NULL) fclose(in);
    int before = passed;
    for (Str rest = { text, n }; rest.n > 0;) {
        Str line = str_cut(&rest, '\n');
        if (line.n > 0) check_line(t, line);
    }
    Hash digest;
    int64_t events = 0;
    say(passed > before || failed > 0, "nothing to compare in", folder);
    say(town_sound(t, &digest, &events) && events == done.events && events > 0, "rebuild", folder);
    printf("%s %lld events %s\n", folder, (long long)events, hash_hex(t->arena, digest).p);
}

static void note(Town *t, const char *folder)
{
    Imported done;
    FILE *out = load(t, folder, &done) ? fopen(arena_fmt(t->arena, "%s/state", folder).p, "w") : NULL;
    say(out != NULL, "cannot write", folder);
    for (int i = 0; out != NULL && i < t->world->schema->n; i++) {
        const Table *table = &t->world->schema->tables[i];
        int64_t n = 0;
        Hash hash;
        if (table->table_class != TABLE_STATE) continue;
        Fail f = schema_digest_table(t->db, t->arena, table, &n, &hash);
        say(f.err == OK, "table", table->name.p);
        fprintf(out, "%.*s %.*s %.*s %.*s %lld %s\n", STR_ARG(table->name), STR_ARG(table->columns),
                STR_ARG(table->types), STR_ARG(table->key), (long long)n, hash_hex(t->arena, hash).p);
    }
    if (out != NULL) fclose(out);
}

int main(int argc, char **argv)
{
    Town t;
    bool checks = argc == 4 && strcmp(argv[1], "check") == 0, notes = argc == 3 && strcmp(argv[1], "note") == 0;
    if (!checks && !notes) return 2;
    if (!town_open(&t, checks ? argv[2] : "sqlite", 7)) return 1;
    if (checks)
        check(&t, argv[3]);
    else
        note(&t, argv[2]);
    town_close(&t);
    printf("passed=%d failed=%d\n", passed, failed);
    return failed > 0 || passed == 0;
}
