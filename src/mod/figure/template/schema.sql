-- Inspectors' sheets, kept with what each marked cell means: uploaded once, mapped once, filled in month after month.
-- table template: state tenant
CREATE TABLE template (
    community TEXT NOT NULL,
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    file TEXT NOT NULL,
    cells TEXT NOT NULL,
    edition INT64 NOT NULL,
    retired INT64 NOT NULL,
    PRIMARY KEY (community, id)
) STRICT;
