-- Moving house: while a store is being filled from another one it must not be served. And what identities of the original's
-- graphs carry besides, so that nothing is lost on the way.

CREATE TABLE transfer (
  id BIGINT PRIMARY KEY CHECK (id = 1),
  source TEXT COLLATE "C" NOT NULL,
  started BIGINT NOT NULL
);

ALTER TABLE identity ADD COLUMN email TEXT COLLATE "C";
ALTER TABLE identity ADD COLUMN full_name TEXT COLLATE "C";
