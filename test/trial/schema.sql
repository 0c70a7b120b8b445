-- table trial: state tenant
CREATE TABLE trial (
    community TEXT NOT NULL,
    id TEXT NOT NULL,
    title TEXT NOT NULL,
    size TEXT NOT NULL,
    amount INT64 NOT NULL,
    urgent INT64 NOT NULL,
    PRIMARY KEY (community, id)
) STRICT;
