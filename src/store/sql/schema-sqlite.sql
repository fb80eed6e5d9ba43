-- What the migrations make. Written by `node tools/dump-schema.ts`; do not edit.

CREATE TABLE action (
  task INTEGER NOT NULL REFERENCES task,
  hub INTEGER NOT NULL REFERENCES network,
  weight REAL NOT NULL CHECK (weight BETWEEN 0 AND 1),
  claim_group INTEGER REFERENCES claim_group,
  draw_key REAL,
  PRIMARY KEY (task, hub),
  CHECK ((claim_group IS NULL) = (draw_key IS NULL))
) STRICT, WITHOUT ROWID;

CREATE INDEX action_draw ON action (claim_group, draw_key) WHERE claim_group IS NOT NULL;

CREATE TABLE claim_group (
  id INTEGER PRIMARY KEY,
  hub INTEGER NOT NULL REFERENCES network,
  priority INTEGER NOT NULL,
  protocol TEXT NOT NULL,
  clock REAL NOT NULL DEFAULT 0,
  n_claimable INTEGER NOT NULL DEFAULT 0 CHECK (n_claimable >= 0),
  UNIQUE (hub, priority, protocol)
) STRICT;

CREATE INDEX claim_group_work ON claim_group (hub, priority) WHERE n_claimable > 0;

CREATE TABLE dependency (
  parent INTEGER NOT NULL REFERENCES object,
  attribute TEXT NOT NULL,
  child INTEGER NOT NULL REFERENCES object,
  PRIMARY KEY (parent, attribute, child)
) STRICT, WITHOUT ROWID;

CREATE INDEX dependency_child ON dependency (child);

CREATE TABLE document (
  id INTEGER PRIMARY KEY,
  sha256 TEXT NOT NULL UNIQUE,
  bytes BLOB NOT NULL
) STRICT;

CREATE TABLE edge (
  network INTEGER NOT NULL REFERENCES network,
  transformation INTEGER NOT NULL REFERENCES transformation,
  PRIMARY KEY (network, transformation)
) STRICT, WITHOUT ROWID;

CREATE INDEX edge_transformation ON edge (transformation);

CREATE TABLE identity (
  id INTEGER PRIMARY KEY,
  type TEXT NOT NULL CHECK (type IN ('user', 'compute')),
  identifier TEXT NOT NULL,
  hashed_key TEXT NOT NULL,
  disabled INTEGER NOT NULL DEFAULT 0 CHECK (disabled IN (0, 1)),
  expires INTEGER, email TEXT, full_name TEXT,
  UNIQUE (type, identifier)
) STRICT;

CREATE TABLE identity_scope (
  id INTEGER PRIMARY KEY,
  identity INTEGER NOT NULL REFERENCES identity ON DELETE CASCADE,
  scope TEXT NOT NULL,
  UNIQUE (identity, scope)
) STRICT;

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

CREATE TABLE network (
  id INTEGER PRIMARY KEY REFERENCES object,
  scope INTEGER NOT NULL REFERENCES scope,
  token TEXT NOT NULL UNIQUE,
  state TEXT NOT NULL CHECK (state IN ('active', 'inactive', 'invalid', 'deleted')),
  weight REAL NOT NULL CHECK (weight BETWEEN 0 AND 1)
) STRICT;

CREATE INDEX network_scope ON network (scope);

CREATE TABLE object (
  id INTEGER PRIMARY KEY,
  scope INTEGER REFERENCES scope, -- null until the network it was submitted with is complete
  gufe_key TEXT NOT NULL,
  qualname TEXT NOT NULL,
  name TEXT,
  depth INTEGER NOT NULL, -- the longest path to an object without dependencies
  document INTEGER NOT NULL REFERENCES document,
  UNIQUE (scope, gufe_key)
) STRICT;

CREATE INDEX object_name ON object (scope, qualname, name) WHERE scope IS NOT NULL AND name IS NOT NULL;

