/* shape: what one command of a benchmark writes: a row in each of some tables. Told as text, one
 * word per table, a letter per column with the bytes that it holds: "t36b332,t36lt120" is a text of
 * 36 and 332 bytes of data into the first table, a text, a number and a text into the second. Every
 * table has community and seq before these as its primary key. */
#ifndef LINLI_BENCH_SHAPE_H
#define LINLI_BENCH_SHAPE_H

#include <stdbool.h>
#include <stddef.h>

enum {
    SHAPE_TABLES_MAX = 8,
    SHAPE_COLUMNS_MAX = 16,
    SHAPE_BYTES_MAX = 65536,
    SHAPE_SQL_MAX = 1024
};

typedef struct ShapeColumn {
    char type; /* 't' 'l' 'b' */
    int bytes;
} ShapeColumn;

typedef struct ShapeTable {
    int columns;
    ShapeColumn column[SHAPE_COLUMNS_MAX];
} ShapeTable;

typedef struct Shape {
    int tables;
    ShapeTable table[SHAPE_TABLES_MAX];
} Shape;

/* What a report's command writes: event, matter, client id, outbox. */
extern const char shape_usual[];

bool shape_parse(Shape *s, const char *text);
/* The texts for table i, with `mark` before the number of a parameter. */
void shape_create_sql(const Shape *s, int i, char sql[SHAPE_SQL_MAX]);
void shape_insert_sql(const Shape *s, int i, char mark, char sql[SHAPE_SQL_MAX]);
/* SHAPE_BYTES_MAX letters, no two rows alike when started at their number. */
const char *shape_letters(void);

#endif
