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
-- What figures count: one row for each report, times of what happened to it first. Nothing in it is about a person.
-- table report_facts: state tenant
CREATE TABLE report_facts (
    community TEXT NOT NULL,
    matter TEXT NOT NULL,
    opened_at INT64 NOT NULL,
    by_staff INT64 NOT NULL,
    spot INT64 NOT NULL,
    imported INT64 NOT NULL,
    look_due_at INT64 NOT NULL,
    registered_at INT64 NOT NULL,
    accepted_at INT64 NOT NULL,
    accept_due_at INT64 NOT NULL,
    done_at INT64 NOT NULL,
    done_due_at INT64 NOT NULL,
    closed_at INT64 NOT NULL,
    refused_at INT64 NOT NULL,
    returned_at INT64 NOT NULL,
    redone_at INT64 NOT NULL,
    urged_at INT64 NOT NULL,
    escalated_at INT64 NOT NULL,
    rated INT64 NOT NULL,
    rated_by_staff INT64 NOT NULL,
    PRIMARY KEY (community, matter)
) STRICT;
-- index report_facts_opened
CREATE INDEX report_facts_opened ON report_facts (community, opened_at);
-- index report_facts_registered
CREATE INDEX report_facts_registered ON report_facts (community, registered_at) WHERE registered_at > 0;
-- index report_facts_accepted
CREATE INDEX report_facts_accepted ON report_facts (community, accepted_at) WHERE accepted_at > 0;
-- index report_facts_closed
CREATE INDEX report_facts_closed ON report_facts (community, closed_at) WHERE closed_at > 0;
-- index report_facts_refused
CREATE INDEX report_facts_refused ON report_facts (community, refused_at) WHERE refused_at > 0;
-- index report_facts_returned
CREATE INDEX report_facts_returned ON report_facts (community, returned_at) WHERE returned_at > 0;
-- index report_facts_redone
CREATE INDEX report_facts_redone ON report_facts (community, redone_at) WHERE redone_at > 0;
-- index report_facts_urged
CREATE INDEX report_facts_urged ON report_facts (community, urged_at) WHERE urged_at > 0;
-- index report_facts_escalated
CREATE INDEX report_facts_escalated ON report_facts (community, escalated_at) WHERE escalated_at > 0;
-- table report_return: state tenant
CREATE TABLE report_return (
    community TEXT NOT NULL,
    matter TEXT NOT NULL,
    n INT64 NOT NULL,
    who TEXT NOT NULL,
    person TEXT NOT NULL,
    at INT64 NOT NULL,
    PRIMARY KEY (community, matter, n)
) STRICT;
-- index report_return_by_who
CREATE INDEX report_return_by_who ON report_return (community, who);
-- index report_by_spot
CREATE INDEX report_by_spot ON report (community, spot, id) WHERE spot > 0;
-- index report_by_public
CREATE INDEX report_by_public ON report (community, public_lat_e7, public_lon_e7);
-- index report_by_merged
CREATE INDEX report_by_merged ON report (community, merged_into, id) WHERE merged_into <> '';
-- index report_by_joiner
CREATE INDEX report_by_joiner ON report (community, reporter) WHERE merged_into <> '';

-- Numbers that other systems gave a report, and what goes back to them.
-- table report_link: state tenant
CREATE TABLE report_link (
    community TEXT NOT NULL,
    system TEXT NOT NULL,
    number TEXT NOT NULL,
    id TEXT NOT NULL,
    matter TEXT NOT NULL,
    deadline INT64 NOT NULL,
    state TEXT NOT NULL,
    reply_state TEXT NOT NULL,
    text TEXT NOT NULL,
    at INT64 NOT NULL,
    PRIMARY KEY (community, system, number)
) STRICT;
-- index report_link_by_number
CREATE INDEX report_link_by_number ON report_link (community, number);
-- index report_link_by_matter
CREATE INDEX report_link_by_matter ON report_link (community, matter, system, number);
-- index report_link_by_id
CREATE INDEX report_link_by_id ON report_link (community, id);
-- index report_link_by_state
CREATE INDEX report_link_by_state ON report_link (community, state, at, id);

-- What came in closed had no time of its end, and counted as open.
-- step report_came_closed
UPDATE matter SET closed_at = opened_at WHERE kind = 'report' AND state = 'closed' AND closed_at = 0;
-- Order and openness beside what lists of reports are asked by, so that an index can have both.
-- step report_order
ALTER TABLE report ADD COLUMN changed_at INT64 NOT NULL DEFAULT 0;
ALTER TABLE report ADD COLUMN is_open INT64 NOT NULL DEFAULT 0;
UPDATE report SET changed_at = (SELECT m.changed_at FROM matter m WHERE m.community = report.community
    AND m.id = report.id), is_open = (SELECT CASE WHEN m.closed_at = 0 THEN 1 ELSE 0 END FROM matter m
    WHERE m.community = report.community AND m.id = report.id);
DROP INDEX report_by_level;
DROP INDEX report_by_spot;
DROP INDEX report_by_public;
-- index report_by_handler
CREATE INDEX report_by_handler ON report (community, handler, changed_at, id) WHERE handler <> '';
-- index report_open_raised
CREATE INDEX report_open_raised ON report (community, changed_at, id) WHERE level > 1 AND is_open = 1;
-- index report_on_the_spot
CREATE INDEX report_on_the_spot ON report (community, changed_at, id) WHERE spot > 0;
-- index report_paused
CREATE INDEX report_paused ON report (community, changed_at, id) WHERE paused_at > 0;
-- index report_open_public
CREATE INDEX report_open_public ON report (community, public_lat_e7, public_lon_e7) WHERE is_open = 1;

-- "> 0" where the public index has "= 1": SQLite would take either for the other's work.
-- step report_open_raised_again
DROP INDEX report_open_raised;
-- index report_raised
CREATE INDEX report_raised ON report (community, changed_at, id) WHERE level > 1 AND is_open > 0;

-- Reports with a voice note of their own; wanted: it stands for the text, and nobody can read what it says.
-- table report_voice: state tenant
CREATE TABLE report_voice (
    community TEXT NOT NULL,
    matter TEXT NOT NULL,
    language TEXT NOT NULL,
    wanted INT64 NOT NULL,
    gist_at INT64 NOT NULL,
    PRIMARY KEY (community, matter)
) STRICT;
-- index report_voice_waiting
CREATE INDEX report_voice_waiting ON report_voice (community, gist_at, wanted, matter);
-- What waits for an overseer's or a dispatcher's word, why, and since when; '' and 0 if nothing does.
-- step report_waits
ALTER TABLE report ADD COLUMN waits_why TEXT NOT NULL DEFAULT '';
ALTER TABLE report ADD COLUMN waits_since INT64 NOT NULL DEFAULT 0;
ALTER TABLE report ADD COLUMN waits_until INT64 NOT NULL DEFAULT 0;
-- index report_waiting
CREATE INDEX report_waiting ON report (community, waits_since, id) WHERE waits_since > 0;
