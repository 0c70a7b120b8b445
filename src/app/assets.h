/* assets: the two web apps, as the web build put them into the binary; none if it was not run. */
#ifndef LINLI_APP_ASSETS_H
#define LINLI_APP_ASSETS_H

#include "http/static.h"

extern const Asset assets[]; /* sorted by path */
extern const int assets_n;

#endif
