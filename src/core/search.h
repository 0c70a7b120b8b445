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
/* The match expression for the engine; "" when the text holds nothing to search. */
Str search_match(Arena *a, const Seals *s, Str text, bool postgres, Str community);

#endif
