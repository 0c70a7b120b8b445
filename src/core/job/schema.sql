-- Rows that wait to be done, and how each went. Input is sealed, and gone once it is done. same: a keyed hash of what no
-- two rows of the job may share (Action.same), gone with the last row; "" where a row says nothing of it.

-- table job_part: work tenant
CREATE TABLE job_part (
    community TEXT NOT NULL,
    job TEXT NOT NULL,
    part INT64 NOT NULL,
    rows_n INT64 NOT NULL,
    hash TEXT NOT NULL,
    PRIMARY KEY (community, job, part)
) STRICT;

-- table job_row: work tenant
CREATE TABLE job_row (
    community TEXT NOT NULL,
    job TEXT NOT NULL,
    n INT64 NOT NULL,
    matter TEXT NOT NULL,
    version INT64 NOT NULL,
    input TEXT NOT NULL,
    status INT64 NOT NULL,
    code TEXT NOT NULL,
    field TEXT NOT NULL,
    limit_n INT64 NOT NULL,
    PRIMARY KEY (community, job, n)
) STRICT;
-- step job_sheet_row
ALTER TABLE job_row ADD COLUMN sheet_row INT64 NOT NULL DEFAULT 0;
-- step job_row_same
ALTER TABLE job_row ADD COLUMN same TEXT NOT NULL DEFAULT '';
-- index job_row_by_same
CREATE INDEX job_row_by_same ON job_row (community, job, same, n);

-- table job_sheet: work tenant
CREATE TABLE job_sheet (
    community TEXT NOT NULL,
    job TEXT NOT NULL,
    upload TEXT NOT NULL,
    headings TEXT NOT NULL,
    mapping TEXT NOT NULL,
    staged INT64 NOT NULL,
    PRIMARY KEY (community, job)
) STRICT;

-- table job_column: work tenant
CREATE TABLE job_column (
    community TEXT NOT NULL,
    job TEXT NOT NULL,
    field TEXT NOT NULL,
    heading TEXT NOT NULL,
    PRIMARY KEY (community, job, field)
) STRICT;

-- table job_mapping: work tenant
CREATE TABLE job_mapping (
    community TEXT NOT NULL,
    action TEXT NOT NULL,
    headings TEXT NOT NULL,
    mapping TEXT NOT NULL,
    PRIMARY KEY (community, action, headings)
) STRICT;
