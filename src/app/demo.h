/* demo: a street's communities with invented people and a year of matters, built through the same actions that real
 * people use, each at its own moment of a virtual clock. */
#ifndef LINLI_APP_DEMO_H
#define LINLI_APP_DEMO_H

#include "app/admin.h"

enum { DEMO_MATTERS = 420 };
/* Needs an empty folder and loopback. Prints who can sign in into a->out and writes DIR/demo-users.json. */
Fail demo_build(Admin *a, const char *dir) MUST_USE;

#endif
