/* Voice notes: what is taken has a length within the bound, as many bytes as before, and is taken again with the same
 * length. */
#include "core/file/voice.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    if (n > 64 * 1024) return 0;
    Arena *a = arena_new();
    Voice v = voice_make(a, (Str){ (const char *)data, n });
    if (v.status == VOICE_OK) {
        Voice again = voice_make(a, v.bytes);
        bool same = again.status == VOICE_OK && again.ms == v.ms && str_eq(again.bytes, v.bytes) && v.bytes.n == n;
        if (!same || v.ms < 1 || v.ms > VOICE_SECONDS_MAX * 1000 + VOICE_SLACK_MS) __builtin_trap();
    }
    arena_free(a);
    return 0;
}
