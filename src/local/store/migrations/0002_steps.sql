-- Runs inside jobs of pipelines: their steps, and pipelines that are steps. What they are is in the plan of the job.
CREATE TABLE steps (
    run_id TEXT NOT NULL COLLATE NOCASE PRIMARY KEY,
    job INTEGER NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    status TEXT NOT NULL,
    progress TEXT,
    error TEXT,
    started_at TEXT,
    ended_at TEXT
) STRICT;
CREATE INDEX steps_by_job ON steps (job);
