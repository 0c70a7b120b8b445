/* Lines of an export, lines of the list of erasures, a manifest, an event's bytes: files that an operator is handed.
 * Whatever they hold, they are read or refused. */
#include "core/log/backup.h"
#include "core/log/erasures.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    Arena *a = arena_new();
    Str text = { n > 0 ? (const char *)data : "", n };
    ExportLine line;
    Manifest manifest;
    Erasure erasure;
    if (export_line_read(a, text, &line).err == OK && line.kind == LINE_KEY && line.subject.n == 0) __builtin_trap();
    if (erasure_read(text, &erasure) == ERASURE_ERASE && (erasure.seq <= 0 || !id_valid(erasure.matter)))
        __builtin_trap();
    if (manifest_parse(a, text, &manifest).err == OK && str_find(manifest.stamp, S("/")) >= 0) __builtin_trap();
    arena_free(a);
    return 0;
}
