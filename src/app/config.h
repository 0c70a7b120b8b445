/* config: what the command line said. Every subcommand takes the same options; each uses what it
 * needs. */
#ifndef LINLI_APP_CONFIG_H
#define LINLI_APP_CONFIG_H

#include "base/fail.h"
#include "http/http.h"
#include "store/db.h"

enum { CONFIG_WORDS_MAX = 16 };

typedef struct Config {
    const char *command;      /* "serve" */
    const char *data;         /* folder: --data, ./data */
    const char *url;          /* --db postgresql://...; NULL: SQLite in the folder */
    const char *key;          /* key file: --key, else the folder's name with ".key" */
    const char *address;      /* --listen 127.0.0.1:8080 */
    int port;
    const char *community;    /* --community CODE; NULL: the first there is */
    const char *public_url;   /* --public-url https://...; NULL: from the request */
    int loops, readers;       /* 0: as the server likes */
    const char *allow_host, *smtp, *smtp_login, *mail_from; /* see port/deliver */
    const char *sms_dir;      /* gammu-smsd's outbox; NULL: no text messages */
    const char *retry_ms;     /* "100,200": for tests; NULL: from 10 s to a day */
    bool demo;
    const char *log_level;    /* debug info warn error */
    const char *log_file;     /* --log; NULL: stderr */
    int log_mb, log_kept;     /* its size before it is turned over, and how many old ones stay */
    const char *tls_cert, *tls_key; /* PEM files; both or none */
    const char *proxy;        /* --proxy ADDR[/BITS],...: whose X-Forwarded-For counts; NULL: loopback */
    bool no_sandbox;
    int connections_per_address, requests_per_address, requests_per_account; /* requests a minute; 0: the default */
    const char *name_zh, *name_bo, *name_en; /* init: --name-zh ... */
    const char *name, *phone, *language;     /* user */
    const char *role, *person, *place;       /* token, user */
    const char *output, *input, *head;       /* backup, export, verify: --to, --from, --head */
    const char *erasures;     /* --erasures FILE; restore also "none"; NULL: beside the key file */
    bool chain;               /* verify: --chain, the log only */
    bool figures;
    const char *receipt, *verifier; /* verify: --receipt FILE, --verifier KEY */
    const char *until;
    const char *words[CONFIG_WORDS_MAX];     /* what stands there without an option */
    int n_words;
    char **given;             /* argv from the subcommand on: what another process is to be asked */
    int n_given;
} Config;

/* Reads argv; relative to nothing but the working folder. False: *wrong says what, for people. */
bool config_read(Arena *a, int argc, char **argv, Config *c, Str *wrong) MUST_USE;
bool config_is_loopback(const Config *c);
/* The networks of --proxy; at most HTTP_PROXIES_MAX. */
bool config_proxies(const Config *c, HttpNet *nets, int *n) MUST_USE;
DbConfig config_db(const Config *c);
void config_help(Buf *out); /* the options, one a line */

#endif
