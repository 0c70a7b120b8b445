/* setting: what a community has settled for itself, one JSON value per key, changed by events only.
 *
 * Keys and shapes (each as its action field is checked, see setting/setting.c):
 *   calendar  {"zone_minutes","opens_minute","closes_minute","days":[{"date","working"}],
 *             "covers_from","covers_until"}: from when until when the holiday notices are entered
 *   name      {"zh","bo","en"}
 *   contact   {"phone"}: the community's own number
 *   center    {"lon_e7","lat_e7"}
 *   widths    {"county","street","community","grid"}: digits of each part of a place code
 *   limits    {"redone_max","returned_max"}: when a matter goes up by itself; {"anonymous_per_hour"};
 *             {"sample_percent"}: of what was settled on the spot, so much is verified by another
 *   telling   {"quiet_from","quiet_until"}: minutes from midnight, the same twice for never; {"wait_minutes"}: so long
 *             in the app alone; {"urgent_hours"}: a limit of so many plain hours or less makes an emergency, 0 none
 */
#ifndef LINLI_SETTING_H
#define LINLI_SETTING_H

#include "core/action.h"

extern const Module module_setting;

/* (community, key) -> value as JSON text. For Read rows: {"limits", SETTING_READ("limits"), "",
 * .shared = true}. */
extern Stmt setting_get;
#define SETTING_READ(key)                                                                          \
    { "s", "s", "SELECT value FROM setting WHERE community = $1 AND name = '" key "'" }

/* The value, or NULL if nobody has set it (f untouched). One statement. */
json_t *setting_value(Db *db, Arena *a, Str community, const char *key, Fail *f) MUST_USE;
/* The same from the answer to a SETTING_READ. */
json_t *setting_of(Arena *a, const DbRows *r);

/* Digits of the parts of a place code: 6 county, 3 street, 3 community, 2 grid unless set
 * otherwise. */
typedef struct Widths {
    int county, street, community, grid;
} Widths;
Widths widths_of(const json_t *setting);
/* 1 county, 2 street, 3 community, 4 grid; 0 if the code fits no level. */
int place_level(Widths w, Str code);

#endif
