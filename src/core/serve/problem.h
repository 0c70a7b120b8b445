/* problem: how a refusal looks on the wire, RFC 9457, made here and nowhere else.
 *
 *     {"type":"/problems/stale_version","title":"Conflict with what is there now","status":409,
 *      "code":"stale_version","field":"version","version":7}
 *
 * `code` is what a client words for people; `title` is for programmers. `field` is the path in the
 * input, `limit` the bound that was broken, `errors` all that is wrong when that is more than one
 * thing or has rows; `where` the line of JSON that could not be read. Nothing personal, nothing
 * from the log, ever. Whoever came second (wrong_state, stale_version) and may know it is told who was first: `by` (an
 * id), `did` (the event's type), `at`. */
#ifndef LINLI_PROBLEM_H
#define LINLI_PROBLEM_H

#include "core/world.h"

int problem_status(const Fail *f);
/* Fills status, type, body and Retry-After. `errors` may be NULL. */
void problem_reply(Arena *a, const Fail *f, const Errors *errors, HttpReply *r);
/* What http itself refused. */
void problem_of_http(Arena *a, int status, const char *code, HttpReply *r);

#endif
