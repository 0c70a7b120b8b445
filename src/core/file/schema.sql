-- Uploads are work; a file that an action took is state.
-- table upload: work tenant
CREATE TABLE upload (
    community TEXT NOT NULL,
    id TEXT NOT NULL,
    matter TEXT NOT NULL,
    owner TEXT NOT NULL,
    size INT64 NOT NULL,
    sha256 TEXT NOT NULL,
    state TEXT NOT NULL,
    file TEXT NOT NULL,
    at INT64 NOT NULL,
    PRIMARY KEY (community, id)
) STRICT;
-- index upload_by_age
CREATE INDEX upload_by_age ON upload (community, at);
-- table upload_part: work tenant
CREATE TABLE upload_part (
    community TEXT NOT NULL,
    upload TEXT NOT NULL,
    part INT64 NOT NULL,
    PRIMARY KEY (community, upload, part)
) STRICT;
-- table file: state tenant
CREATE TABLE file (
    community TEXT NOT NULL,
    matter TEXT NOT NULL,
    id TEXT NOT NULL,
    hash TEXT NOT NULL,
    thumb TEXT NOT NULL,
    type TEXT NOT NULL,
    width INT64 NOT NULL,
    height INT64 NOT NULL,
    audience INT64 NOT NULL,
    PRIMARY KEY (community, matter, id)
) STRICT;
-- table blob_drop: work tenant
CREATE TABLE blob_drop (
    community TEXT NOT NULL,
    hash TEXT NOT NULL,
    PRIMARY KEY (community, hash)
) STRICT;
-- index file_by_hash
CREATE INDEX file_by_hash ON file (community, hash);
-- index file_by_thumb
CREATE INDEX file_by_thumb ON file (community, thumb);
-- index upload_by_matter
CREATE INDEX upload_by_matter ON upload (community, matter);
-- step upload_kind
ALTER TABLE upload ADD COLUMN kind TEXT NOT NULL DEFAULT 'picture';
