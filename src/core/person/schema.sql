-- Persons: who is on file, which roles they hold, how they sign in.

-- table person: state tenant
CREATE TABLE person (
    community TEXT NOT NULL,
    person TEXT NOT NULL,
    state TEXT NOT NULL,
    language TEXT NOT NULL,
    name TEXT NOT NULL,
    phone TEXT NOT NULL,
    roles TEXT NOT NULL,
    PRIMARY KEY (community, person)
) STRICT;

-- table role: state tenant
CREATE TABLE role (
    community TEXT NOT NULL,
    person TEXT NOT NULL,
    role TEXT NOT NULL,
    place TEXT NOT NULL,
    starts_at INT64 NOT NULL,
    ends_at INT64 NOT NULL,
    PRIMARY KEY (community, person, role, place)
) STRICT;
-- index role_by_role
CREATE INDEX role_by_role ON role (community, role, person);

-- table card: state tenant
CREATE TABLE card (
    community TEXT NOT NULL,
    person TEXT NOT NULL,
    name TEXT NOT NULL,
    duty_phone TEXT NOT NULL,
    PRIMARY KEY (community, person)
) STRICT;

-- table person_lookup: state tenant
CREATE TABLE person_lookup (
    community TEXT NOT NULL,
    kind TEXT NOT NULL,
    hash TEXT NOT NULL,
    person TEXT NOT NULL,
    PRIMARY KEY (community, kind, hash)
) STRICT;
-- index person_lookup_by_person
CREATE INDEX person_lookup_by_person ON person_lookup (community, person, kind);

-- table device: state tenant
CREATE TABLE device (
    community TEXT NOT NULL,
    person TEXT NOT NULL,
    device TEXT NOT NULL,
    name TEXT NOT NULL,
    bound_at INT64 NOT NULL,
    PRIMARY KEY (community, person)
) STRICT;

-- table directory: state reference
CREATE TABLE directory (
    phone_hash TEXT NOT NULL,
    community TEXT NOT NULL,
    person TEXT NOT NULL,
    PRIMARY KEY (phone_hash, community)
) STRICT;
-- index directory_by_person
CREATE INDEX directory_by_person ON directory (community, person);

-- table credential: secret tenant
CREATE TABLE credential (
    community TEXT NOT NULL,
    person TEXT NOT NULL,
    hash TEXT NOT NULL,
    totp BYTES,
    pending BYTES,
    totp_step INT64 NOT NULL,
    changed_at INT64 NOT NULL,
    PRIMARY KEY (community, person)
) STRICT;

-- table session: secret tenant
CREATE TABLE session (
    community TEXT NOT NULL,
    id TEXT NOT NULL,
    token_hash TEXT NOT NULL,
    person TEXT NOT NULL,
    created_at INT64 NOT NULL,
    expires_at INT64 NOT NULL,
    last_seen INT64 NOT NULL,
    strong_at INT64 NOT NULL,
    by_code INT64 NOT NULL,
    device TEXT NOT NULL,
    agent TEXT NOT NULL,
    PRIMARY KEY (community, id)
) STRICT;
-- index session_by_token
CREATE UNIQUE INDEX session_by_token ON session (community, token_hash);
-- index session_by_person
CREATE INDEX session_by_person ON session (community, person, last_seen);

-- table token: secret tenant
CREATE TABLE token (
    community TEXT NOT NULL,
    id TEXT NOT NULL,
    token_hash TEXT NOT NULL,
    person TEXT NOT NULL,
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    place TEXT NOT NULL,
    created_by TEXT NOT NULL,
    created_at INT64 NOT NULL,
    expires_at INT64 NOT NULL,
    PRIMARY KEY (community, id)
) STRICT;
-- index token_by_token
CREATE UNIQUE INDEX token_by_token ON token (community, token_hash);

-- table signin_code: secret tenant
CREATE TABLE signin_code (
    community TEXT NOT NULL,
    code_hash TEXT NOT NULL,
    person TEXT NOT NULL,
    created_by TEXT NOT NULL,
    expires_at INT64 NOT NULL,
    PRIMARY KEY (community, code_hash)
) STRICT;
-- index signin_code_by_person
CREATE INDEX signin_code_by_person ON signin_code (community, person);

-- table lockout: secret tenant
CREATE TABLE lockout (
    community TEXT NOT NULL,
    key_hash TEXT NOT NULL,
    tries INT64 NOT NULL,
    level INT64 NOT NULL,
    until_at INT64 NOT NULL,
    missed_at INT64 NOT NULL,
    PRIMARY KEY (community, key_hash)
) STRICT;
-- index lockout_by_miss
CREATE INDEX lockout_by_miss ON lockout (community, missed_at);

-- table person_mail: state tenant
CREATE TABLE person_mail (
    community TEXT NOT NULL,
    person TEXT NOT NULL,
    address TEXT NOT NULL,
    by_mail INT64 NOT NULL,
    PRIMARY KEY (community, person)
) STRICT;

-- By which ways a person is told, in which order. `lane`: the outbox's, where what fails together waits.
-- table person_channel: state tenant
CREATE TABLE person_channel (
    community TEXT NOT NULL,
    person TEXT NOT NULL,
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    rank INT64 NOT NULL,
    used INT64 NOT NULL,
    lane TEXT NOT NULL,
    address TEXT NOT NULL,
    p256dh TEXT NOT NULL,
    auth TEXT NOT NULL,
    label TEXT NOT NULL,
    since INT64 NOT NULL,
    PRIMARY KEY (community, person, kind, id)
) STRICT;

-- table person_quiet: state tenant
CREATE TABLE person_quiet (
    community TEXT NOT NULL,
    person TEXT NOT NULL,
    from_minute INT64 NOT NULL,
    until_minute INT64 NOT NULL,
    PRIMARY KEY (community, person)
) STRICT;

-- person_mail is empty from here on: mail is one way of several.
-- step mail_is_a_channel
INSERT INTO person_channel (community, person, kind, id, rank, used, lane, address, p256dh, auth, label, since)
SELECT p.community, p.person, 'mail', '', 2, p.by_mail, 'mail', p.address, '', '', '',
    COALESCE((SELECT MAX(t.at) FROM timeline t
        WHERE t.community = p.community AND t.matter = p.person AND t.type = 'person.set_mail'), 0)
FROM person_mail p;
DELETE FROM person_mail;

-- Which languages a person speaks, by their own word: voice notes in them are offered to them first.
-- table person_spoken: state tenant
CREATE TABLE person_spoken (
    community TEXT NOT NULL,
    person TEXT NOT NULL,
    language TEXT NOT NULL,
    PRIMARY KEY (community, person, language)
) STRICT;

-- What the desk of this person looks at: title and query are sealed.
-- table person_filter: state tenant
CREATE TABLE person_filter (
    community TEXT NOT NULL,
    person TEXT NOT NULL,
    id TEXT NOT NULL,
    title TEXT NOT NULL,
    query TEXT NOT NULL,
    kept_at INT64 NOT NULL,
    PRIMARY KEY (community, person, id)
) STRICT;

-- How many reports an hour a program may send; 0: as many as the port lets it.
-- step token_per_hour
ALTER TABLE token ADD COLUMN per_hour INT64 NOT NULL DEFAULT 0;

-- A renewed token: the id that the first one acts under; '' for its own.
-- step token_acts_as
ALTER TABLE token ADD COLUMN acts_as TEXT NOT NULL DEFAULT '';
