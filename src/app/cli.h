/* cli: the subcommands of linli, one function each. Exit codes: 0 done, 1 refused or failed, 2 not understood. */
#ifndef LINLI_APP_CLI_H
#define LINLI_APP_CLI_H

#include "app/config.h"
#include "core/log/log.h"

int cli_serve(const Config *c);
int cli_model(const Config *c);

/* ---- cli_log.c: the event log's tools. They read beside a running server, or fill an empty system. ---- */
int cli_verify(const Config *c);
int cli_export(const Config *c);
int cli_import(const Config *c);
int cli_backup(const Config *c);
int cli_restore(const Config *c);
/* A line a second: "linli verify: events 5000 of 120000". */
Progress progress_on_stderr(Arena *a, const char *command);

#endif
