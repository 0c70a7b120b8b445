-- The tree around one community: what it lies in, itself, and what it leads. name is {"zh","bo","en"}; boundary is
-- GeoJSON or empty.

-- table division: state tenant
CREATE TABLE division (
    community TEXT NOT NULL,
    code TEXT NOT NULL,
    matter TEXT NOT NULL,
    level INT64 NOT NULL,
    name TEXT NOT NULL,
    boundary TEXT NOT NULL,
    at INT64 NOT NULL,
    retired_at INT64 NOT NULL,
    PRIMARY KEY (community, code)
) STRICT;
