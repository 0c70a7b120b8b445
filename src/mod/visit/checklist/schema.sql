-- What is asked or looked at at a door, as data; every form that a checklist ever had.
-- table checklist: state tenant
CREATE TABLE checklist (
    community TEXT NOT NULL,
    code TEXT NOT NULL,
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    position INT64 NOT NULL,
    form TEXT NOT NULL,
    form_version INT64 NOT NULL,
    retired INT64 NOT NULL,
    PRIMARY KEY (community, code)
) STRICT;

-- table checklist_form: state tenant
CREATE TABLE checklist_form (
    community TEXT NOT NULL,
    code TEXT NOT NULL,
    version INT64 NOT NULL,
    form TEXT NOT NULL,
    PRIMARY KEY (community, code, version)
) STRICT;
