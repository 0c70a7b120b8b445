/* A sheet through the cage. */
#include "core/file/cage.h"
#include "core/sheet/sheet.h"

SheetFile sheet_run(Arena *a, const char *exe, const char *command, Str bytes, int wall_ms)
{
    CageAnswer c = cage_run(a, exe, command, CAGE_SHEET, bytes, wall_ms);
    if (!c.started) return (SheetFile){ .status = SHEET_NO_CHILD };
    if (!c.whole || c.status >= SHEET_STATUS_N) return (SheetFile){ .status = SHEET_BROKEN };
    if (c.status == SHEET_SANDBOX) cage_log_no_sandbox();
    if (c.status != SHEET_OK) return (SheetFile){ .status = (SheetStatus)c.status };
    Sheet *s = sheet_parse(a, c.main);
    if (s == NULL) return (SheetFile){ .status = SHEET_BROKEN };
    return (SheetFile){ SHEET_OK, s->kind, s->n_rows, s->n_columns, c.main };
}
