-- One row for each door, house or place that is visited: who goes, how often, what was promised there.
-- table visit: state tenant
CREATE TABLE visit (
    community TEXT NOT NULL,
    id TEXT NOT NULL,
    purpose TEXT NOT NULL,
    round TEXT NOT NULL,
    household TEXT NOT NULL,
    building TEXT NOT NULL,
    about TEXT NOT NULL,
    address TEXT NOT NULL,
    near TEXT NOT NULL,
    officer TEXT NOT NULL,
    checklist TEXT NOT NULL,
    every_days INT64 NOT NULL,
    done INT64 NOT NULL,
    tries INT64 NOT NULL,
    last_at INT64 NOT NULL,
    last_result TEXT NOT NULL,
    promise TEXT NOT NULL,
    promise_by INT64 NOT NULL,
    promise_state TEXT NOT NULL,
    corrections INT64 NOT NULL,
    PRIMARY KEY (community, id)
) STRICT;
-- index visit_by_household
CREATE INDEX visit_by_household ON visit (community, household, id);
-- index visit_by_about
CREATE INDEX visit_by_about ON visit (community, about, id);
-- index visit_by_round
CREATE INDEX visit_by_round ON visit (community, round, id);
