// The strategist on SQLite, as it is used: a file, two threads.
import { openStateStore } from '../../src/store/open.ts';
import { strategistSuite } from './suite.ts';

strategistSuite('SQLite', async () => {
  const store = await openStateStore('sqlite::memory:', { seed: 1 });
  await store.initialize();
  return store;
});
