-- What lists show of a report: a projection of the matter, written with it.
-- table report: state tenant
CREATE TABLE report (
    community TEXT NOT NULL,
    id TEXT NOT NULL,
    reporter TEXT NOT NULL,
    handler TEXT NOT NULL,
    text TEXT NOT NULL,
    phone TEXT NOT NULL,
    near TEXT NOT NULL,
    public_title TEXT NOT NULL,
    photo TEXT NOT NULL,
    photos INT64 NOT NULL,
    public_lon_e7 INT64,
    public_lat_e7 INT64,
    promised_at INT64 NOT NULL,
    done_at INT64 NOT NULL,
    verified_at INT64 NOT NULL,
    satisfied INT64 NOT NULL,
    urged INT64 NOT NULL,
    redone INT64 NOT NULL,
    PRIMARY KEY (community, id)
) STRICT;
-- step report_course
ALTER TABLE report ADD COLUMN level INT64 NOT NULL DEFAULT 0;
ALTER TABLE report ADD COLUMN level_why TEXT NOT NULL DEFAULT '';
ALTER TABLE report ADD COLUMN paused_at INT64 NOT NULL DEFAULT 0;
ALTER TABLE report ADD COLUMN responsible TEXT NOT NULL DEFAULT '';
ALTER TABLE report ADD COLUMN returned INT64 NOT NULL DEFAULT 0;
ALTER TABLE report ADD COLUMN spot INT64 NOT NULL DEFAULT 0;
ALTER TABLE report ADD COLUMN merged_into TEXT NOT NULL DEFAULT '';
ALTER TABLE report ADD COLUMN joined INT64 NOT NULL DEFAULT 0;
-- index report_by_level
CREATE INDEX report_by_level ON report (community, level, id) WHERE level > 1;
