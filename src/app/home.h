/* home: a data folder, opened: its lock, key, schema and world. What every subcommand begins with.
 *
 *     DIR/linli.db ...   the store (SQLite), or --db
 *     DIR/blobs/         sealed files
 *     DIR/lock           held by the one process that writes
 *     DIR/linli.sock     where that process takes the other subcommands' requests, see socket.h
 *     DIR.key            the key file, beside the folder and never inside it
 *     DIR.key.erasures   what was erased, so that no backup brings it back, see core/log/erasures.h */
#ifndef LINLI_APP_HOME_H
#define LINLI_APP_HOME_H

#include "app/config.h"
#include "core/run.h"
#include "core/seal.h"

typedef struct Home {
    Arena *arena;
    const Config *config;
    World *world;
    Seals *seals;
    const char *erasures; /* --erasures, else beside the key file: KEYFILE.erasures */
    int lock;     /* descriptor; -1: not held */
    bool fresh;   /* no community yet */
} Home;

/* Checks the table and says every fault on stderr; no store. */
Fail home_world(Home *h, Arena *a, const Config *c) MUST_USE;
/* Makes the folder if it is not there, and takes the lock: ERR_CONFLICT "locked" if another process has it. */
Fail home_lock(Home *h) MUST_USE;
/* After home_world and home_lock: migrates forward, opens the key file; makes one only when nothing was ever sealed
 * (ERR_NOT_FOUND "key_file_missing" otherwise). */
Fail home_open(Home *h) MUST_USE;
/* After home_world, for those who only read, also beside a running server: the key file, if it is wanted. */
Fail home_keys(Home *h) MUST_USE;
void home_close(Home *h);
const char *home_path(const Home *h, const char *name); /* DIR/name */

#endif
