/* The world as it is, and one more module at its end. */
#include "core/model/model.h"

extern const Module module_trial;
#define module_model module_model, &module_trial
#include "../../src/app/world.c"
