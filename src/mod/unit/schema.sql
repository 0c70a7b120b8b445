-- Units as lists and dispatchers see them; who belongs to one stands in the core's table membership.
-- table unit: state tenant
CREATE TABLE unit (
    community TEXT NOT NULL,
    id TEXT NOT NULL,
    state TEXT NOT NULL,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    phone TEXT NOT NULL,
    superior TEXT NOT NULL,
    areas TEXT NOT NULL,
    categories TEXT NOT NULL,
    members INT64 NOT NULL,
    PRIMARY KEY (community, id)
) STRICT;
-- table unit_duty: state tenant
CREATE TABLE unit_duty (
    community TEXT NOT NULL,
    unit TEXT NOT NULL,
    person TEXT NOT NULL,
    from_at INT64 NOT NULL,
    until_at INT64 NOT NULL,
    PRIMARY KEY (community, unit, from_at, person)
) STRICT;
