-- Grids, also those that are retired (retired_at > 0): their codes are never given to another. The box is in e7 degrees.

-- table grid: state tenant
CREATE TABLE grid (
    community TEXT NOT NULL,
    code TEXT NOT NULL,
    matter TEXT NOT NULL,
    name TEXT NOT NULL,
    geometry TEXT NOT NULL,
    west INT64 NOT NULL,
    south INT64 NOT NULL,
    east INT64 NOT NULL,
    north INT64 NOT NULL,
    at INT64 NOT NULL,
    retired_at INT64 NOT NULL,
    PRIMARY KEY (community, code)
) STRICT;

-- Who looks after a grid: one or more officers (backup 0) and who stands in for them (1).
-- table grid_officer: state tenant
CREATE TABLE grid_officer (
    community TEXT NOT NULL,
    grid TEXT NOT NULL,
    person TEXT NOT NULL,
    backup INT64 NOT NULL,
    since INT64 NOT NULL,
    PRIMARY KEY (community, grid, person)
) STRICT;
-- index grid_officer_by_person
CREATE INDEX grid_officer_by_person ON grid_officer (community, person);
