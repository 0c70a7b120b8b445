/* One answer, as XML through libxml2 or as JSON. */
#include "port/open311/out.h"

#include <libxml/xmlwriter.h>

static void drop_writer(void *writer)
{
    xmlFreeTextWriter(writer);
}

static void drop_bytes(void *bytes)
{
    xmlBufferFree(bytes);
}

void out_begin(Out *o, Arena *a, Format format)
{
    *o = (Out){ .arena = a, .format = format };
    if (format == AS_JSON) {
        o->text = buf_new(a, 2048);
        o->json = json_to(&o->text);
        return;
    }
    o->bytes = xmlBufferCreate();
    o->writer = xmlNewTextWriterMemory(o->bytes, 0);
    assert(o->writer != NULL);
    arena_defer(a, drop_bytes, o->bytes);
    arena_defer(a, drop_writer, o->writer); /* first: newest first */
    xmlTextWriterStartDocument(o->writer, NULL, "utf-8", NULL);
}

Str out_end(Out *o)
{
    if (o->format == AS_JSON) return buf_str(&o->text);
    xmlTextWriterEndDocument(o->writer);
    xmlTextWriterFlush(o->writer);
    return (Str){ (const char *)xmlBufferContent(o->bytes), (size_t)xmlBufferLength(o->bytes) };
}

static const xmlChar *x(const char *name)
{
    return (const xmlChar *)name;
}

/* XML 1.0, 2.2: what may stand in a document, also as a reference. */
static bool is_char(int32_t c)
{
    return c == '\t' || c == '\n' || c == '\r' || (c >= 0x20 && c <= 0xD7FF) || (c >= 0xE000 && c <= 0xFFFD) ||
           (c >= 0x10000 && c <= 0x10FFFF);
}

static const char *clean(Arena *a, Str s)
{
    Buf b = buf_new(a, s.n + 1);
    while (s.n > 0) {
        int32_t c = utf8_next(&s);
        if (c < 0) break;
        utf8_put(&b, is_char(c) ? c : 0xFFFD);
    }
    return buf_str(&b).p;
}

/* Every name in JSON is of a member, but for the outermost. */
static void member(Out *o, const char *name)
{
    if (o->text.n > 0) jw_key(&o->json, name);
}

void out_list(Out *o, const char *name)
{
    if (o->format == AS_JSON) {
        member(o, name);
        jw_open(&o->json, '[');
    } else {
        xmlTextWriterStartElement(o->writer, x(name));
    }
}

void out_list_end(Out *o)
{
    if (o->format == AS_JSON)
        jw_close(&o->json, ']');
    else
        xmlTextWriterEndElement(o->writer);
}

void out_item(Out *o, const char *name)
{
    if (o->format == AS_JSON)
        jw_open(&o->json, '{');
    else
        xmlTextWriterStartElement(o->writer, x(name));
}

void out_item_end(Out *o)
{
    if (o->format == AS_JSON)
        jw_close(&o->json, '}');
    else
        xmlTextWriterEndElement(o->writer);
}

static void element(Out *o, const char *name, Str value)
{
    xmlTextWriterStartElement(o->writer, x(name));
    if (value.n > 0) xmlTextWriterWriteString(o->writer, x(clean(o->arena, value)));
    xmlTextWriterEndElement(o->writer);
}

void out_text(Out *o, const char *name, Str value)
{
    if (o->format == AS_XML) {
        element(o, name, value);
        return;
    }
    jw_key(&o->json, name);
    if (value.n > 0)
        jw_text(&o->json, value);
    else
        jw_null(&o->json);
}

void out_word(Out *o, const char *name, Str value)
{
    if (o->format == AS_XML)
        element(o, name, value);
    else
        jw_text(&o->json, value);
}

void out_int(Out *o, const char *name, int64_t value)
{
    if (o->format == AS_XML)
        element(o, name, arena_fmt(o->arena, "%lld", (long long)value));
    else
        jw_put_int(&o->json, name, value);
}

void out_bool(Out *o, const char *name, bool value)
{
    if (o->format == AS_XML)
        element(o, name, value ? S("true") : S("false"));
    else
        jw_put_bool(&o->json, name, value);
}

void out_e7(Out *o, const char *name, bool known, int64_t e7)
{
    if (!known) {
        out_text(o, name, S(""));
    } else if (o->format == AS_JSON) {
        jw_key(&o->json, name);
        jw_e7(&o->json, e7);
    } else {
        Buf b = buf_new(o->arena, 24);
        Json j = json_to(&b);
        jw_e7(&j, e7);
        element(o, name, buf_str(&b));
    }
}

void out_time(Out *o, const char *name, int64_t ms)
{
    Str iso = ms > 0 ? time_iso(o->arena, ms) : S("");
    out_text(o, name, iso.n > 19 ? arena_fmt(o->arena, "%.19sZ", iso.p) : S(""));
}
