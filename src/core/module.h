/* What a module includes, and all that it includes. */
#ifndef LINLI_MODULE_H
#define LINLI_MODULE_H

#include "core/action.h"
#include "core/serve/call.h"
#include "core/clock.h"
#include "core/place.h"
#include "core/run.h"
#include "core/search.h"
#include "core/seal.h"

#endif
