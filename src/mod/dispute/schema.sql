-- table dispute: state tenant
CREATE TABLE dispute (
    community TEXT NOT NULL,
    id TEXT NOT NULL,
    subject TEXT NOT NULL,
    mediator TEXT NOT NULL,
    helper TEXT NOT NULL,
    parties INT64 NOT NULL,
    guarantee TEXT NOT NULL,
    recurred INT64 NOT NULL,
    overdue INT64 NOT NULL,
    edition INT64 NOT NULL,
    signed INT64 NOT NULL,
    PRIMARY KEY (community, id)
) STRICT;
-- table dispute_party: state tenant
CREATE TABLE dispute_party (
    community TEXT NOT NULL,
    matter TEXT NOT NULL,
    party TEXT NOT NULL,
    side INT64 NOT NULL,
    account TEXT NOT NULL,
    name TEXT NOT NULL,
    phone TEXT NOT NULL,
    PRIMARY KEY (community, matter, party)
) STRICT;
-- table dispute_contact: state tenant
CREATE TABLE dispute_contact (
    community TEXT NOT NULL,
    matter TEXT NOT NULL,
    contact TEXT NOT NULL,
    party TEXT NOT NULL,
    whom TEXT NOT NULL,
    how TEXT NOT NULL,
    result TEXT NOT NULL,
    at INT64 NOT NULL,
    PRIMARY KEY (community, matter, contact)
) STRICT;
-- table dispute_session: state tenant
CREATE TABLE dispute_session (
    community TEXT NOT NULL,
    id TEXT NOT NULL,
    matter TEXT NOT NULL,
    kind TEXT NOT NULL,
    room TEXT NOT NULL,
    caller TEXT NOT NULL,
    state TEXT NOT NULL,
    from_at INT64 NOT NULL,
    until_at INT64 NOT NULL,
    PRIMARY KEY (community, id)
) STRICT;
-- index dispute_session_by_room
CREATE INDEX dispute_session_by_room ON dispute_session (community, room, from_at);
-- index dispute_session_by_caller
CREATE INDEX dispute_session_by_caller ON dispute_session (community, caller, from_at);
-- table dispute_promise: state tenant
CREATE TABLE dispute_promise (
    community TEXT NOT NULL,
    matter TEXT NOT NULL,
    promise TEXT NOT NULL,
    origin TEXT NOT NULL,
    party TEXT NOT NULL,
    what TEXT NOT NULL,
    amount_fen INT64 NOT NULL,
    due_at INT64 NOT NULL,
    recurrence INT64 NOT NULL,
    state TEXT NOT NULL,
    overdue INT64 NOT NULL,
    PRIMARY KEY (community, matter, promise)
) STRICT;
-- index dispute_promise_by_due
CREATE INDEX dispute_promise_by_due ON dispute_promise (community, state, due_at);
-- Found by the hash that is printed on the paper; nothing here says whose it is.
-- table dispute_agreement: state tenant
CREATE TABLE dispute_agreement (
    community TEXT NOT NULL,
    hash TEXT NOT NULL,
    matter TEXT NOT NULL,
    number INT64 NOT NULL,
    edition INT64 NOT NULL,
    state TEXT NOT NULL,
    signed INT64 NOT NULL,
    signers INT64 NOT NULL,
    sealed_at INT64 NOT NULL,
    PRIMARY KEY (community, hash)
) STRICT;
-- index dispute_agreement_by_matter
CREATE INDEX dispute_agreement_by_matter ON dispute_agreement (community, matter, edition);
