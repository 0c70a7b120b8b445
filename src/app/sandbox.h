/* sandbox: what the server may still do once it has started, however it is led astray. Landlock (Linux 5.19 and later)
 * bounds files, seccomp bounds system calls; both hold for every thread and child from then on and cannot be taken off.
 *
 * It may write under the data folder, the list of erasures, the folders of the log and of text messages; read those,
 * the key file, the certificate's folders, system libraries and settings; execute itself alone (the child that looks at
 * pictures).
 * It may not trace, mount, load modules, change the clock, the root or its namespaces, or make itself an owner. */
#ifndef LINLI_APP_SANDBOX_H
#define LINLI_APP_SANDBOX_H

#include "app/home.h"

/* Before any thread. What the kernel does not know is left out with a line in the log. */
Fail server_sandbox_enter(const Home *h) MUST_USE;
/* What Landlock the kernel has: 0 for none that is of use (Linux before 5.19). */
int sandbox_landlock_abi(void);
/* Hidden subcommand: enters the sandbox of a folder and tries what it must not do and what it must; a line each, exit
 * code 1 if one of them went otherwise. */
int sandbox_selftest(const Config *c);

#endif
