/* peer: who is on the other side of a connection, and who is behind a proxy that we trust. */
#include "http/internal.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/socket.h>

enum { PEER_BUCKETS = 4096, HOPS_MAX = 32 };

static const uint8_t mapped[12] = { [10] = 0xFF, [11] = 0xFF };

/* ---- addresses ---- */

static PeerAddress address_v4(const void *four_bytes)
{
    PeerAddress p;
    memcpy(p.bytes, mapped, sizeof mapped);
    memcpy(p.bytes + sizeof mapped, four_bytes, 4);
    return p;
}

static bool is_v4(const PeerAddress *p)
{
    return memcmp(p->bytes, mapped, sizeof mapped) == 0;
}

static bool address_read(Str text, PeerAddress *p)
{
    char c[INET6_ADDRSTRLEN + 1];
    uint8_t four[4];
    if (text.n > 2 && text.p[0] == '[' && text.p[text.n - 1] == ']') text = (Str){ text.p + 1, text.n - 2 };
    if (text.n == 0 || text.n >= sizeof c) return false;
    memcpy(c, text.p, text.n);
    c[text.n] = '\0';
    if (inet_pton(AF_INET, c, four) == 1) {
        *p = address_v4(four);
        return true;
    }
    return inet_pton(AF_INET6, c, p->bytes) == 1;
}

static Str address_text(Arena *a, const PeerAddress *p)
{
    char c[INET6_ADDRSTRLEN];
    const char *text = is_v4(p) ? inet_ntop(AF_INET, p->bytes + 12, c, sizeof c)
                                : inet_ntop(AF_INET6, p->bytes, c, sizeof c);
    return arena_str(a, str_c(text));
}

bool peer_of_socket(int fd, PeerAddress *peer)
{
    struct sockaddr_storage s;
    socklen_t n = sizeof s;
    if (fd < 0 || getpeername(fd, (struct sockaddr *)&s, &n) != 0) return false;
    if (s.ss_family == AF_INET6)
        memcpy(peer->bytes, &((struct sockaddr_in6 *)&s)->sin6_addr, sizeof peer->bytes);
    else if (s.ss_family == AF_INET)
        *peer = address_v4(&((struct sockaddr_in *)&s)->sin_addr);
    else
        return false;
    return true;
}

/* ---- networks ---- */

bool http_net_read(Str text, HttpNet *net)
{
    bool has_bits = str_find(text, S("/")) >= 0;
    Str bits_text = text;
    Str address_part = str_cut(&bits_text, '/');
    PeerAddress p;
    int64_t bits = 0;
    if (!address_read(str_trim(address_part), &p)) return false;
    int most = is_v4(&p) ? 32 : 128;
    if (has_bits && (!str_to_i64(str_trim(bits_text), &bits) || bits < 0 || bits > most)) return false;
    memcpy(net->bytes, p.bytes, sizeof net->bytes);
    net->bits = (has_bits ? (int)bits : most) + 128 - most;
    return true;
}

static bool in_net(const HttpNet *net, const PeerAddress *p)
{
    int whole = net->bits / 8, rest = net->bits % 8;
    if (memcmp(net->bytes, p->bytes, (size_t)whole) != 0) return false;
    return rest == 0 || ((net->bytes[whole] ^ p->bytes[whole]) & (0xFF00 >> rest) & 0xFF) == 0;
}

bool peer_local(const PeerAddress *p)
{
    static const uint8_t one[16] = { [15] = 1 };
    return (is_v4(p) && p->bytes[12] == 127) || memcmp(p->bytes, one, sizeof one) == 0;
}

bool peer_trusted(const HttpConfig *c, const PeerAddress *peer)
{
    if (c->n_proxies == 0) return peer_local(peer);
    for (int i = 0; i < c->n_proxies; i++)
        if (in_net(&c->proxies[i], peer)) return true;
    return false;
}

/* Every proxy adds whom it saw at the end: from the end, over those that we trust, to the first that we do not. What
 * stands further to the front anybody may have written. */
Str peer_client(const HttpConfig *c, const HttpRequest *rq, const PeerAddress *peer)
{
    const Inner *in = rq->internal;
    PeerAddress seen = *peer, hop;
    int hops = 0;
    for (int i = in->n_headers - 1; i >= 0; i--) {
        const HeadSpan *h = &in->headers[i];
        if (h->name_n != 15 || strncasecmp(in->head + h->name_at, "x-forwarded-for", 15) != 0) continue;
        Str rest = { in->head + h->value_at, h->value_n };
        while (rest.n > 0) {
            size_t from = rest.n;
            while (from > 0 && rest.p[from - 1] != ',')
                from--;
            if (!peer_trusted(c, &seen) || ++hops > HOPS_MAX) return address_text(rq->arena, &seen);
            if (!address_read(str_trim((Str){ rest.p + from, rest.n - from }), &hop))
                return address_text(rq->arena, &seen);
            seen = hop;
            rest.n = from > 0 ? from - 1 : 0;
        }
    }
    return address_text(rq->arena, &seen);
}

/* ---- connections by address ---- */

typedef struct Met {
    struct Met *next;
    uint8_t key[16];
    int n;
} Met;

struct Peers {
    pthread_mutex_t lock;
    Met *buckets[PEER_BUCKETS];
};

Peers *peers_new(void)
{
    Peers *p = http_must(calloc(1, sizeof *p));
    pthread_mutex_init(&p->lock, NULL);
    return p;
}

void peers_free(Peers *p)
{
    for (int i = 0; i < PEER_BUCKETS; i++)
        for (Met *m = p->buckets[i], *next; m != NULL; m = next) {
            next = m->next;
            free(m);
        }
    pthread_mutex_destroy(&p->lock);
    free(p);
}

/* IPv6 by /64, the least that one subscriber gets. */
static void key_of(const PeerAddress *from, uint8_t key[16])
{
    memcpy(key, from->bytes, 16);
    if (!is_v4(from)) memset(key + 8, 0, 8);
}

/* The lists stay short without a secret: at most connections_max entries, and an attacker has to own the addresses. */
static Met **met_find(Peers *p, const uint8_t key[16])
{
    uint32_t h = 2166136261u;
    for (int i = 0; i < 16; i++)
        h = (h ^ key[i]) * 16777619u;
    Met **at = &p->buckets[(h ^ h >> 15) % PEER_BUCKETS];
    while (*at != NULL && memcmp((*at)->key, key, 16) != 0)
        at = &(*at)->next;
    return at;
}

bool peers_meet(Peers *p, const PeerAddress *from, int most)
{
    uint8_t key[16];
    key_of(from, key);
    pthread_mutex_lock(&p->lock);
    Met **at = met_find(p, key);
    if (*at == NULL) {
        *at = http_must(calloc(1, sizeof **at));
        memcpy((*at)->key, key, sizeof key);
    }
    bool room = (*at)->n < most;
    if (room) (*at)->n++;
    pthread_mutex_unlock(&p->lock);
    return room;
}

void peers_leave(Peers *p, const PeerAddress *from)
{
    uint8_t key[16];
    key_of(from, key);
    pthread_mutex_lock(&p->lock);
    Met **at = met_find(p, key), *m = *at;
    if (m != NULL && --m->n == 0) {
        *at = m->next;
        free(m);
    }
    pthread_mutex_unlock(&p->lock);
}
