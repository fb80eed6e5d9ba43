// Write locks. Neo4j locks a node when a transaction first writes to it, until its end; writing back what a property has
// locks as well and changes nothing. (Taking off a property that no node of the database ever had does not lock.) The
// original's servers lock a hub so too, by setting `_lock` on it. A lock on a node does not keep others from adding or
// deleting relationships of it: they must lock the node themselves. Locks are taken in one order everywhere: managers,
// services, hubs, tasks, and within each in the order of keys, so that two transactions that want the same ones do not wait
// for each other; a deadlock with a transaction of the original's is tried again.
import type { Key } from '../state-store.ts';
import { statement, type Transaction } from './database.ts';

const LOCK = statement<{ readonly keys: readonly Key[] }>(
  `UNWIND $keys AS key
  MATCH (n:GufeTokenizable {_scoped_key: key})
  SET n._gufe_key = n._gufe_key`,
);

/** Locks the nodes under these keys, those that there are, until the transaction ends. What is read after it stays true. */
export async function lockNodes(tx: Transaction, keys: Iterable<Key>): Promise<void> {
  await tx.run(LOCK({ keys: [...new Set(keys)].sort() }));
}
