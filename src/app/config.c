#include "app/config.h"

#include "core/serve/serve.h"

#include <stddef.h>

typedef enum OptionKind { O_TEXT, O_FLAG, O_INT, O_LISTEN } OptionKind;

enum { INT_MAX_GIVEN = 1000000, LOGS_KEPT_MAX = 1000 };

typedef struct Option {
    const char *name;
    OptionKind kind;
    size_t at; /* in Config */
    const char *value, *help;
} Option;

static const Option options[] = {
    { "data", O_TEXT, offsetof(Config, data), "DIR", "folder of data (./data)" },
    { "db", O_TEXT, offsetof(Config, url), "URL", "PostgreSQL instead of SQLite: postgresql://..." },
    { "key", O_TEXT, offsetof(Config, key), "FILE", "key file (DIR.key); keep it apart from backups" },
    { "listen", O_LISTEN, 0, "ADDR:PORT", "where to serve (127.0.0.1:8080)" },
    { "community", O_TEXT, offsetof(Config, community), "CODE", "community that a request without one means" },
    { "public-url", O_TEXT, offsetof(Config, public_url), "URL", "how people reach it, for QR codes" },
    { "loops", O_INT, offsetof(Config, loops), "N", "HTTP threads (one per core)" },
    { "readers", O_INT, offsetof(Config, readers), "N", "reading threads (2)" },
    { "smtp", O_TEXT, offsetof(Config, smtp), "URL", "mail server: smtp://HOST:PORT or smtps://; needs --mail-from" },
    { "smtp-login", O_TEXT, offsetof(Config, smtp_login), "FILE", "two lines: user and password at the mail server" },
    { "mail-from", O_TEXT, offsetof(Config, mail_from), "ADDRESS", "sender of mails" },
    { "sms-dir", O_TEXT, offsetof(Config, sms_dir), "DIR", "folder from which gammu-smsd sends text messages" },
    { "allow-host", O_TEXT, offsetof(Config, allow_host), "ADDR:PORT,...", "private addresses open to webhooks" },
    { "retry-ms", O_TEXT, offsetof(Config, retry_ms), "MS,...", "pauses between tries to deliver, for tests" },
    { "tls-cert", O_TEXT, offsetof(Config, tls_cert), "FILE", "serve HTTPS: certificate and chain, PEM" },
    { "tls-key", O_TEXT, offsetof(Config, tls_key), "FILE", "... and its private key; both are read again" },
    { "proxy", O_TEXT, offsetof(Config, proxy), "ADDR/BITS,...", "proxies whose X-Forwarded-For counts (loopback)" },
    { "connections-per-address", O_INT, offsetof(Config, connections_per_address), "N", "open at once (3000)" },
    { "requests-per-address", O_INT, offsetof(Config, requests_per_address), "N", "a minute (12000)" },
    { "requests-per-account", O_INT, offsetof(Config, requests_per_account), "N", "a minute (1200)" },
    { "log", O_TEXT, offsetof(Config, log_file), "FILE", "log into a file instead of stderr" },
    { "log-mb", O_INT, offsetof(Config, log_mb), "N", "size at which it is turned over (16)" },
    { "log-kept", O_INT, offsetof(Config, log_kept), "N", "how many old ones stay (8)" },
    { "no-sandbox", O_FLAG, offsetof(Config, no_sandbox), NULL, "serve without Landlock and seccomp" },
    { "demo", O_FLAG, offsetof(Config, demo), NULL, "build the demo community; loopback only" },
    { "log-level", O_TEXT, offsetof(Config, log_level), "LEVEL", "debug, info, warn or error (info)" },
    { "name-zh", O_TEXT, offsetof(Config, name_zh), "NAME", "name of the community in Chinese" },
    { "name-bo", O_TEXT, offsetof(Config, name_bo), "NAME", "... in Tibetan" },
    { "name-en", O_TEXT, offsetof(Config, name_en), "NAME", "... in English" },
    { "name", O_TEXT, offsetof(Config, name), "NAME", "name of a person" },
    { "phone", O_TEXT, offsetof(Config, phone), "NUMBER", "phone number of a person" },
    { "language", O_TEXT, offsetof(Config, language), "zh|bo|en", "language of a person, or of doctor" },
    { "role", O_TEXT, offsetof(Config, role), "ROLE", "resident officer dispatcher admin program ..." },
    { "person", O_TEXT, offsetof(Config, person), "ID", "a person on file" },
    { "place", O_TEXT, offsetof(Config, place), "CODE", "where a role is held (the community)" },
    { "to", O_TEXT, offsetof(Config, output), "FILE", "where to write" },
    { "from", O_TEXT, offsetof(Config, input), "FILE", "where to read" },
    { "head", O_TEXT, offsetof(Config, head), "FILE", "a saved head to verify against" },
    { "chain", O_FLAG, offsetof(Config, chain), NULL, "verify: the log only, without key file, state and files" },
    { "figures", O_FLAG, offsetof(Config, figures), NULL,
      "verify: every figure counted again from the log; --from, --until: months" },
    { "receipt", O_TEXT, offsetof(Config, receipt), "FILE",
      "verify: a receipt, a proof of consistency or a paper (PDF) alone; - is stdin" },
    { "verifier", O_TEXT, offsetof(Config, verifier), "KEY", "verify --receipt: the public key as it is published" },
    { "until", O_TEXT, offsetof(Config, until), "MONTH", "verify --figures: up to the beginning of this month" },
    { "erasures", O_TEXT, offsetof(Config, erasures), "FILE", "list of erasures (KEYFILE.erasures); restore: or none" },
};

