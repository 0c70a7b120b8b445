#include "app/world.h"

#include "core/file.h"
#include "core/job/job.h"
#include "core/live/live.h"
#include "core/model/model.h"
#include "core/outbox.h"
#include "core/person/person.h"
#include "core/place.h"
#include "core/proof/proof.h"
#include "core/setting.h"
#include "core/sync/sync.h"

extern const Module module_shift;
extern const Module module_visit, module_checklist;
extern const Module module_open311;
extern const Module module_system, module_category, module_unit, module_report, module_figure, module_template,
    module_call, module_calendar, module_poster, module_list, module_proxy, module_dispute;

const Module *const world_modules[] = {
    &module_setting, &module_division, &module_grid, &module_building, &module_household,
    &module_point, &module_person, &module_proxy, &module_file, &module_live, &module_sync,
    &module_shift,
    &module_category, &module_unit, &module_report, &module_system, &module_call, &module_calendar,
    &module_poster, &module_figure, &module_template, &module_webhook, &module_job, &module_proof, &module_list,
    &module_dispute, &module_visit, &module_checklist, &module_open311, &module_model, NULL,
};
