-- Workspaces come into being when they are first used; Azure compares their names without case.
CREATE TABLE workspaces (
    id INTEGER PRIMARY KEY,
    subscription TEXT NOT NULL COLLATE NOCASE,
    resource_group TEXT NOT NULL COLLATE NOCASE,
    name TEXT NOT NULL COLLATE NOCASE,
    uuid TEXT NOT NULL UNIQUE,
    created_at TEXT NOT NULL,
    UNIQUE (subscription, resource_group, name)
) STRICT;

-- Endpoints, deployments (parent: their endpoint), computes, datastores, and assets: one row a version, and
-- one with an empty version for a container that was itself written to.
CREATE TABLE resources (
    id INTEGER PRIMARY KEY,
    workspace INTEGER NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    parent TEXT NOT NULL COLLATE NOCASE,
    name TEXT NOT NULL COLLATE NOCASE,
    version TEXT NOT NULL COLLATE NOCASE,
    body TEXT NOT NULL,
    content_hash TEXT,
    is_anonymous INTEGER NOT NULL,
    is_archived INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    modified_at TEXT NOT NULL,
    UNIQUE (workspace, kind, parent, name, version)
) STRICT;
CREATE INDEX resources_by_content ON resources (workspace, kind, content_hash) WHERE content_hash IS NOT NULL;

-- A job's folder bears its name, so names are unique over all workspaces.
CREATE TABLE jobs (
    id INTEGER PRIMARY KEY,
    workspace INTEGER NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    name TEXT NOT NULL COLLATE NOCASE UNIQUE,
    run_id TEXT NOT NULL COLLATE NOCASE UNIQUE,
    endpoint TEXT NOT NULL COLLATE NOCASE,
    deployment TEXT NOT NULL COLLATE NOCASE,
    display_name TEXT NOT NULL,
    experiment TEXT NOT NULL,
    status TEXT NOT NULL,
    request TEXT NOT NULL,
    plan TEXT NOT NULL,
    repeatability_id TEXT,
    progress TEXT,
    error TEXT,
    created_at TEXT NOT NULL,
    started_at TEXT,
    ended_at TEXT,
    UNIQUE (workspace, repeatability_id)
) STRICT;
CREATE INDEX jobs_by_endpoint ON jobs (workspace, endpoint, deployment);