static const Option *option_by_name(Str name)
{
    for (int i = 0; i < COUNT(options); i++)
        if (str_is(name, options[i].name)) return &options[i];
    return NULL;
}

/* "127.0.0.1:8080", "[::1]:8080", ":8080" */
static bool read_listen(Arena *a, Str text, Config *c)
{
    size_t colon = text.n;
    while (colon > 0 && text.p[colon - 1] != ':')
        colon--;
    int64_t port = 0;
    if (colon == 0 || !str_to_i64((Str){ text.p + colon, text.n - colon }, &port) || port < 0 || port > 65535)
        return false;
    Str address = { text.p, colon - 1 };
    if (address.n > 2 && address.p[0] == '[' && address.p[address.n - 1] == ']')
        address = (Str){ address.p + 1, address.n - 2 };
    c->address = address.n > 0 ? arena_c(a, address) : "127.0.0.1";
    c->port = (int)port;
    return true;
}

static bool set_option(Arena *a, Config *c, const Option *o, Str value)
{
    char *at = (char *)c + o->at;
    int64_t n;
    switch (o->kind) {
    case O_FLAG: *(bool *)(void *)at = true; return true;
    case O_TEXT: *(const char **)(void *)at = arena_c(a, value); return value.n > 0;
    case O_INT:
        if (!str_to_i64(value, &n) || n < 0 || n > INT_MAX_GIVEN) return false;
        *(int *)(void *)at = (int)n;
        return true;
    case O_LISTEN: return read_listen(a, value, c);
    }
    return false;
}

static bool finish(Arena *a, Config *c, Str *wrong)
{
    Str dir = str_c(c->data);
    while (dir.n > 1 && dir.p[dir.n - 1] == '/')
        dir.n--;
    c->data = arena_c(a, dir);
    if (c->key == NULL) c->key = arena_fmt(a, "%s.key", c->data).p;
    if (c->url != NULL && !str_starts(str_c(c->url), S("postgresql://")) &&
        !str_starts(str_c(c->url), S("postgres://"))) {
        *wrong = S("--db wants postgresql://...");
        return false;
    }
    if ((c->tls_cert == NULL) != (c->tls_key == NULL)) {
        *wrong = S("--tls-cert and --tls-key go together");
        return false;
    }
    if (c->log_mb < 1 || c->log_kept < 1 || c->log_kept > LOGS_KEPT_MAX) {
        *wrong = S("--log-mb wants 1 or more, --log-kept 1 to 1000");
        return false;
    }
    if (c->loops > HTTP_LOOPS_MAX || c->readers > SERVE_READERS_MAX) {
        *wrong = arena_fmt(a, "--loops wants at most %d, --readers at most %d", HTTP_LOOPS_MAX, SERVE_READERS_MAX);
        return false;
    }
    HttpNet nets[HTTP_PROXIES_MAX];
    int n;
    *wrong = S("--proxy wants addresses or networks: 10.0.0.1,fd00::/8");
    return config_proxies(c, nets, &n);
}

bool config_proxies(const Config *c, HttpNet *nets, int *n)
{
    *n = 0;
    for (Str rest = str_c(c->proxy); rest.n > 0;)
        if (*n == HTTP_PROXIES_MAX || !http_net_read(str_cut(&rest, ','), &nets[(*n)++])) return false;
    return true;
}

bool config_read(Arena *a, int argc, char **argv, Config *c, Str *wrong)
{
    *c = (Config){ .command = argc > 1 ? argv[1] : "", .data = "data", .address = "127.0.0.1", .port = 8080,
                   .log_level = "info", .log_mb = 16, .log_kept = 8,
                   .given = argv + 1, .n_given = argc > 1 ? argc - 1 : 0 };
    for (int i = 2; i < argc; i++) {
        Str word = str_c(argv[i]);
        if (!str_starts(word, S("--"))) {
            *wrong = arena_fmt(a, "too many words at %s", argv[i]);
            if (c->n_words == CONFIG_WORDS_MAX) return false;
            c->words[c->n_words++] = argv[i];
            continue;
        }
        Str value = { word.p + 2, word.n - 2 };
        bool joined = str_find(value, S("=")) >= 0;
        Str name = str_cut(&value, '=');
        const Option *o = option_by_name(name);
        *wrong = arena_fmt(a, "unknown option --%.*s", STR_ARG(name));
        if (o == NULL) return false;
        if (!joined && o->kind != O_FLAG) {
            *wrong = arena_fmt(a, "--%s wants a value", o->name);
            if (i + 1 == argc) return false;
            value = str_c(argv[++i]);
        }
        *wrong = arena_fmt(a, "--%s: not a %s", o->name, o->value != NULL ? o->value : "value");
        if (!set_option(a, c, o, value)) return false;
    }
    return finish(a, c, wrong);
}

bool config_is_loopback(const Config *c)
{
    Str address = str_c(c->address);
    return str_starts(address, S("127.")) || str_is(address, "::1");
}

DbConfig config_db(const Config *c)
{
    return (DbConfig){ .dir = c->url == NULL ? c->data : NULL, .url = c->url };
}

void config_help(Buf *out)
{
    for (int i = 0; i < COUNT(options); i++)
        buf_fmt(out, "  --%-12s %-10s %s\n", options[i].name, options[i].value != NULL ? options[i].value : "",
                options[i].help);
}
