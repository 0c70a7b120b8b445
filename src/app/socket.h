/* socket: DIR/linli.sock, where a running server does for other processes of the same user what only it may do to its
 * store. One line of JSON each way, then the connection is over:
 *
 *     {"args":["token","--role","program"]}      the words of the command line
 *     {"ok":true,"text":"..."}                   what to print; or {"ok":false,"code","field","limit"}
 *
 * The socket has mode 0600 and lies in a folder with mode 0700: who can open it owns the data anyway. */
#ifndef LINLI_APP_SOCKET_H
#define LINLI_APP_SOCKET_H

#include "app/admin.h"

#define SOCKET_NAME "linli.sock"

typedef struct Socket Socket;
/* Listens and runs its thread, one request at a time. The paths in Home are the server's. */
Socket *socket_start(const Home *h, Server *server, Fail *f) MUST_USE;
void socket_stop(Socket *s); /* finishes the request at hand */

/* The other side: sends c's words, prints into out what comes back. */
Fail socket_ask(Arena *a, const Config *c, Buf *out) MUST_USE;

#endif
