// What the original's clients and servers said to each other, said again to us.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { openStateStore } from '../../src/store/open.ts';
import { replay } from './replay.ts';
import { exchangesFolder, readRecordings } from './scenario.ts';
import { openServices } from './service.ts';

/** Scenarios of which every route is served. */
const SCENARIOS = ['results_full'];

const folder = exchangesFolder();
const skip = folder === null ? 'no recordings (made by a Python with gufe): set ALCHEMISCALE_GOLDEN' : false;

describe('recorded exchanges', { skip }, () => {
  const recordings = folder === null ? null : readRecordings(folder);
  for (const head of recordings?.scenarios.filter(({ scenario }) => SCENARIOS.includes(scenario)) ?? []) {
    test(`${head.scenario}: ${head.description}`, async () => {
      assert.ok(folder !== null && recordings !== null);
      await using store = await openStateStore('sqlite::memory:');
      await using services = await openServices(store, recordings, head);
      const mismatches = await replay(folder, head, services);
      assert.deepEqual(
        mismatches.map(({ exchange, what, status }) => `#${exchange.n} ${exchange.path}: ${what}, ${status}`),
        [],
      );
    });
  }
});
