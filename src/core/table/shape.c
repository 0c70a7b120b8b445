/* An event's data against its action's fields, as they are stored: input has become ids, sealed objects, whole degrees.
 * What decide adds besides is not in a row; folds read it through json_text() and json_int(), which take anything. */
#include "core/internal.h"

#include <stdlib.h>

static bool list_shape(const json_t *v, const Field *fields);

static bool is_point(const json_t *v)
{
    const json_t *lon = json_object_get(v, "lon_e7"), *lat = json_object_get(v, "lat_e7");
    return json_is_integer(lon) && json_is_integer(lat) && llabs(json_integer_value(lon)) <= 1800000000 &&
           llabs(json_integer_value(lat)) <= 900000000;
}

static bool are_files(const json_t *v)
{
    for (size_t i = 0; i < json_array_size(v); i++)
        if (!id_valid(json_text(json_array_get(v, i), "id"))) return false;
    return json_is_array(v);
}

static bool value_shape(const Field *f, const json_t *v)
{
    if (f->personal != NOT_PERSONAL) return seal_is(v);
    switch (f->type) {
    case F_INT:
    case F_TIME: return json_is_integer(v);
    case F_BOOL: return json_is_boolean(v);
    case F_POINT: return is_point(v);
    case F_FILES: return are_files(v);
    case F_RECORD: return json_is_object(v) && event_data_fault(f->fields, v) == NULL;
    case F_LIST: return list_shape(v, f->fields);
    case F_FORM:
    case F_SIGNATURE: return json_is_object(v);
    case F_JSON: return true;
    case F_SECRET:
    case F_DEGREES:
    case F_NONE: return false;
    default: return json_is_string(v);
    }
}

static bool list_shape(const json_t *v, const Field *fields)
{
    for (size_t i = 0; i < json_array_size(v); i++)
        if (event_data_fault(fields, json_array_get(v, i)) != NULL) return false;
    return json_is_array(v);
}

const char *event_data_fault(const Field *fields, const json_t *data)
{
    if (!json_is_object(data)) return "";
    for (const Field *f = fields; f != NULL && f->name != NULL; f++) {
        const json_t *v = json_object_get(data, f->name);
        if (v == NULL ? f->required && !f->passing : !value_shape(f, v)) return f->name;
    }
    return NULL;
}
