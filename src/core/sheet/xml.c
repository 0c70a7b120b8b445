/* One XML document of an office file, through libxml2's SAX2: no tree, no DTD, no entities but the five, no network. */
#include "core/sheet/sheet.h"

#include <libxml/parser.h>

typedef struct Xml {
    const XmlTake *take;
    xmlParserCtxtPtr parser;
    bool ended, forbidden;
} Xml;

static void end_here(Xml *x)
{
    x->ended = true;
    xmlStopParser(x->parser);
}

static void on_open(void *self, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri, int n_namespaces,
                    const xmlChar **namespaces, int n, int n_default, const xmlChar **raw)
{
    Xml *x = self;
    XmlAttr attrs[XML_ATTRS_MAX];
    int kept = 0;
    (void)prefix, (void)uri, (void)n_namespaces, (void)namespaces, (void)n_default;
    if (x->ended) return;
    for (int i = 0; i < n && kept < XML_ATTRS_MAX; i++, raw += 5) /* name, prefix, namespace, value, its end */
        attrs[kept++] = (XmlAttr){ (const char *)raw[0], { (const char *)raw[3], (size_t)(raw[4] - raw[3]) } };
    if (x->take->open != NULL && !x->take->open(x->take->self, (const char *)name, attrs, kept)) end_here(x);
}

static void on_close(void *self, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
    Xml *x = self;
    (void)prefix, (void)uri;
    if (!x->ended && x->take->close != NULL && !x->take->close(x->take->self, (const char *)name)) end_here(x);
}

static void on_text(void *self, const xmlChar *text, int n)
{
    Xml *x = self;
    if (x->ended || x->take->text == NULL || n <= 0) return;
    if (!x->take->text(x->take->self, (Str){ (const char *)text, (size_t)n })) end_here(x);
}

static void on_doctype(void *self, const xmlChar *name, const xmlChar *public_id, const xmlChar *system_id)
{
    Xml *x = self;
    (void)name, (void)public_id, (void)system_id;
    x->forbidden = true;
    end_here(x);
}

static void on_fault(void *self, xmlErrorPtr e) /* said by its outcome */
{
    (void)self, (void)e;
}

static bool xml_open(Xml *x)
{
    xmlSAXHandler sax = { .initialized = XML_SAX2_MAGIC,
                          .startElementNs = on_open,
                          .endElementNs = on_close,
                          .characters = on_text,
                          .cdataBlock = on_text,
                          .internalSubset = on_doctype,
                          .serror = on_fault };
    x->parser = xmlCreatePushParserCtxt(&sax, x, NULL, 0, NULL);
    return x->parser != NULL && xmlCtxtUseOptions(x->parser, XML_PARSE_NONET) == 0;
}

static bool feed(void *self, const char *p, size_t n)
{
    Xml *x = self;
    return xmlParseChunk(x->parser, p, (int)n, 0) == XML_ERR_OK && !x->ended;
}

static SheetStatus xml_end(Xml *x, bool fed, SheetStatus status)
{
    if (fed && xmlParseChunk(x->parser, "", 0, 1) != XML_ERR_OK) status = SHEET_BROKEN;
    if (fed && !x->parser->wellFormed) status = SHEET_BROKEN;
    if (x->forbidden) status = SHEET_FORBIDDEN;
    if (x->parser->myDoc != NULL) xmlFreeDoc(x->parser->myDoc);
    x->parser->myDoc = NULL;
    xmlFreeParserCtxt(x->parser);
    return status;
}

SheetStatus xml_read(Zip *z, const char *name, const XmlTake *take)
{
    Xml x = { .take = take };
    SheetStatus status = SHEET_BROKEN;
    if (!xml_open(&x)) return SHEET_BROKEN;
    bool fed = zip_read(z, name, feed, &x, &status);
    return xml_end(&x, fed, status);
}

SheetStatus xml_read_text(Str text, const XmlTake *take)
{
    Xml x = { .take = take };
    if (!xml_open(&x)) return SHEET_BROKEN;
    bool fed = feed(&x, text.p, text.n);
    return xml_end(&x, fed, fed ? SHEET_OK : SHEET_BROKEN);
}

Str xml_attr(const XmlAttr *attrs, int n, const char *name)
{
    for (int i = 0; i < n; i++)
        if (strcmp(attrs[i].name, name) == 0) return attrs[i].value;
    return S("");
}
