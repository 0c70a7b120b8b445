/* linli: what stands on the command line goes to the function that does it. */
#include "app/admin.h"
#include "app/cli.h"
#include "app/doctor.h"
#include "app/sandbox.h"
#include "base/log.h"
#include "core/file.h"
#include "core/paper/paper.h"

#include <stdio.h>

static int run_picture(const Config *c)
{
    (void)c;
    return picture_child_main();
}

static int run_paper(const Config *c)
{
    (void)c;
    return paper_child_main();
}

static const struct {
    const char *name;
    int (*run)(const Config *c);
    const char *help; /* NULL: not for people */
} commands[] = {
    { "serve", cli_serve, "serve the community; on an empty folder makes one first" },
    { "init", admin_main, "make a community: --community CODE --name-zh NAME" },
    { "user", admin_main, "put a person on file, or give a new one-time code: --name, --phone, --role | --person ID" },
    { "token", admin_main, "print a bearer token for a program: --role program" },
    { "verify", cli_verify, "log, state, files compared: [--head FILE] [--to FILE] [--chain]; --figures, --receipt" },
    { "rebuild", admin_main, "make the state again from the log and swap it in; goes on beside a server" },
    { "backup", cli_backup, "copy everything but the key file while others write: --to DIR" },
    { "restore", cli_restore, "into an empty folder: --from DIR --key FILE [--erasures FILE]" },
    { "export", cli_export, "the log as JSON lines: --to FILE" },
    { "import", cli_import, "into an empty system: --from FILE" },
    { "model", cli_model, "print the action table: model json, model openapi or model actions" },
    { "doctor", cli_doctor, "what is wrong and what to do: serve's options, [--language bo|en] [--from BACKUP]" },
    { "picture", run_picture, NULL },
    { "paper", run_paper, NULL },
    { "sandbox-selftest", sandbox_selftest, NULL },
};

static int help(FILE *to)
{
    Arena *a = arena_new();
    Buf out = buf_new(a, 4096);
    buf_c(&out, "linli SUBCOMMAND [options]\n\n");
    for (int i = 0; i < COUNT(commands); i++)
        if (commands[i].help != NULL) buf_fmt(&out, "  %-9s %s\n", commands[i].name, commands[i].help);
    buf_c(&out, "\n");
    config_help(&out);
    fwrite(out.p, 1, out.n, to);
    arena_free(a);
    return to == stdout ? 0 : 2;
}

int main(int argc, char **argv)
{
    if (argc < 2) return help(stderr);
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0) return help(stdout);
    for (int i = 0; i < COUNT(commands); i++) {
        if (strcmp(argv[1], commands[i].name) != 0) continue;
        if (commands[i].run == run_picture) return picture_child_main(); /* in a child: before anything else */
        if (commands[i].run == run_paper) return paper_child_main();
        Arena *a = arena_new();
        Config c;
        Str wrong;
        int code = 2;
        log_level_set(LOG_WARN); /* tools speak for themselves; serve sets its own */
        if (config_read(a, argc, argv, &c, &wrong))
            code = commands[i].run(&c);
        else
            fprintf(stderr, "linli %s: %s\n", argv[1], wrong.p);
        arena_free(a);
        return code;
    }
    fprintf(stderr, "linli: no subcommand %s\n", argv[1]);
    return help(stderr);
}
