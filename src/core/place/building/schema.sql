-- Buildings that stand. units is a JSON list of names of entrances, floors 0 where nobody counted.

-- table building: state tenant
CREATE TABLE building (
    community TEXT NOT NULL,
    matter TEXT NOT NULL,
    name TEXT NOT NULL,
    address TEXT NOT NULL,
    place TEXT NOT NULL,
    lon_e7 INT64 NOT NULL,
    lat_e7 INT64 NOT NULL,
    floors INT64 NOT NULL,
    units TEXT NOT NULL,
    at INT64 NOT NULL,
    PRIMARY KEY (community, matter)
) STRICT;
-- index building_by_place
CREATE INDEX building_by_place ON building (community, place, name);
-- index building_by_name
CREATE INDEX building_by_name ON building (community, name);
