#include "app/doctor.h"

#include "app/admin.h"

#include <stdio.h>

extern const char doctor_zh[], doctor_bo[], doctor_en[];

static const struct {
    const char *name, *text;
} languages[] = { { "zh", doctor_zh }, { "bo", doctor_bo }, { "en", doctor_en } };

static void put_words(Buf *out, Str words, Str what, int64_t n)
{
    while (words.n > 0) {
        if (str_starts(words, S("{what}"))) {
            buf_add(out, what);
            words = (Str){ words.p + 6, words.n - 6 };
        } else if (str_starts(words, S("{n}"))) {
            buf_fmt(out, "%lld", (long long)n);
            words = (Str){ words.p + 3, words.n - 3 };
        } else {
            buf_char(out, *words.p);
            words = (Str){ words.p + 1, words.n - 1 };
        }
    }
}

void doctor_found(Doctor *d, Str what, int64_t n)
{
    bool broken = d->row->severity == BROKEN;
    if (broken)
        d->broken++;
    else
        d->looks++;
    put_words(&d->out, json_text(d->words, broken ? "broken" : "look"), what, n);
    buf_fmt(&d->out, " [%s] ", d->row->name);
    put_words(&d->out, json_text(d->words, d->row->name), what, n);
    buf_c(&d->out, "\n    ");
    put_words(&d->out, json_text(d->words, arena_fmt(d->arena, "%s.do", d->row->name).p), what, n);
    buf_c(&d->out, "\n");
}

static void run(Doctor *d, const CheckRow *rows)
{
    for (; rows->name != NULL; rows++) {
        d->row = rows;
        rows->run(d);
        d->checked++;
    }
}

static json_t *words_of(Arena *a, const char *language, Fail *f)
{
    const char *text = NULL;
    for (int i = 0; i < COUNT(languages); i++)
        if (strcmp(languages[i].name, language != NULL ? language : "zh") == 0) text = languages[i].text;
    if (text != NULL) return json_read(a, str_c(text), f);
    *f = fail_field(ERR_INVALID, "bad_language", "--language", 0);
    return NULL;
}

int cli_doctor(const Config *c)
{
    Arena *a = arena_new();
    Home h;
    Fail f = home_world(&h, a, c);
    Doctor d = { .arena = a, .config = c, .home = &h, .out = buf_new(a, 4096) };
    if (f.err == OK) d.words = words_of(a, c->language, &f);
    if (d.words != NULL) {
        run(&d, doctor_machine);
        run(&d, doctor_store);
        put_words(&d.out, json_text(d.words, d.broken > 0 ? "end_broken" : d.looks > 0 ? "end_look" : "end_good"),
                  arena_fmt(a, "%d", d.checked), d.broken > 0 ? d.broken : d.looks);
        buf_c(&d.out, "\n");
        fwrite(d.out.p, 1, d.out.n, stdout);
        fflush(stdout);
    }
    if (d.db != NULL) db_close(d.db);
    if (f.err != OK) fprintf(stderr, "linli doctor: %s\n", fail_text(a, &f).p);
    arena_free(a);
    return f.err != OK ? 2 : d.broken > 0 ? 1 : 0;
}
