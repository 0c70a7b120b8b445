/* Full text. The tokens are ours, so that both engines agree and two-character Chinese words are
 * found: Han        each pair of neighbours, and each character alone (a query asks for the pairs
 * only) Tibetan    syllables: what stands between tsheg, shad and other marks elsewhere  runs of
 * letters and digits, in lower case, full-width forms as ASCII Each is blinded by a keyed hash;
 * what is stored is sorted, so that the index holds neither words nor their order. */
#include "core/search.h"

#include <stdlib.h>

enum {
    TOKEN_BITS = 60, /* of the keyed hash: 12 characters of base32 */
    TOKEN_CHARS =
        1 + TOKEN_BITS / 5, /* a letter goes first, so that no engine takes it for a number */
    QUERY_TOKENS_MAX = 64,  /* whoever types more finds the same */
    WORD_BYTES_MAX = 64,    /* a longer word is cut: nobody searches for its tail */
};

typedef enum CharKind { BREAK, HAN, TIBETAN, LETTER, MARK } CharKind;

static bool is_in(int32_t c, int32_t first, int32_t last) {
    return c >= first && c <= last;
}

static bool is_han(int32_t c) {
    return is_in(c, 0x4E00, 0x9FFF) || is_in(c, 0x3400, 0x4DBF) || is_in(c, 0xF900, 0xFAFF) ||
           is_in(c, 0x20000, 0x3FFFD) || c == 0x3005 || c == 0x3007;
}

/* Letters, digits, vowel signs and stacked letters; U+0F0B tsheg, U+0F0C, shad and all other marks
 * part syllables. */
static bool is_tibetan(int32_t c) {
    return is_in(c, 0x0F40, 0x0F6C) || is_in(c, 0x0F71, 0x0F84) || is_in(c, 0x0F86, 0x0F87) ||
           is_in(c, 0x0F90, 0x0FBC) || is_in(c, 0x0F18, 0x0F19) || is_in(c, 0x0F2A, 0x0F33) ||
           c == 0x0F00 || c == 0x0F35 || c == 0x0F37 || c == 0x0F39 || c == 0x0FC6;
}

/* Beyond ASCII everything is a letter unless it is known to be none: better to index too much than
 * to lose a script. */
static bool is_break(int32_t c) {
    if (c < 0x80) return !(is_in(c, '0', '9') || is_in(c, 'a', 'z'));
    return is_in(c, 0x80, 0xA9) || is_in(c, 0xAB, 0xB4) || is_in(c, 0xB6, 0xB9) ||
           is_in(c, 0xBB, 0xBF) || c == 0xD7 || c == 0xF7 || is_in(c, 0x0F00, 0x0FFF) ||
           is_in(c, 0x2000, 0x200B) || is_in(c, 0x200E, 0x206F) || is_in(c, 0x20A0, 0x20CF) ||
           is_in(c, 0x2190, 0x2BFF) || is_in(c, 0x2E00, 0x2E7F) || is_in(c, 0x3000, 0x303F) ||
           c == 0x30FB || is_in(c, 0xE000, 0xF8FF) || is_in(c, 0xFE10, 0xFE1F) ||
           is_in(c, 0xFE30, 0xFE6F) || is_in(c, 0xFF00, 0xFF65) || is_in(c, 0xFFE0, 0xFFFF) ||
           is_in(c, 0x1F000, 0x1FFFF);
}

/* Lower case where it is a matter of plain arithmetic: ASCII, Latin, Greek, Cyrillic; forms that
 * mean the same. */
static int32_t folded(int32_t c) {
    if (is_in(c, 0xFF01, 0xFF5E)) c -= 0xFEE0;            /* full-width ASCII */
    if (is_in(c, 0x0F20, 0x0F29)) c = '0' + (c - 0x0F20); /* Tibetan digits */
    if (is_in(c, 'A', 'Z')) return c + 0x20;
    if (is_in(c, 0xC0, 0xDE) && c != 0xD7) return c + 0x20;
    if (is_in(c, 0x0100, 0x0137) || is_in(c, 0x014A, 0x0177)) return c | 1;
    if (is_in(c, 0x0139, 0x0148) || is_in(c, 0x0179, 0x017E)) return c + (c & 1);
    if (c == 0x0178) return 0xFF;
    if (is_in(c, 0x0391, 0x03A9)) return c + 0x20;
    if (is_in(c, 0x0410, 0x042F)) return c + 0x20;
    if (is_in(c, 0x0400, 0x040F)) return c + 0x50;
    return c;
}

static CharKind kind_of(int32_t c) {
    if (is_han(c)) return HAN;
    if (is_tibetan(c)) return TIBETAN;
    if (is_in(c, 0xFE00, 0xFE0F) || is_in(c, 0x200C, 0x200D) || c == 0xAD)
        return MARK; /* joins, adds nothing */
    return is_break(c) ? BREAK : LETTER;
}

