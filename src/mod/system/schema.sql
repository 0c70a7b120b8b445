-- Other systems that know the same matters under numbers of their own.
-- table system: state tenant
CREATE TABLE system (
    community TEXT NOT NULL,
    code TEXT NOT NULL,
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    reply TEXT NOT NULL,
    webhook TEXT NOT NULL,
    layout TEXT NOT NULL,
    retired INT64 NOT NULL,
    PRIMARY KEY (community, code)
) STRICT;
