/* linli model: what the server answers at /model and /api/openapi.json, and docs/ACTIONS.md. Needs no data. */
#include "app/cli.h"
#include "app/home.h"

#include "core/model/model.h"

#include <stdio.h>

static const struct {
    const char *name;
    Str (*print)(Arena *a, const World *w);
} texts[] = { { "json", model_json }, { "openapi", model_openapi }, { "actions", model_actions } };

int cli_model(const Config *c)
{
    const char *name = c->n_words > 0 ? c->words[0] : "json";
    Arena *a = arena_new();
    Home h;
    int code = 2;
    if (home_world(&h, a, c).err != OK) code = 1;
    for (int i = 0; code == 2 && i < COUNT(texts); i++)
        if (strcmp(name, texts[i].name) == 0) {
            Str text = texts[i].print(a, h.world);
            code = fwrite(text.p, 1, text.n, stdout) == text.n && fflush(stdout) == 0 ? 0 : 1;
        }
    if (code == 2) fprintf(stderr, "linli model: json, openapi or actions, not %s\n", name);
    arena_free(a);
    return code;
}
