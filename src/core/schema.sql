-- The core's tables. One text for both engines; see docs/SQL.md. Steps are only ever appended.

-- table event: log tenant
CREATE TABLE event (
    community TEXT NOT NULL,
    seq INT64 NOT NULL,
    id TEXT NOT NULL,
    matter TEXT NOT NULL,
    type TEXT NOT NULL,
    at INT64 NOT NULL,
    bytes BYTES NOT NULL,
    hash BYTES NOT NULL,
    PRIMARY KEY (community, seq)
) STRICT;

-- table head: log tenant
CREATE TABLE head (
    community TEXT NOT NULL,
    seq INT64 NOT NULL,
    hash BYTES NOT NULL,
    PRIMARY KEY (community)
) STRICT;

-- table access: log tenant
CREATE TABLE access (
    community TEXT NOT NULL,
    subject TEXT NOT NULL,
    at INT64 NOT NULL,
    id TEXT NOT NULL,
    reader TEXT NOT NULL,
    what TEXT NOT NULL,
    matter TEXT NOT NULL,
    PRIMARY KEY (community, subject, at, id)
) STRICT;

-- table counter: state tenant
CREATE TABLE counter (
    community TEXT NOT NULL,
    name TEXT NOT NULL,
    n INT64 NOT NULL,
    PRIMARY KEY (community, name)
) STRICT;

-- table matter: state tenant
CREATE TABLE matter (
    community TEXT NOT NULL,
    id TEXT NOT NULL,
    kind TEXT NOT NULL,
    number INT64 NOT NULL,
    state TEXT NOT NULL,
    version INT64 NOT NULL,
    place TEXT NOT NULL,
    category TEXT NOT NULL,
    lon_e7 INT64,
    lat_e7 INT64,
    opened_at INT64 NOT NULL,
    changed_at INT64 NOT NULL,
    due_at INT64 NOT NULL,
    closed_at INT64 NOT NULL,
    data TEXT NOT NULL,
    PRIMARY KEY (community, id)
) STRICT;

-- index matter_by_change
CREATE INDEX matter_by_change ON matter (community, kind, changed_at, id);
-- index matter_by_state
CREATE INDEX matter_by_state ON matter (community, kind, state, due_at, id);
-- index matter_by_place
CREATE INDEX matter_by_place ON matter (community, kind, place, changed_at, id);

-- table relation: state tenant
CREATE TABLE relation (
    community TEXT NOT NULL,
    matter TEXT NOT NULL,
    person TEXT NOT NULL,
    relations INT64 NOT NULL,
    PRIMARY KEY (community, matter, person)
) STRICT;
-- index relation_by_person
CREATE INDEX relation_by_person ON relation (community, person, matter);

-- table timeline: state tenant
CREATE TABLE timeline (
    community TEXT NOT NULL,
    matter TEXT NOT NULL,
    seq INT64 NOT NULL,
    type TEXT NOT NULL,
    version INT64 NOT NULL,
    at INT64 NOT NULL,
    claimed_at INT64 NOT NULL,
    actor TEXT NOT NULL,
    audience INT64 NOT NULL,
    state TEXT NOT NULL,
    matter_version INT64 NOT NULL,
    place TEXT NOT NULL,
    data TEXT NOT NULL,
    PRIMARY KEY (community, matter, seq)
) STRICT;
-- index timeline_by_seq
CREATE UNIQUE INDEX timeline_by_seq ON timeline (community, seq);

-- table command: state tenant
CREATE TABLE command (
    community TEXT NOT NULL,
    client_id TEXT NOT NULL,
    actor TEXT NOT NULL,
    body_hash TEXT NOT NULL,
    seq INT64 NOT NULL,
    events INT64 NOT NULL,
    PRIMARY KEY (community, client_id)
) STRICT;

-- table clock: state tenant
CREATE TABLE clock (
    community TEXT NOT NULL,
    matter TEXT NOT NULL,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    due_at INT64 NOT NULL,
    PRIMARY KEY (community, matter, name)
) STRICT;
-- index clock_by_due
CREATE INDEX clock_by_due ON clock (community, due_at);

-- table notice: state tenant
CREATE TABLE notice (
    community TEXT NOT NULL,
    person TEXT NOT NULL,
    seq INT64 NOT NULL,
    matter TEXT NOT NULL,
    type TEXT NOT NULL,
    at INT64 NOT NULL,
    PRIMARY KEY (community, person, seq)
) STRICT;

-- table notice_seen: work tenant
CREATE TABLE notice_seen (
    community TEXT NOT NULL,
    person TEXT NOT NULL,
    seq INT64 NOT NULL,
    PRIMARY KEY (community, person)
) STRICT;

-- table receipt: state tenant
CREATE TABLE receipt (
    community TEXT NOT NULL,
    code_hash TEXT NOT NULL,
    matter TEXT NOT NULL,
    PRIMARY KEY (community, code_hash)
) STRICT;

