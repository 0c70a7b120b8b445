/* cli: the subcommands of linli, one function each. Exit codes: 0 done, 1 refused or failed, 2 not understood. */
#ifndef LINLI_APP_CLI_H
#define LINLI_APP_CLI_H

#include "app/config.h"

int cli_serve(const Config *c);

#endif
