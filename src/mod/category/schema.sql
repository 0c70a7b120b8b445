-- table category: state tenant
CREATE TABLE category (
    community TEXT NOT NULL,
    code TEXT NOT NULL,
    id TEXT NOT NULL,
    icon TEXT NOT NULL,
    name TEXT NOT NULL,
    limit_n INT64 NOT NULL,
    unit TEXT NOT NULL,
    position INT64 NOT NULL,
    default_role TEXT NOT NULL,
    coarsen_m INT64 NOT NULL,
    form TEXT NOT NULL,
    form_version INT64 NOT NULL,
    retired INT64 NOT NULL,
    PRIMARY KEY (community, code)
) STRICT;

-- Every form that a category ever had: a report keeps the version it was made with.
-- table category_form: state tenant
CREATE TABLE category_form (
    community TEXT NOT NULL,
    code TEXT NOT NULL,
    version INT64 NOT NULL,
    form TEXT NOT NULL,
    PRIMARY KEY (community, code, version)
) STRICT;

-- step category_urgent
ALTER TABLE category ADD COLUMN urgent INT64 NOT NULL DEFAULT 0;