-- search search: state tenant
-- sqlite:
CREATE VIRTUAL TABLE search USING fts5 (community UNINDEXED, matter UNINDEXED, tokens, tokenize = 'ascii');
-- postgres:
CREATE TABLE search (
    community TEXT NOT NULL,
    matter TEXT NOT NULL,
    tokens TEXT NOT NULL,
    PRIMARY KEY (community, matter)
);
CREATE INDEX search_tokens ON search USING gin (to_tsvector('simple', tokens));

-- table subject_key: secret tenant
CREATE TABLE subject_key (
    community TEXT NOT NULL,
    subject TEXT NOT NULL,
    wrapped BYTES NOT NULL,
    at INT64 NOT NULL,
    PRIMARY KEY (community, subject)
) STRICT;

-- index timeline_by_actor
CREATE INDEX timeline_by_actor ON timeline (community, actor, seq);

-- Who belongs to a body that acts as one (a unit): its members act for it, and are what it is to a matter.
-- table membership: state tenant
CREATE TABLE membership (
    community TEXT NOT NULL,
    person TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (community, person, body)
) STRICT;
-- index membership_by_body
CREATE INDEX membership_by_body ON membership (community, body, person);

-- What lists are read from, each in its own order. What is open has indexes of its own: nearly all there was is over.
-- index matter_open_change
CREATE INDEX matter_open_change ON matter (community, kind, changed_at, id) WHERE closed_at = 0;
-- index matter_open_due
CREATE INDEX matter_open_due ON matter (community, kind, due_at, id) WHERE closed_at = 0;
-- index matter_open_place
CREATE INDEX matter_open_place ON matter (community, kind, place, due_at, id) WHERE closed_at = 0;
-- index matter_open_point
CREATE INDEX matter_open_point ON matter (community, kind, lat_e7, lon_e7) WHERE closed_at = 0;
-- step matter_by_state_again
DROP INDEX matter_by_state;
-- index matter_by_state_change
CREATE INDEX matter_by_state_change ON matter (community, kind, state, changed_at, id);
-- index matter_by_category
CREATE INDEX matter_by_category ON matter (community, kind, category, changed_at, id);
-- index matter_open_state
CREATE INDEX matter_open_state ON matter (community, kind, state, place, due_at) WHERE closed_at = 0;
-- Pins and clusters of a piece of the map come from the index alone.
-- step matter_open_point_gone
DROP INDEX matter_open_point;
-- index matter_open_map
CREATE INDEX matter_open_map ON matter (community, kind, lat_e7, lon_e7, category, state, place, due_at)
    WHERE closed_at = 0;
-- Asked by category and by place, SQLite takes the newer index: that is the one of places, which finds less.
-- step matter_by_place_again
DROP INDEX matter_by_place;
-- index matter_by_place_change
CREATE INDEX matter_by_place_change ON matter (community, kind, place, changed_at, id);
-- Hits come in the order of their numbers: SQLite's rows of full text are numbered after their matters, and a row holds
-- the stretches that its number lies in (search_reach.c).
-- step search_by_number
-- sqlite:
UPDATE OR REPLACE search SET rowid = coalesce((SELECT search_row(m.community, m.kind, m.number, m.id) FROM matter m
    WHERE m.community = search.community AND m.id = search.matter), search.rowid),
    tokens = tokens || coalesce((SELECT ' na' || CAST(m.number / 1024 AS text) || ' nb' || CAST(m.number / 8192 AS text)
    || ' nc' || CAST(m.number / 65536 AS text) FROM matter m
    WHERE m.community = search.community AND m.id = search.matter AND m.number > 0), '');
INSERT INTO search (search) VALUES ('optimize');
-- postgres:
UPDATE search SET tokens = search.tokens || ' na' || CAST(m.number / 1024 AS text) || ' nb'
    || CAST(m.number / 8192 AS text) || ' nc' || CAST(m.number / 65536 AS text) FROM matter m
    WHERE m.community = search.community AND m.id = search.matter AND m.number > 0;

-- Who may act for whom, until when (0: until one of them says no); written by the kind `proxy`.
-- table acting: state tenant
CREATE TABLE acting (
    community TEXT NOT NULL,
    person TEXT NOT NULL,
    for_person TEXT NOT NULL,
    until_at INT64 NOT NULL,
    PRIMARY KEY (community, person, for_person)
) STRICT;
-- index acting_by_whom
CREATE INDEX acting_by_whom ON acting (community, for_person, person);

-- What was done by somebody for a person.
-- table acted: state tenant
CREATE TABLE acted (
    community TEXT NOT NULL,
    seq INT64 NOT NULL,
    person TEXT NOT NULL,
    by_person TEXT NOT NULL,
    matter TEXT NOT NULL,
    type TEXT NOT NULL,
    at INT64 NOT NULL,
    PRIMARY KEY (community, seq)
) STRICT;
-- index acted_by_person
CREATE INDEX acted_by_person ON acted (community, person, seq);
