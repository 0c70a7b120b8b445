/* control: what the main thread does while others serve: waits for signals, looks at the certificate's files, tells the
 * service manager that it is alive.
 *
 *     SIGTERM, SIGINT   stop: finish what was accepted
 *     SIGHUP            read the certificate again, open the log again
 *     SIGUSR1           open the log again */
#ifndef LINLI_APP_CONTROL_H
#define LINLI_APP_CONTROL_H

#include "core/serve/serve.h"
#include "http/tls.h"

void control_block(void); /* before there are threads: none of them takes these signals */
void control_wait(Server *s, Tls *tls); /* until one that ends us; tls may be NULL */

#endif
