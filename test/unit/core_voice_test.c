/* Voice notes: lengths counted, metadata gone, everything else refused. Samples: test/data/voice. */
#include "unit.h"

#include "core/file/cage.h"
#include "core/file/voice.h"

static Str sample(Arena *a, const char *name)
{
    static char bytes[1 << 20];
    FILE *in = fopen(arena_fmt(a, "%s/%s", VOICE_SAMPLES, name).p, "rb");
    assert_non_null(in);
    size_t n = fread(bytes, 1, sizeof bytes, in);
    fclose(in);
    assert_true(n > 100);
    return arena_str(a, (Str){ bytes, n });
}

static const struct {
    const char *name;
    VoiceType type;
} notes[] = {
    { "note.ogg", VOICE_OGG }, { "note.webm", VOICE_WEBM }, { "live.webm", VOICE_WEBM },
    { "note.m4a", VOICE_MP4 }, { "fragments.mp4", VOICE_MP4 },
};

static bool holds(Str bytes, const char *text)
{
    return memmem(bytes.p, bytes.n, text, strlen(text)) != NULL;
}

static void test_taken_and_stripped(void **state)
{
    static const char *const secrets[] = { "SPYTITLE", "SPYCOMMENT", "SPYARTIST", "+29.65", "Lavf", "Lavc" };
    Arena *a = arena_new();
    (void)state;
    int had = 0;
    for (int i = 0; i < COUNT(notes); i++) {
        Str bytes = sample(a, notes[i].name);
        Voice v = voice_make(a, bytes);
        if (v.status != VOICE_OK) fail_msg("%s: status %d", notes[i].name, v.status);
        assert_int_equal(v.type, notes[i].type);
        assert_int_equal(v.bytes.n, bytes.n);
        if (v.ms < 1400 || v.ms > 1750) fail_msg("%s: %d ms", notes[i].name, v.ms);
        for (int k = 0; k < COUNT(secrets); k++) {
            had += holds(bytes, secrets[k]);
            bool may_stay = k >= 4 && notes[i].type == VOICE_MP4; /* the encoder's name, inside the AAC itself */
            if (holds(v.bytes, secrets[k]) && !may_stay) fail_msg("%s keeps %s", notes[i].name, secrets[k]);
        }
        Voice again = voice_make(a, v.bytes);
        assert_true(again.status == VOICE_OK && str_eq(again.bytes, v.bytes));
        Voice caged = voice_run(a, "/proc/self/exe", "picture", bytes, CAGE_WALL_MS);
        assert_true(caged.status == VOICE_OK && caged.ms == v.ms && str_eq(caged.bytes, v.bytes));
    }
    assert_true(had > 10); /* there was something to take away */
    arena_free(a);
}

static void test_refused(void **state)
{
    Arena *a = arena_new();
    (void)state;
    assert_int_equal(voice_make(a, sample(a, "long.ogg")).status, VOICE_TOO_LONG);
    assert_int_equal(voice_make(a, sample(a, "vorbis.ogg")).status, VOICE_NOT);
    assert_int_equal(voice_make(a, sample(a, "picture.webm")).status, VOICE_NOT);
    assert_int_equal(voice_make(a, S("RIFF....WAVE")).status, VOICE_NOT);
    assert_int_equal(voice_make(a, S("")).status, VOICE_NOT);
    arena_free(a);
}

/* Cut anywhere, any byte wrong: a status and nothing worse; what is still taken keeps the bound. */
static void test_damaged(void **state)
{
    Arena *a = arena_new();
    (void)state;
    for (int i = 0; i < COUNT(notes); i++) {
        Str bytes = sample(a, notes[i].name);
        for (size_t n = 0; n < bytes.n; n += 7) {
            Arena *own = arena_new();
            Voice v = voice_make(own, (Str){ bytes.p, n });
            assert_true(v.status != VOICE_OK || v.ms <= VOICE_SECONDS_MAX * 1000 + VOICE_SLACK_MS);
            char *bad = (char *)(uintptr_t)arena_str(own, bytes).p;
            bad[n] ^= 0x55;
            v = voice_make(own, (Str){ bad, bytes.n });
            assert_true(v.status != VOICE_OK || v.ms <= VOICE_SECONDS_MAX * 1000 + VOICE_SLACK_MS);
            if (notes[i].type == VOICE_OGG) assert_int_not_equal(v.status, VOICE_OK); /* its pages have a CRC */
            arena_free(own);
        }
    }
    arena_free(a);
}

int picture_child_main(void);

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "picture") == 0) return picture_child_main();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_taken_and_stripped),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_damaged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
