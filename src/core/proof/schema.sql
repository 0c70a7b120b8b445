-- Nodes of the tree over each chain, see tree.h: a cache of the log, made behind the writer's back.

-- table tree: work tenant
CREATE TABLE tree (
    community TEXT NOT NULL,
    level INT64 NOT NULL,
    position INT64 NOT NULL,
    hash BYTES NOT NULL,
    PRIMARY KEY (community, level, position)
) STRICT;
