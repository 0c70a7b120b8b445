/* Opus in WebM (EBML, RFC 8794; Matroska, RFC 9559): elements. One track, audio, A_OPUS. What browsers record has a
 * segment and clusters of unknown length; a cluster's time and its last block's tell how long it is. */
#include "core/file/voice.h"

enum {
    DEPTH_MAX = 6,
    ELEMENTS_MAX = 20000,
    BLOCK_MS_MAX = 120, /* the longest Opus packet */
    EBML = 0x1A45DFA3,
    SEGMENT = 0x18538067,
    INFO = 0x1549A966,
    TRACKS = 0x1654AE6B,
    TRACK = 0xAE,
    AUDIO = 0xE1,
    CLUSTER = 0x1F43B675,
    GROUP = 0xA0,
};

typedef struct Webm {
    int elements, tracks;
    bool opus, audio, blocks;
    int64_t scale_ns, cluster, last; /* in ticks of scale_ns */
} Webm;

static const uint32_t masters[] = { SEGMENT, INFO, TRACKS, TRACK, AUDIO, CLUSTER, GROUP };
/* DocType and its kin, TimecodeScale, track fields, Void; the rest of what is not a master becomes Void. */
static const uint32_t kept[] = { 0x4286, 0x42F7, 0x42F2, 0x42F3,   0x4282, 0x4287, 0x4285, 0x2AD7B1, 0x4489, 0xD7,
                                 0x73C5, 0x83,   0x86,   0x63A2,   0x56AA, 0x56BB, 0xB5,   0x9F,     0x6264, 0x88,
                                 0x55AA, 0xB9,   0x9C,   0x22B59C, 0xE7,   0xA3,   0xA1,   0x9B,     0xFB,   0x75A2,
                                 0xEC,   0xA7,   0xAB,   0x23E383, 0x55EE, 0x6DE7, 0x6DF8 };

static bool in(const uint32_t *list, int n, uint32_t id)
{
    for (int i = 0; i < n; i++)
        if (list[i] == id) return true;
    return false;
}

/* A number with its length in front; `keep` leaves the length bits in. -1: unknown length. */
static bool vint(const uint8_t *p, size_t n, bool keep, int most, int64_t *value, size_t *used)
{
    int len = 1;
    if (n == 0 || p[0] == 0) return false;
    while (!(p[0] & (0x80 >> (len - 1))))
        len++;
    if (len > most || (size_t)len > n) return false;
    uint64_t v = keep ? p[0] : (uint64_t)(p[0] & (0xFF >> len));
    for (int i = 1; i < len; i++)
        v = v << 8 | p[i];
    *used = (size_t)len;
    *value = !keep && v == (UINT64_C(1) << (7 * len)) - 1 ? -1 : (int64_t)v;
    return true;
}

static int64_t number(const uint8_t *p, size_t n)
{
    int64_t v = 0;
    for (size_t i = 0; i < n && i < 7; i++)
        v = v << 8 | p[i];
    return v;
}

static bool block(Webm *m, const uint8_t *p, size_t n)
{
    int64_t track;
    size_t used;
    if (!vint(p, n, false, 8, &track, &used) || n < used + 4) return false;
    int64_t at = m->cluster + (int16_t)(p[used] << 8 | p[used + 1]);
    if (at > m->last) m->last = at;
    m->blocks = true;
    return true;
}

static bool value(Webm *m, uint32_t id, uint8_t *p, size_t n)
{
    if (id == 0x2AD7B1) m->scale_ns = number(p, n);
    if (id == 0x83) m->audio = number(p, n) == 2;
    if (id == 0x86) m->opus = n >= 6 && memcmp(p, "A_OPUS", 6) == 0;
    if (id == 0xE7) m->cluster = number(p, n);
    if (id == 0xA3 || id == 0xA1) return block(m, p, n);
    return n <= VOICE_IN_BYTES_MAX;
}

/* Void over all of it: one byte of id, a length that takes the rest of the head, at most eight bytes of it. */
static void make_void(uint8_t *p, size_t head_n, size_t n)
{
    size_t len = head_n - 1 < 8 ? head_n - 1 : 8, rest = head_n + n - 1 - len;
    memset(p, 0, head_n + n);
    p[0] = 0xEC;
    for (size_t i = 0; i < len; i++)
        p[1 + i] = (uint8_t)((uint64_t)rest >> (8 * (len - 1 - i)));
    p[1] |= (uint8_t)(0x80 >> (len - 1));
}

static bool walk(Webm *m, uint8_t *p, size_t n, int depth)
{
    for (size_t at = 0; at < n;) {
        int64_t id, size;
        size_t id_n, size_n;
        if (++m->elements > ELEMENTS_MAX || !vint(p + at, n - at, true, 4, &id, &id_n)) return false;
        if (!vint(p + at + id_n, n - at - id_n, false, 8, &size, &size_n)) return false;
        size_t head = id_n + size_n, left = n - at - head;
        bool master = in(masters, COUNT(masters), (uint32_t)id), open = size < 0;
        if (open && !(id == SEGMENT || id == CLUSTER)) return false;
        if (!open && (uint64_t)size > left) return false;
        m->tracks += id == TRACK;
        uint8_t *body = p + at + head;
        if (master && open) { /* its children follow, and those of the next cluster after them */
            at += head;
            continue;
        }
        if (master ? depth >= DEPTH_MAX || !walk(m, body, (size_t)size, depth + 1)
                   : in(kept, COUNT(kept), (uint32_t)id) && !value(m, (uint32_t)id, body, (size_t)size))
            return false;
        if (!master && !in(kept, COUNT(kept), (uint32_t)id)) make_void(p + at, head, (size_t)size);
        at += head + (size_t)size;
    }
    return true;
}

VoiceStatus voice_webm(uint8_t *p, size_t n, int64_t *ms)
{
    Webm m = { .scale_ns = 1000000 };
    int64_t id, size;
    size_t id_n, size_n;
    if (!vint(p, n, true, 4, &id, &id_n) || id != EBML || !vint(p + id_n, n - id_n, false, 8, &size, &size_n))
        return VOICE_BROKEN;
    size_t head = id_n + size_n;
    if (size < 0 || (uint64_t)size > n - head) return VOICE_BROKEN;
    size_t body = head + (size_t)size;
    if (!walk(&m, p + head, (size_t)size, 0) || !walk(&m, p + body, n - body, 0)) return VOICE_BROKEN;
    if (m.tracks != 1 || !m.audio || !m.opus) return VOICE_NOT;
    if (!m.blocks || m.scale_ns < 1000 || m.scale_ns > 1000000000 || m.last > INT64_C(1) << 40) return VOICE_BROKEN;
    *ms = (int64_t)((double)m.last * (double)m.scale_ns / 1e6) + BLOCK_MS_MAX;
    return VOICE_OK;
}
