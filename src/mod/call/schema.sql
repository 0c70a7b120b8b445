-- table call: state tenant
CREATE TABLE call (
    community TEXT NOT NULL,
    id TEXT NOT NULL,
    person TEXT NOT NULL,
    about TEXT NOT NULL,
    number INT64 NOT NULL,
    told INT64 NOT NULL,
    why TEXT NOT NULL,
    urgent INT64 NOT NULL,
    tries INT64 NOT NULL,
    tried_at INT64 NOT NULL,
    PRIMARY KEY (community, id)
) STRICT;

-- When that news was: what is over since is not rung about.
-- step call_told_at
ALTER TABLE call ADD COLUMN told_at INT64 NOT NULL DEFAULT 0;
