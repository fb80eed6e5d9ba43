import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Database } from './database.ts';
import { openSqliteDatabase } from './dialects/sqlite.ts';
import { createSqlStateStore } from './index.ts';
import { createNetwork } from './network-create.ts';

const SCOPE = { org: 'o', campaign: 'c', project: 'p' };
const CHAIN =
  '[["C-1", {"__qualname__": "C", "__module__": "m"}], ["AlchemicalNetwork-1", {"nodes": [{":gufe-key:": "C-1"}], "edges": [], "__qualname__": "AlchemicalNetwork", "__module__": "m"}]]';
const params = (state: 'active' | 'inactive') => ({
  scope: SCOPE,
  state,
  chain: new TextEncoder().encode(CHAIN),
});
const nobody = (): void => {};

/** A database in which something happens before the `n`-th time it is asked to do `what`. */
function interrupted(
  database: Database,
  what: 'read' | 'write',
  n: number,
  happen: () => Promise<unknown>,
): Database {
  let left = n;
  return {
    ...database,
    async [what](work: Parameters<Database['read']>[0]) {
      if (--left === 0) await happen();
      return database[what](work);
    },
  };
}

// Writes: whether it is there, texts and objects, references, and the last one. Reads: what the scope has.
for (const [what, n] of [
  ['read', 1],
  ['write', 2],
  ['write', 3],
  ['write', 4],
] as const) {
  test(`the same network from somebody else, before ${what} ${n}, is found`, async () => {
    const database = openSqliteDatabase({
      path: ':memory:',
      readOnly: false,
      busyMs: 0,
      random: Math.random,
    });
    await using store = createSqlStateStore(database);
    await store.initialize();
    let happened = false;
    const ours = interrupted(database, what, n, async () => {
      happened = true;
      assert.equal((await createNetwork(database, params('active'), nobody)).created, true);
    });
    const network = 'AlchemicalNetwork-1-o-c-p';
    assert.deepEqual(await createNetwork(ours, params('inactive'), nobody), { network, created: false });
    assert.ok(happened);
    assert.deepEqual(await store.networks.getStates({ networks: [network] }), ['inactive']);
    assert.deepEqual(await store.check(), []);
  });
}
