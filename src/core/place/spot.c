#include "core/place/spot.h"

Fail spot_place(Decide *d) {
    const json_t *point = json_object_get(d->input, "point");
    Str place = places_grid_at(d->places, json_int(point, "lon_e7"), json_int(point, "lat_e7"));
    if (place.n == 0 && d->places != NULL && places_count(d->places) > 0)
        return fail_field(ERR_INVALID, "outside_grids", "point", 0);
    if (place.n == 0) place = d->matter->community;
    json_put_text(d->data, "place", place);
    return FAIL_NONE;
}

Fail spot_place_same(Decide *d) {
    Fail f = spot_place(d);
    if (f.err == OK && !str_eq(json_text(d->data, "place"), d->matter->place))
        return fail_field(ERR_CONFLICT, "other_grid", "point", 0);
    return f;
}
