/* log_bench: how fast the log of a real folder is walked (the chain; the chain and every sealed value) and made into
 * state again.
 *
 *     log_bench FOLDER KEYFILE
 *
 * Prints one JSON line; fails when the chain or the state made again is not the same. */
#include "app/world.h"
#include "core/log/log.h"

#include <stdio.h>
#include <stdlib.h>

static void check(bool ok, const char *what)
{
    if (ok) return;
    fprintf(stderr, "log_bench: %s\n", what);
    exit(1);
}

int main(int argc, char **argv)
{
    check(argc == 3, "usage: log_bench FOLDER KEYFILE");
    Arena *a = arena_new();
    Str report;
    Fail f = FAIL_NONE;
    World *w = world_new(a, world_modules, world_reactions, &report);
    Seals *seals = seals_open(a, argv[2], false, &f);
    DbConfig config = { .dir = argv[1] };
    Db *db = f.err == OK ? db_open(&config, DB_WRITER, &f) : NULL;
    check(db != NULL, "the folder or its key cannot be opened");
    int64_t began = mono_us();
    Verdict verdict;
    f = log_verify(a, w, db, S(""), &verdict);
    int64_t walked = mono_us() - began;
    check(f.err == OK && verdict.faults == 0 && verdict.events > 0, "the log is not sound, or empty");
    began = mono_us();
    LogCheck keys = { .world = w, .db = db, .saved = S(""), .seals = seals, .progress = progress_none };
    f = log_check(&keys, a, &verdict);
    int64_t proven = mono_us() - began;
    check(f.err == OK && verdict.faults == 0 && verdict.values > 0, "a sealed value is not sound, or there are none");
    db_close(db);
    Rebuilt rebuilt;
    f = log_rebuild(a, w, seals, &config, false, &rebuilt);
    check(f.err == OK && hash_eq(rebuilt.live, rebuilt.again) && rebuilt.ms > 0, "the state made again differs");
    printf("{\"events\":%lld,\"verify_per_s\":%.0f,\"verify_keys_per_s\":%.0f,\"rebuild_per_s\":%.0f}\n",
           (long long)verdict.events, (double)verdict.events * 1e6 / (double)walked,
           (double)verdict.events * 1e6 / (double)proven, (double)rebuilt.events * 1e3 / (double)rebuilt.ms);
    arena_free(a);
    return 0;
}
