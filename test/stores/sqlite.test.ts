// The contract of a state store on SQLite, as it is used: a file, two threads.

import { openStateStore } from '../../src/store/open.ts';
import { stateStoreContract } from '../contract/state-store/index.ts';

stateStoreContract('SQLite', async () => {
  const store = await openStateStore('sqlite::memory:', { seed: 1 });
  await store.initialize();
  return store;
});
