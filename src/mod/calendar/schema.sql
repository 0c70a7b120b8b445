-- Who has opened a feed: one of their own (unit ''), one for each unit that they belong to.
-- table calendar_feed: secret tenant
CREATE TABLE calendar_feed (
    community TEXT NOT NULL,
    person TEXT NOT NULL,
    unit TEXT NOT NULL,
    token_hash TEXT NOT NULL,
    since INT64 NOT NULL,
    PRIMARY KEY (community, person, unit)
) STRICT;
-- index calendar_feed_by_token
CREATE UNIQUE INDEX calendar_feed_by_token ON calendar_feed (community, token_hash);
