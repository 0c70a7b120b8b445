/* admin: what the operator may do from the command line, the same whether this process has the store to itself or a
 * running server does it (socket.h). A task reads options, runs commands and calls, and prints. */
#ifndef LINLI_APP_ADMIN_H
#define LINLI_APP_ADMIN_H

#include "app/home.h"
#include "core/log/log.h"
#include "core/serve/serve.h"

typedef struct Admin {
    Arena *arena;
    const World *world;
    Seals *seals;
    const Config *config; /* of the one who asks */
    Buf *out;             /* stdout of the one who asks */
    Server *server;       /* NULL: alone, with the two below */
    Runner *runner;
    Db *db;
    DbConfig store; /* of the folder at hand */
    Progress progress; /* to the stderr of the one who asks */
} Admin;

typedef Fail AdminTask(Admin *a);

typedef struct AdminRow {
    const char *name;
    AdminTask *run;
} AdminRow;
extern const AdminRow admin_rows[]; /* ends with {0}: what a running server does for others */
const AdminRow *admin_row(Str name); /* NULL if there is none */

/* For tasks: durable when they return OK. */
Fail admin_command(Admin *a, Command *c) MUST_USE;
Fail admin_call(Admin *a, Fail (*fn)(void *self, Db *db), void *self) MUST_USE;
/* While nobody else writes: the writer's connection, outside any transaction. */
Fail admin_alone(Admin *a, Fail (*fn)(void *self, Db *db), void *self) MUST_USE;
Str admin_community(Admin *a); /* --community, else the first; "" if there is none */
/* One line of text about a failure, for people at a terminal. */
Str fail_text(Arena *a, const Fail *f);

/* A community's first events: its name, and an admin with a one-time code, which is printed. */
Fail admin_found(Admin *a, Str community) MUST_USE;

Fail admin_rebuild(Admin *a) MUST_USE; /* cli_log.c */

/* Runs a row: through the server that holds the folder, or alone. Prints; gives the exit code. */
int admin_main(const Config *c);

#endif