/* ---- collecting ---- */

enum { SET_SLOTS = 4096 }; /* a power of two, well above SEARCH_TOKENS_MAX */

typedef struct Tokens {
    const Seals *seals;
    uint64_t *list; /* blinded, each once; room for max */
    int n, max;
    uint64_t *set; /* the same, open addressing, 0 free */
    bool query;
    Buf word;       /* of a script with words */
    CharKind kind;  /* of the run that is being read */
    int32_t before; /* the Han character before, 0 at the start of a run */
    bool paired;    /* it stands in a pair already */
} Tokens;

static void emit(Tokens *t, Str token) {
    if (token.n == 0 || t->n == t->max) return;
    uint64_t blind = seal_search_token(t->seals, token) >> (64 - TOKEN_BITS);
    if (blind == 0) blind = 1;
    size_t slot = blind % SET_SLOTS;
    while (t->set[slot] != 0 && t->set[slot] != blind)
        slot = (slot + 1) % SET_SLOTS;
    if (t->set[slot] == blind) return;
    t->set[slot] = t->list[t->n++] = blind;
}

static void emit_han(Tokens *t, int32_t first, int32_t second) {
    t->word.n = 0;
    utf8_put(&t->word, first);
    if (second != 0) utf8_put(&t->word, second);
    emit(t, buf_str(&t->word));
    t->word.n = 0;
}

static void end_run(Tokens *t) {
    if (t->kind == HAN && t->query && !t->paired) emit_han(t, t->before, 0);
    if (t->kind != HAN) emit(t, buf_str(&t->word));
    t->word.n = 0;
    t->kind = BREAK;
    t->before = 0;
    t->paired = false;
}

static void take_han(Tokens *t, int32_t c) {
    if (!t->query) emit_han(t, c, 0);
    if (t->before != 0) emit_han(t, t->before, c);
    t->paired = t->before != 0;
    t->before = c;
}

static void read_text(Tokens *t, Str text) {
    while (text.n > 0 && t->n < t->max) {
        int32_t c = utf8_next(&text);
        if (c < 0) break; /* not UTF-8: what stands before is good enough */
        c = folded(c);
        CharKind kind = kind_of(c);
        if (kind == MARK) continue;
        if (kind != t->kind) end_run(t);
        t->kind = kind;
        if (kind == HAN)
            take_han(t, c);
        else if (kind != BREAK && t->word.n < WORD_BYTES_MAX)
            utf8_put(&t->word, c);
    }
    end_run(t);
}

static int by_value(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static Tokens collect(Arena *a, const Seals *s, Str text, bool query) {
    Tokens t = {
        .seals = s, .query = query, .word = buf_new(a, WORD_BYTES_MAX + 8), .kind = BREAK
    };
    t.max = query ? QUERY_TOKENS_MAX : SEARCH_TOKENS_MAX;
    t.list = arena_array(a, uint64_t, t.max);
    t.set = arena_array(a, uint64_t, SET_SLOTS);
    read_text(&t, text);
    qsort(t.list, (size_t)t.n, sizeof *t.list, by_value);
    return t;
}

static void put_token(Buf *out, uint64_t blind) {
    static const char digits[] = "0123456789abcdefghjkmnpqrstvwxyz";
    buf_char(out, 'k');
    for (int shift = TOKEN_BITS - 5; shift >= 0; shift -= 5)
        buf_char(out, digits[blind >> shift & 31]);
}

Str search_tokens(Arena *a, const Seals *s, Str text, bool query) {
    Tokens t = collect(a, s, text, query);
    Buf out = buf_new(a, (size_t)t.n * (TOKEN_CHARS + 1) + 1);
    for (int i = 0; i < t.n; i++) {
        if (i > 0) buf_char(&out, ' ');
        put_token(&out, t.list[i]);
    }
    return buf_str(&out);
}

/* Every token must be there. Tokens are letters and digits only, so nothing in them can be an
 * operator. The community stands in the statement beside the match, on both engines alike. */
Str search_match(Arena *a, const Seals *s, Str text, bool postgres, Str community) {
    (void)community;
    Tokens t = collect(a, s, text, true);
    Buf out = buf_new(a, (size_t)t.n * (TOKEN_CHARS + 7) + 1);
    char quote = postgres ? '\'' : '"';
    for (int i = 0; i < t.n; i++) {
        if (i > 0) buf_c(&out, postgres ? " & " : " AND ");
        buf_char(&out, quote);
        put_token(&out, t.list[i]);
        buf_char(&out, quote);
    }
    return buf_str(&out);
}
