-- Moving house: while a store is being filled from another one it must not be served. And what identities of the original's
-- graphs carry besides, so that nothing is lost on the way.

CREATE TABLE transfer (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  source TEXT NOT NULL,
  started INTEGER NOT NULL
) STRICT;

ALTER TABLE identity ADD COLUMN email TEXT;
ALTER TABLE identity ADD COLUMN full_name TEXT;
