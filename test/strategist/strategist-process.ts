// A strategist in a process of its own, for kill.test.ts. Its time passes a thousand times as fast as ours, the same in every
// process, so that strategies are due again and again and leases run out in the middle of runs.
import { setTimeout as wait } from 'node:timers/promises';
import { openStateStore } from '../../src/store/open.ts';
import { Strategist } from '../../src/strategist/service.ts';
import { EVERYWHERE } from '../contract/state-store/world.ts';
import { runDeps } from './networks.ts';

const [url = '', begun = '0'] = process.argv.slice(2);
const store = await openStateStore(url);
const clock = (): Date => new Date(Number(begun) + (Date.now() - Number(begun)) * 1000);
const strategist = new Strategist({
  ...runDeps(store, { clock }),
  sleepIntervalSeconds: 1,
  maxWorkers: 2,
  scopes: EVERYWHERE,
  sleep: () => wait(5),
  log: { debug: () => {}, info: () => {}, error: () => {} } as never,
});
process.once('disconnect', () => process.exit());
process.once('message', () => void strategist.start());
process.send?.('ready');