CREATE TABLE restart (
  task INTEGER NOT NULL,
  hub INTEGER NOT NULL,
  pattern INTEGER NOT NULL REFERENCES restart_pattern ON DELETE CASCADE,
  retries INTEGER NOT NULL CHECK (retries >= 1),
  PRIMARY KEY (task, hub, pattern),
  FOREIGN KEY (task, hub) REFERENCES action ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE INDEX restart_of_pattern ON restart (pattern);

CREATE TABLE restart_pattern (
  id INTEGER PRIMARY KEY,
  hub INTEGER NOT NULL REFERENCES network,
  pattern TEXT NOT NULL CHECK (pattern <> ''),
  max_retries INTEGER NOT NULL CHECK (max_retries >= 1),
  UNIQUE (hub, pattern)
) STRICT;

CREATE TABLE result (
  id INTEGER PRIMARY KEY,
  task INTEGER NOT NULL REFERENCES task,
  token TEXT NOT NULL,
  obj_key TEXT NOT NULL,
  ok INTEGER NOT NULL CHECK (ok IN (0, 1)),
  location TEXT NOT NULL,
  created INTEGER NOT NULL,
  creator TEXT,
  UNIQUE (task, obj_key, ok),
  UNIQUE (token, task)
) STRICT;

CREATE TABLE schema_migration (
  version INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  sha256 TEXT NOT NULL
);

CREATE TABLE scope (
  id INTEGER PRIMARY KEY,
  org TEXT NOT NULL,
  campaign TEXT NOT NULL,
  project TEXT NOT NULL,
  UNIQUE (org, campaign, project)
) STRICT;

CREATE TABLE service (
  id INTEGER PRIMARY KEY,
  identifier TEXT NOT NULL UNIQUE,
  owner TEXT NOT NULL,
  registered INTEGER NOT NULL,
  heartbeat INTEGER NOT NULL
, manager TEXT) STRICT;

CREATE INDEX service_heartbeat ON service (heartbeat);

CREATE INDEX service_manager ON service (manager) WHERE manager IS NOT NULL;

CREATE TABLE service_failure (
  id INTEGER PRIMARY KEY,
  service INTEGER NOT NULL REFERENCES service ON DELETE CASCADE,
  time INTEGER NOT NULL
) STRICT;

CREATE INDEX service_failure_time ON service_failure (service, time);

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
  traceback TEXT, lease_holder TEXT, lease_until INTEGER CHECK ((lease_holder IS NULL) = (lease_until IS NULL)),
  CHECK ((exception_name IS NULL) = (exception_message IS NULL))
) STRICT;

CREATE TABLE strategy_run (
  id INTEGER PRIMARY KEY,
  network INTEGER NOT NULL REFERENCES network,
  strategy TEXT NOT NULL,
  mode TEXT NOT NULL CHECK (mode IN ('full', 'partial', 'disabled')),
  started INTEGER NOT NULL,
  ended INTEGER NOT NULL,
  iteration INTEGER NOT NULL,
  status_before TEXT NOT NULL CHECK (status_before IN ('awake', 'dormant', 'error')),
  status_after TEXT NOT NULL CHECK (status_after IN ('awake', 'dormant', 'error')),
  result_count INTEGER NOT NULL CHECK (result_count >= 0),
  created INTEGER NOT NULL CHECK (created >= 0),
  actioned INTEGER NOT NULL CHECK (actioned >= 0),
  cancelled INTEGER NOT NULL CHECK (cancelled >= 0),
  exception_name TEXT,
  exception_message TEXT,
  transformations BLOB NOT NULL,
  CHECK ((exception_name IS NULL) = (exception_message IS NULL))
) STRICT;

CREATE INDEX strategy_run_network ON strategy_run (network, id);

CREATE TABLE task (
  id INTEGER PRIMARY KEY,
  scope INTEGER NOT NULL REFERENCES scope,
  token TEXT NOT NULL,
  transformation INTEGER NOT NULL REFERENCES transformation,
  parent INTEGER REFERENCES task,
  status TEXT NOT NULL CHECK (status IN ('waiting', 'running', 'complete', 'error', 'invalid', 'deleted')),
  priority INTEGER NOT NULL CHECK (priority >= 1),
  created INTEGER NOT NULL,
  creator TEXT,
  claimed_by INTEGER REFERENCES service,
  claimed_at INTEGER,
  UNIQUE (scope, token),
  CHECK (claimed_by IS NULL OR status = 'running'),
  CHECK ((claimed_by IS NULL) = (claimed_at IS NULL))
) STRICT;

CREATE INDEX task_claimed_by ON task (claimed_by) WHERE claimed_by IS NOT NULL;

CREATE INDEX task_parent ON task (parent) WHERE parent IS NOT NULL;

CREATE INDEX task_transformation ON task (transformation);

CREATE TABLE traceback (
  result INTEGER NOT NULL REFERENCES result,
  position INTEGER NOT NULL,
  text TEXT NOT NULL,
  source_key TEXT NOT NULL,
  failure_key TEXT NOT NULL,
  PRIMARY KEY (result, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE transfer (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  source TEXT NOT NULL,
  started INTEGER NOT NULL
) STRICT;

CREATE TABLE transformation (
  id INTEGER PRIMARY KEY REFERENCES object,
  protocol TEXT NOT NULL,
  waiting INTEGER NOT NULL DEFAULT 0 CHECK (waiting >= 0),
  running INTEGER NOT NULL DEFAULT 0 CHECK (running >= 0),
  complete INTEGER NOT NULL DEFAULT 0 CHECK (complete >= 0),
  error INTEGER NOT NULL DEFAULT 0 CHECK (error >= 0),
  invalid INTEGER NOT NULL DEFAULT 0 CHECK (invalid >= 0),
  deleted INTEGER NOT NULL DEFAULT 0 CHECK (deleted >= 0)
) STRICT;
