-- What is in force. The changes themselves are matters of kind setting.

-- table setting: state tenant
CREATE TABLE setting (
    community TEXT NOT NULL,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    at INT64 NOT NULL,
    PRIMARY KEY (community, name)
) STRICT;
