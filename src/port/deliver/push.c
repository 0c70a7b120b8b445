/* One parcel to every browser of a person. */
#include "port/deliver/push.h"

#include "port/deliver/curl.h"

#include <stdio.h>

enum { TTL_S = 24 * 3600 }; /* how long a push service may keep it for a phone that is off */

static bool decoded(Arena *a, Str text, Str *bytes)
{
    while (text.n > 0 && text.p[text.n - 1] == '=')
        text.n--;
    return base64url_to(a, text, bytes);
}

static bool push_one(const Deliver *d, Parcel *p, PushTo *to, const atomic_bool *ending, Post *post)
{
    PushTarget target;
    *post = (Post){ .url = to->endpoint, .closed_in_plain = true };
    if (!decoded(p->arena, to->p256dh, &target.point) || !decoded(p->arena, to->auth, &target.auth) ||
        !push_seal(p->arena, &target, p->body, &post->body)) {
        to->gone = true; /* nobody could ever read what is sealed for it */
        return false;
    }
    Str authorization = push_authorization(p->arena, &d->push_key, to->endpoint, d->push_subject, p->now);
    post->headers[0] = "Content-Type: application/octet-stream";
    post->headers[1] = "Content-Encoding: aes128gcm";
    post->headers[2] = arena_fmt(p->arena, "TTL: %d", TTL_S).p;
    post->headers[3] = p->urgent ? "Urgency: high" : "Urgency: normal";
    post->headers[4] = arena_fmt(p->arena, "Authorization: %.*s", STR_ARG(authorization)).p;
    deliver_post(d, p, post, ending);
    to->gone = post->status == 404 || post->status == 410; /* RFC 8030, section 7.3 */
    return post->status >= 200 && post->status < 300;
}

/* Delivered when one of them took it: the person has one pocket. Worth another try when one of them may later. */
void push_send(void *self, Parcel *p, const atomic_bool *ending)
{
    const Deliver *d = self;
    bool taken = false, later = false;
    for (int i = 0; i < p->n_pushes; i++) {
        Post post;
        if (push_one(d, p, &p->pushes[i], ending, &post)) {
            taken = true;
            continue;
        }
        later |= post.status == 0 || post.status == 429 || post.status >= 500;
        post_code(&post, p);
        if (p->pushes[i].gone) snprintf(p->code, sizeof p->code, "gone");
    }
    p->outcome = taken ? DELIVERED : later ? FAILED : REFUSED;
    if (taken) p->code[0] = 0;
}
