-- What is in force. The changes themselves are matters of kind setting.

-- table setting: state tenant
CREATE TABLE setting (
    community TEXT NOT NULL,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    at INT64 NOT NULL,
    PRIMARY KEY (community, name)
) STRICT;

-- How a community tells: the setting `telling`, as numbers that statements can reckon with. No row: as outbox.h says.
-- table telling: state tenant
CREATE TABLE telling (
    community TEXT NOT NULL,
    quiet_from INT64 NOT NULL,
    quiet_until INT64 NOT NULL,
    wait_ms INT64 NOT NULL,
    urgent_ms INT64 NOT NULL,
    PRIMARY KEY (community)
) STRICT;
