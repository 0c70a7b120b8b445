-- Doors, and who lives behind them by their own word. A door that is given up keeps its row (retired_at > 0).
-- household_member.state: asked (by the person), invited (by the house or the clerk), member (both said yes).

-- table household: state tenant
CREATE TABLE household (
    community TEXT NOT NULL,
    matter TEXT NOT NULL,
    building TEXT NOT NULL,
    unit TEXT NOT NULL,
    floor INT64 NOT NULL,
    door TEXT NOT NULL,
    place TEXT NOT NULL,
    at INT64 NOT NULL,
    retired_at INT64 NOT NULL,
    PRIMARY KEY (community, matter)
) STRICT;
-- index household_by_door
CREATE UNIQUE INDEX household_by_door ON household (community, building, unit, door, retired_at);

-- table household_member: state tenant
CREATE TABLE household_member (
    community TEXT NOT NULL,
    household TEXT NOT NULL,
    person TEXT NOT NULL,
    state TEXT NOT NULL,
    note TEXT NOT NULL,
    since INT64 NOT NULL,
    PRIMARY KEY (community, household, person)
) STRICT;
-- index household_member_by_person
CREATE INDEX household_member_by_person ON household_member (community, person);
