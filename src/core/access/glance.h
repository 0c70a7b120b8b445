/* glance: who looked at a matter with somebody's words in it without having to do with it (docs/PRIVACY.md). One row of
 * the access log for each person, matter and day; the asking is not slower for it: rows are collected here and written
 * by the writer within a second. With no room left, or nowhere to write, nothing is shown. */
#ifndef LINLI_GLANCE_H
#define LINLI_GLANCE_H

#include "core/query.h"

typedef struct Glances Glances;

Glances *glances_new(Arena *a); /* lives as long as the arena; shared by threads */
/* After a view was answered: whether it may be shown. False: there is no room, ask again after glances_flush. */
bool glances_note(Glances *g, const Reading *r) MUST_USE;
/* The same row for a look that is no view's, sent inside a transaction on the writer. */
void glance_send(Db *db, Arena *a, Str community, Str subject, Str reader, Str what, Str matter, int64_t now);
/* On the writer, outside of a transaction. What could not be written stays. */
Fail glances_flush(Glances *g, Runner *runner) MUST_USE;

#endif
