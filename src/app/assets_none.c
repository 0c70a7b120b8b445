/* In place of the web build's table, when that was not run. */
#include "app/assets.h"

const Asset assets[1] = { { .path = "" } };
const int assets_n = 0;
