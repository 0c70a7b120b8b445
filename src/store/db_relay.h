/* db_relay: a writer whose statements run on a thread of its own, so that whoever sends them can think meanwhile. What
 * is sent is copied; only messages pass between the two threads.
 *
 * It differs from other connections in when it answers: db_sync hands over what was sent and waits only if something
 * of it has an answer; a failure of what was handed over shows at a later sync, at the latest at db_commit, which
 * waits for everything. Rows of db_send may lie in an arena that the caller leaves alone until they are there. */
#ifndef LINLI_DB_RELAY_H
#define LINLI_DB_RELAY_H

#include "store/db.h"

/* `to` belongs to the relay until db_close(relay), which leaves it open; in between it may be used only after
 * db_relay_wait, and before the next send. */
Db *db_relay(Db *to);
/* Hands over what was sent since the last time, without waiting for its answers (but it waits while too much is under
 * way). A ticket for db_relay_reach. */
uint64_t db_relay_post(Db *relay);
/* Waits until what the ticket stands for has run: its rows are there. */
Fail db_relay_reach(Db *relay, uint64_t ticket) MUST_USE;
Fail db_relay_wait(Db *relay) MUST_USE; /* until all has run */

#endif
