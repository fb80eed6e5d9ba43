-- Strategies at work: who runs one just now, and what its runs came to.

-- A run holds its strategy by a name of its own until some time. Whatever else writes to the strategy ends that.
ALTER TABLE strategy ADD COLUMN lease_holder TEXT;
ALTER TABLE strategy ADD COLUMN lease_until INTEGER CHECK ((lease_holder IS NULL) = (lease_until IS NULL));

-- The newest runs of each network. `transformations` is what was decided for each: text of domain/strategy-run.ts, compressed.
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
