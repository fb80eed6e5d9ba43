// A process of its own on a store that others share: makes the schema, says so, and when told claims until nothing is left.
import { openStateStore } from '../../src/store/open.ts';
import type { Key } from '../../src/store/state-store.ts';
import { at, EVERYWHERE } from '../contract/state-store/world.ts';

const [, , url = ''] = process.argv;
const store = await openStateStore(url);
await store.initialize();
const service = `service-${process.pid.toString(16).padStart(32, '0')}`;
await store.compute.register({ service, owner: 'grace', manager: null, now: at(0) });

process.once('message', async () => {
  const claimed: Key[] = [];
  for (;;) {
    const params = {
      scopes: EVERYWHERE,
      exclude: [],
      count: 2,
      protocols: null,
      maxFailures: 3,
      failuresSince: at(0),
    };
    const answer = await store.hubs.claim({ ...params, service, now: at(1) });
    if (answer.denied || answer.tasks.length === 0) break;
    claimed.push(...answer.tasks);
  }
  await store[Symbol.asyncDispose]();
  process.send?.(claimed, () => process.disconnect());
});
process.send?.('ready');
