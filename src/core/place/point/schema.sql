-- Named places of a community: halls, rooms, shelters, waterlogging points.

-- table point: state tenant
CREATE TABLE point (
    community TEXT NOT NULL,
    matter TEXT NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    note TEXT NOT NULL,
    place TEXT NOT NULL,
    lon_e7 INT64 NOT NULL,
    lat_e7 INT64 NOT NULL,
    is_public INT64 NOT NULL,
    at INT64 NOT NULL,
    PRIMARY KEY (community, matter)
) STRICT;
-- index point_by_kind
CREATE INDEX point_by_kind ON point (community, kind, name);
