/* message: how matters pass between communities of one server. An event that has `messages` in its data writes a row
 * per message into the outbox, lane "community", in its own transaction; the writer carries it:
 *
 *   1. the files that it names are sealed again for the matter over there
 *   2. a command in the other community, by the system; its client id is made of the message's id
 *   3. `then` or `otherwise`, a command at the sender's matter: it arrived there under this id and number, or why not
 *   4. the row is done
 *
 * A crash after any of them repeats them, and each is the same the second time: neither lost nor doubled.
 *
 * In an event's data (docs/decisions/handover.md has the form that a message would have on a wire):
 *   "messages": [{ "to": community, "act": event type, "matter": its id there (left out: the command makes one),
 *                  "input": {...}, "take": {"reason": "why"}, "then": event type, "otherwise": event type }]
 * Sealed members of `input` are opened with the sender's key, and those of the event's own data that `take` names, each
 * under the name it has over there. Keys never cross. */
#ifndef LINLI_MESSAGE_H
#define LINLI_MESSAGE_H

#include "core/run.h"
#include "store/blob.h"

typedef struct Messages {
    Arena *arena;
    Runner *runner;
    Blobs *blobs; /* NULL: files stay behind */
    struct Watches *watches; /* NULL: a world without an outbox */
    int steps_left; /* tests: gives up after so many of the four, as a crash would; -1: never */
} Messages;

typedef enum Carried { NOTHING_WAITS, CARRIED, CARRY_LATER } Carried;

/* All communities are looked at once. Writer's thread only, like all of this. */
Messages *messages_new(Arena *a, Runner *r, Blobs *blobs);
void messages_look(Messages *m, Str community);
/* Carries one message; CARRY_LATER: the store did not take it, or what waits is not due yet. A message that fails by
 * itself (a damaged file) waits as outbox_pause() says, holds up nobody else's, and ends as a dead letter. */
Carried messages_round(Messages *m, int64_t now);

extern Stmt *const message_statements[];

#endif
