/* notify: tells the service manager how it goes, as sd_notify(3) says: one datagram to the socket in NOTIFY_SOCKET.
 * Without one (not started by systemd), nothing is said. */
#ifndef LINLI_APP_NOTIFY_H
#define LINLI_APP_NOTIFY_H

#include "base/base.h"

/* Before there are threads and before the sandbox: connects, and takes NOTIFY_SOCKET out of the environment, so that no
 * child speaks for us. */
void notify_open(void);
void notify_ready(void);
void notify_reloading(void);
void notify_stopping(void);
void notify_alive(void);
/* How often the manager wants to hear that we are alive (WATCHDOG_USEC); 0: never. */
int64_t notify_watchdog_ms(void);

#endif
