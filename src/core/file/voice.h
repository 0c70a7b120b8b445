/* voice: a voice note as a phone or browser records it, checked and stripped, never decoded.
 *
 * Taken: Opus in Ogg (RFC 7845) and in WebM, AAC in MP4 (ISO 14496-12), one audio track and nothing else, up to
 * VOICE_SECONDS_MAX. The length is counted from the packets themselves (Ogg: granule position; WebM: block times; MP4:
 * the sample table), not believed from a header alone. What says who, where, when or with what it was recorded is
 * overwritten in place with nothing: tags, titles, dates, names, position boxes. Runs in the cage. */
#ifndef LINLI_FILE_VOICE_H
#define LINLI_FILE_VOICE_H

#include "base/base.h"

enum {
    VOICE_IN_BYTES_MAX = 2 * 1024 * 1024,
    VOICE_SECONDS_MAX = 120,
    VOICE_SLACK_MS = 1500, /* a phone that stops at two minutes stops a moment later */
};

typedef enum VoiceType { VOICE_NONE, VOICE_OGG, VOICE_WEBM, VOICE_MP4, VOICE_TYPE_N } VoiceType;
typedef enum VoiceStatus {
    VOICE_OK,
    VOICE_NOT,      /* no such container, or something else than one audio track of the known codec in it */
    VOICE_BROKEN,   /* cut short or not by the book */
    VOICE_TOO_LONG,
    VOICE_SANDBOX,
    VOICE_NO_CHILD,
    VOICE_STATUS_N,
} VoiceStatus;

typedef struct Voice {
    VoiceStatus status;
    VoiceType type;
    int ms;
    Str bytes; /* as long as what came in */
} Voice;

VoiceType voice_sniff(Str bytes);
const char *voice_mime(VoiceType t);
Voice voice_run(Arena *a, const char *exe, const char *command, Str bytes, int wall_ms);

/* ---- in the child; `p` is a copy that they write to ---- */
Voice voice_make(Arena *a, Str bytes);
VoiceStatus voice_ogg(uint8_t *p, size_t n, int64_t *ms);
VoiceStatus voice_webm(uint8_t *p, size_t n, int64_t *ms);
VoiceStatus voice_mp4(uint8_t *p, size_t n, int64_t *ms);

#endif
