-- One row for a hand-over note; its words are sealed with the note's own key.
-- table shift: state tenant
CREATE TABLE shift (
    community TEXT NOT NULL,
    id TEXT NOT NULL,
    author TEXT NOT NULL,
    text TEXT NOT NULL,
    watch TEXT NOT NULL,
    from_at INT64 NOT NULL,
    until_at INT64 NOT NULL,
    matters INT64 NOT NULL,
    added INT64 NOT NULL,
    taken_by TEXT NOT NULL,
    taken_at INT64 NOT NULL,
    PRIMARY KEY (community, id)
) STRICT;

-- Which matters go with it, in the order of the note.
-- table shift_matter: state tenant
CREATE TABLE shift_matter (
    community TEXT NOT NULL,
    shift TEXT NOT NULL,
    n INT64 NOT NULL,
    matter TEXT NOT NULL,
    why TEXT NOT NULL,
    PRIMARY KEY (community, shift, n)
) STRICT;
