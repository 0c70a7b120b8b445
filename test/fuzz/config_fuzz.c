/* Command lines, also those that another process asks for over the socket: words are separated by NUL. */
#include "app/config.h"

#include <stdlib.h>

#define CHECK(truth)                                                                                                   \
    do {                                                                                                               \
        if (!(truth)) abort();                                                                                         \
    } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    enum { WORDS = 64 };
    if (n > 4096) return 0;
    Arena *a = arena_new();
    char *text = arena_alloc(a, n + 1), *argv[WORDS + 1] = { (char *)(uintptr_t) "linli" };
    if (n > 0) memcpy(text, bytes, n);
    text[n] = 0;
    int argc = 1;
    for (size_t at = 0; at < n && argc < WORDS; at += strlen(text + at) + 1)
        argv[argc++] = text + at;
    argv[argc] = NULL;
    Config c;
    Str wrong = S("");
    if (config_read(a, argc, argv, &c, &wrong)) {
        CHECK(c.data != NULL && c.key != NULL && c.address != NULL && c.port >= 0 && c.port <= 65535);
        CHECK(c.n_words >= 0 && c.n_words <= CONFIG_WORDS_MAX && c.loops >= 0 && c.loops <= 256);
        DbConfig db = config_db(&c);
        CHECK((db.dir != NULL) != (db.url != NULL));
    } else {
        CHECK(wrong.n > 0);
    }
    arena_free(a);
    return 0;
}
