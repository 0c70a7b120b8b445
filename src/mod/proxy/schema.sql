-- table proxy: state tenant
CREATE TABLE proxy (
    community TEXT NOT NULL,
    id TEXT NOT NULL,
    state TEXT NOT NULL,
    person TEXT NOT NULL,
    for_person TEXT NOT NULL,
    as_what TEXT NOT NULL,
    since_at INT64 NOT NULL,
    until_at INT64 NOT NULL,
    PRIMARY KEY (community, id)
) STRICT;
-- index proxy_by_person
CREATE INDEX proxy_by_person ON proxy (community, person, id);
-- index proxy_for_person
CREATE INDEX proxy_for_person ON proxy (community, for_person, id);
