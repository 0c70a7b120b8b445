/* A voice note: what it is, through the cage, and Opus in Ogg. */
#include "core/file/voice.h"

#include "core/file/cage.h"

VoiceType voice_sniff(Str bytes)
{
    if (str_starts(bytes, S("OggS"))) return VOICE_OGG;
    if (str_starts(bytes, S("\x1A\x45\xDF\xA3"))) return VOICE_WEBM;
    if (bytes.n >= 12 && memcmp(bytes.p + 4, "ftyp", 4) == 0) return VOICE_MP4;
    return VOICE_NONE;
}

const char *voice_mime(VoiceType t)
{
    static const char *const names[] = { "", "audio/ogg", "audio/webm", "audio/mp4" };
    return t < VOICE_TYPE_N ? names[t] : "";
}

Voice voice_make(Arena *a, Str bytes)
{
    static VoiceStatus (*const read[])(uint8_t *p, size_t n, int64_t *ms) = { NULL, voice_ogg, voice_webm, voice_mp4 };
    Voice v = { .type = voice_sniff(bytes), .status = VOICE_NOT };
    int64_t ms = 0;
    if (v.type == VOICE_NONE || bytes.n > VOICE_IN_BYTES_MAX) return v;
    uint8_t *p = arena_alloc(a, bytes.n + 1);
    memcpy(p, bytes.p, bytes.n);
    v.status = read[v.type](p, bytes.n, &ms);
    if (v.status == VOICE_OK && ms > VOICE_SECONDS_MAX * 1000 + VOICE_SLACK_MS) v.status = VOICE_TOO_LONG;
    if (v.status == VOICE_OK && ms <= 0) v.status = VOICE_BROKEN;
    if (v.status != VOICE_OK) return v;
    v.ms = (int)ms;
    v.bytes = (Str){ (const char *)p, bytes.n };
    return v;
}

Voice voice_run(Arena *a, const char *exe, const char *command, Str bytes, int wall_ms)
{
    CageAnswer c = cage_run(a, exe, command, CAGE_VOICE, bytes, wall_ms);
    Voice v = { .status = c.started ? VOICE_BROKEN : VOICE_NO_CHILD };
    if (!c.whole || c.status >= VOICE_STATUS_N) return v;
    v.status = (VoiceStatus)c.status;
    if (v.status == VOICE_SANDBOX) cage_log_no_sandbox();
    if (v.status != VOICE_OK) return v;
    v.status = VOICE_BROKEN;
    bool fine = c.main.n == bytes.n && voice_sniff(c.main) == c.type && c.type != VOICE_NONE && c.width > 0 &&
                c.width <= VOICE_SECONDS_MAX * 1000 + VOICE_SLACK_MS;
    return fine ? (Voice){ VOICE_OK, (VoiceType)c.type, (int)c.width, c.main } : v;
}

/* ---- Ogg (RFC 3533) with one Opus stream (RFC 7845) ---- */

enum { PAGE_HEAD = 27, RATE = 48000 };

typedef struct Page {
    uint8_t *p;
    size_t head, body; /* bytes */
    uint8_t flags, segments;
    int64_t granule;
    uint32_t serial, number;
} Page;

static uint32_t u32(const uint8_t *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static uint32_t page_crc(const Page *g)
{
    uint32_t crc = 0;
    for (size_t i = 0; i < g->head + g->body; i++) {
        uint8_t byte = i >= 22 && i < 26 ? 0 : g->p[i];
        crc ^= (uint32_t)byte << 24;
        for (int k = 0; k < 8; k++)
            crc = crc & 0x80000000u ? crc << 1 ^ 0x04c11db7u : crc << 1;
    }
    return crc;
}

static bool page_at(uint8_t *p, size_t n, Page *g)
{
    if (n < PAGE_HEAD || memcmp(p, "OggS\0", 5) != 0) return false;
    *g = (Page){ .p = p, .flags = p[5], .segments = p[26], .serial = u32(p + 14), .number = u32(p + 18) };
    g->granule = (int64_t)((uint64_t)u32(p + 6) | (uint64_t)u32(p + 10) << 32);
    g->head = (size_t)PAGE_HEAD + g->segments;
    if (n < g->head) return false;
    for (int i = 0; i < g->segments; i++)
        g->body += p[PAGE_HEAD + i];
    return n >= g->head + g->body && page_crc(g) == u32(p + 22);
}

/* Vendor and comments gone, the packet as long as it was: what follows the list is padding (RFC 7845, 5.2). */
static bool clear_tags(Page *g)
{
    uint8_t *body = g->p + g->head;
    bool ends = g->segments > 0 && g->p[PAGE_HEAD + g->segments - 1] < 255; /* the packet ends with this page */
    if (g->body < 16 || memcmp(body, "OpusTags", 8) != 0 || !ends || (g->flags & 1)) return false;
    memset(body + 8, 0, g->body - 8);
    uint32_t crc = page_crc(g);
    for (int i = 0; i < 4; i++)
        g->p[22 + i] = (uint8_t)(crc >> (8 * i));
    return true;
}

VoiceStatus voice_ogg(uint8_t *p, size_t n, int64_t *ms)
{
    Page g;
    int64_t last = 0, skip = 0;
    uint32_t serial = 0, number = 0;
    bool ended = false;
    for (size_t at = 0; at < n; at += g.head + g.body, number++) {
        if (ended || !page_at(p + at, n - at, &g) || g.number != number) return VOICE_BROKEN;
        const uint8_t *body = g.p + g.head;
        if (number == 0) {
            bool head = (g.flags & 2) && g.body >= 19 && memcmp(body, "OpusHead", 8) == 0;
            if (!head || (body[8] & 0xF0) != 0 || body[9] < 1 || body[9] > 2) return VOICE_NOT;
            serial = g.serial;
            skip = body[10] | body[11] << 8;
        } else if (g.serial != serial || (g.flags & 2)) {
            return VOICE_NOT; /* a second stream */
        }
        if (number == 1 && !clear_tags(&g)) return VOICE_NOT;
        if (g.granule >= 0 && number > 1) {
            if (g.granule < last) return VOICE_BROKEN;
            last = g.granule;
        }
        ended = (g.flags & 4) != 0;
    }
    if (number < 3 || last / RATE > 100000) return VOICE_BROKEN;
    *ms = (last - skip) * 1000 / RATE;
    return VOICE_OK;
}
