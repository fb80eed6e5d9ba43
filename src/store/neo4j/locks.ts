// Write locks. Neo4j locks a node when a transaction first writes to it, until its end. The original's servers lock a hub by
// setting `_lock` on it and take it off before they commit; removing `_lock` where there is none locks just as well, conflicts
// with theirs, and leaves nothing behind. Locks are taken in the order of keys, so that two transactions that want the same
// ones do not wait for each other; a deadlock with a transaction of the original's is tried again.
import type { Key } from '../state-store.ts';
import { statement, type Transaction } from './database.ts';

const LOCK = statement<{ readonly keys: readonly Key[] }>(
  `UNWIND $keys AS key
  MATCH (n:GufeTokenizable {_scoped_key: key})
  REMOVE n._lock`,
);

/** Locks the nodes under these keys, those that there are, until the transaction ends. What is read after it stays true. */
export async function lockNodes(tx: Transaction, keys: Iterable<Key>): Promise<void> {
  await tx.run(LOCK({ keys: [...new Set(keys)].sort() }));
}
