/* A picture through the cage: what the child says of it is believed only as far as it can be checked. */
#include "core/file/cage.h"
#include "core/file/picture.h"

static Picture answer_of(const CageAnswer *c)
{
    Picture p = { .status = PICTURE_BROKEN };
    if (!c->started) p.status = PICTURE_NO_CHILD;
    if (!c->whole || c->status >= PICTURE_STATUS_N) return p;
    p.status = (PictureStatus)c->status;
    if (p.status != PICTURE_OK) return p;
    p.status = PICTURE_BROKEN;
    if (c->width < 1 || c->width > PICTURE_SIDE_MAX || c->height < 1 || c->height > PICTURE_SIDE_MAX) return p;
    if (c->type == PICTURE_NONE || picture_sniff(c->main) != c->type || picture_sniff(c->thumb) != PICTURE_JPEG)
        return p;
    return (Picture){ PICTURE_OK, (PictureType)c->type, (int)c->width, (int)c->height, c->main, c->thumb };
}

Picture picture_run(Arena *a, const char *exe, const char *command, Str bytes, int wall_ms)
{
    CageAnswer c = cage_run(a, exe, command, CAGE_PICTURE, bytes, wall_ms);
    Picture p = answer_of(&c);
    if (p.status == PICTURE_SANDBOX) cage_log_no_sandbox();
    return p;
}
