-- Who outside wants to hear, and what waits to leave.

-- table webhook: state tenant
CREATE TABLE webhook (
    community TEXT NOT NULL,
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    url TEXT NOT NULL,
    secret TEXT NOT NULL,
    audience TEXT NOT NULL,
    topics TEXT NOT NULL,
    retired_at INT64 NOT NULL,
    PRIMARY KEY (community, id)
) STRICT;

-- table webhook_topic: state tenant
CREATE TABLE webhook_topic (
    community TEXT NOT NULL,
    webhook TEXT NOT NULL,
    topic TEXT NOT NULL,
    PRIMARY KEY (community, webhook, topic)
) STRICT;

-- table outbox: work tenant
CREATE TABLE outbox (
    community TEXT NOT NULL,
    id TEXT NOT NULL,
    lane TEXT NOT NULL,
    target TEXT NOT NULL,
    seq INT64 NOT NULL,
    event TEXT NOT NULL,
    state TEXT NOT NULL,
    attempts INT64 NOT NULL,
    due_at INT64 NOT NULL,
    at INT64 NOT NULL,
    tried_at INT64 NOT NULL,
    error TEXT NOT NULL,
    PRIMARY KEY (community, id)
) STRICT;
-- index outbox_by_lane
CREATE INDEX outbox_by_lane ON outbox (community, lane, state, due_at, seq);
-- index outbox_by_state
CREATE INDEX outbox_by_state ON outbox (community, state, tried_at);

-- A row for a person: `channel` is the way that is being tried now (mail, push, sms, webhook, phone), `rank` its place
-- in the person's order; '' where it is for a program.
-- step outbox_tells_persons
ALTER TABLE outbox ADD COLUMN channel TEXT NOT NULL DEFAULT '';
ALTER TABLE outbox ADD COLUMN rank INT64 NOT NULL DEFAULT 0;
ALTER TABLE outbox ADD COLUMN urgent INT64 NOT NULL DEFAULT 0;
UPDATE outbox SET channel = 'mail', rank = 2 WHERE lane = 'mail';

-- A group's robot is a webhook with a text of its own kind.
-- step webhook_robots
ALTER TABLE webhook ADD COLUMN template TEXT NOT NULL DEFAULT '';
ALTER TABLE webhook ADD COLUMN token TEXT NOT NULL DEFAULT '';
ALTER TABLE webhook ADD COLUMN language TEXT NOT NULL DEFAULT '';
