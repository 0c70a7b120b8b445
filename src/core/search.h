/* search: full text behind one door. We make the tokens (Han bigrams and single Han characters, Tibetan syllables,
 * words in lower case elsewhere) and blind each with a keyed hash, so that the index finds words without holding any.
 * Order is time and id, never rank. */
#ifndef LINLI_SEARCH_H
#define LINLI_SEARCH_H

#include "core/seal.h"

enum { SEARCH_TOKENS_MAX = 2000 };
/* Blanks between blinded tokens ("k3f0..."), as stored. For a query (`query` true) single Han characters beside a
 * bigram are left out. */
Str search_tokens(Arena *a, const Seals *s, Str text, bool query);
/* The same of what a numbered matter holds: also which stretch of numbers it lies in, on three scales, in the clear. */
Str search_tokens_of(Arena *a, Str tokens, int64_t number);
/* The match expression for the engine; "" when the text holds nothing to search. */
Str search_match(Arena *a, const Seals *s, Str text, bool postgres, Str community);

/* ---- hits in the order of their numbers, newest first ---- */
typedef struct SearchIn {
    Str community, kind, match;
    int64_t below; /* number; SEARCH_NUMBERS: all */
} SearchIn;
typedef struct SearchReach {
    Str match;             /* for the statement: within [down_to, below) of SQLite's rows, of PostgreSQL's numbers */
    int64_t down_to, below;
    int64_t looked_to;     /* number down to which all is looked at, for the next page; 0: there is no more */
    bool ends;             /* no later stage looks further */
} SearchReach;
/* How far down `stage` (0, 1, ...) looks. Each looks further than the one before, and the last at SEARCH_HITS_MAX hits,
 * so that no search costs more than so many, whatever else the list asks for. */
enum { SEARCH_HITS_MAX = 4096 };
Fail search_reach(Db *db, Arena *a, SearchIn in, int stage, SearchReach *out) MUST_USE;

#endif
