-- Compute managers, restart patterns, strategies, and finding objects by name.

CREATE INDEX object_name ON object (scope, qualname, name) WHERE scope IS NOT NULL AND name IS NOT NULL;

CREATE TABLE manager (
  name TEXT PRIMARY KEY,
  uuid TEXT NOT NULL,
  owner TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('OK', 'ERROR')),
  detail TEXT,
  saturation REAL CHECK (saturation BETWEEN 0 AND 1),
  registered INTEGER NOT NULL,
  updated INTEGER NOT NULL,
  CHECK ((status = 'ERROR') = (detail IS NOT NULL)),
  CHECK ((status = 'OK') = (saturation IS NOT NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX manager_updated ON manager (status, updated);

-- By name, and no reference: services outlive their manager, and belong to the next one of that name.
ALTER TABLE service ADD COLUMN manager TEXT;
CREATE INDEX service_manager ON service (manager) WHERE manager IS NOT NULL;

-- Every pattern of a hub is attached to every task on it; that needs no rows.
CREATE TABLE restart_pattern (
  id INTEGER PRIMARY KEY,
  hub INTEGER NOT NULL REFERENCES network,
  pattern TEXT NOT NULL CHECK (pattern <> ''),
  max_retries INTEGER NOT NULL CHECK (max_retries >= 1),
  UNIQUE (hub, pattern)
) STRICT;

-- How many restarts a pattern has given a task; none while there is no row. Gone with the pattern, and when the task leaves the hub.
CREATE TABLE restart (
  task INTEGER NOT NULL,
  hub INTEGER NOT NULL,
  pattern INTEGER NOT NULL REFERENCES restart_pattern ON DELETE CASCADE,
  retries INTEGER NOT NULL CHECK (retries >= 1),
  PRIMARY KEY (task, hub, pattern),
  FOREIGN KEY (task, hub) REFERENCES action ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX restart_of_pattern ON restart (pattern);

CREATE TABLE strategy (
  network INTEGER PRIMARY KEY REFERENCES network,
  object INTEGER NOT NULL REFERENCES object,
  mode TEXT NOT NULL CHECK (mode IN ('full', 'partial', 'disabled')),
  status TEXT NOT NULL CHECK (status IN ('awake', 'dormant', 'error')),
  iterations INTEGER NOT NULL,
  sleep_interval INTEGER NOT NULL, -- seconds
  last_iteration INTEGER,
  last_iteration_result_count INTEGER NOT NULL,
  max_tasks_per_transformation INTEGER NOT NULL,
  task_scaling TEXT NOT NULL CHECK (task_scaling IN ('linear', 'exponential')),
  exception_name TEXT,
  exception_message TEXT,
  traceback TEXT,
  CHECK ((exception_name IS NULL) = (exception_message IS NULL))
) STRICT;
