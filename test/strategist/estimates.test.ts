// Strategies that look at estimates get whole results, gathered by the protocol, each fetched once; strategies that count get
// none. Large networks are asked on another thread.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { DiskCache } from '../../src/client/cache/disk.ts';
import { resultLocation } from '../../src/domain/result-location.ts';
import { ScopedKey } from '../../src/domain/scoped-key.ts';
import { explainHere } from '../../src/domain/strategy-proposal.ts';
import {
  ConnectivityStrategy,
  encodeKeyedChain,
  type NetworkProgress,
  RadialGrowthStrategy,
  type Settings,
  SettingsModel,
  Strategy,
  strategyClass,
  type WeightReason,
} from '../../src/gufe/index.ts';
import { GUFE_REGISTRY } from '../../src/gufe/keyed-chain.ts';
import type { StateGraph } from '../../src/gufe/strategy/state-graph.ts';
import { nodeZstd } from '../../src/lib/zstd.ts';
import { openObjectStore } from '../../src/objects/open.ts';
import { executeDag } from '../../src/protocols/execute.ts';
import { harmonicNetwork } from '../../src/protocols/harmonic/network.ts';
import { PROTOCOL_REGISTRY } from '../../src/protocols/registry.ts';
import { openStateStore } from '../../src/store/open.ts';
import { createProposer } from '../../src/strategist/proposer.ts';
import { runStrategy } from '../../src/strategist/run.ts';
import { at } from '../contract/state-store/world.ts';
import { row, runDeps, setStrategy } from './networks.ts';

const ROOT = mkdtempSync(join(tmpdir(), 'alchemiscale-estimates-'));
after(() => rmSync(ROOT, { recursive: true, force: true }));

const MODEL = new SettingsModel({ className: 'SureSettings', module: 'tests', fields: [] });

/** The less sure an estimate is, the more urgent. */
class SureStrategy extends Strategy {
  override readonly qualname: string = 'SureStrategy';
  override readonly module: string = 'tests';
  static seen: NetworkProgress = new Map();

  constructor(settings: Settings = MODEL.make()) {
    super(settings, MODEL);
  }

  override get usesEstimates(): boolean {
    return true;
  }

  protected override weigh(graph: StateGraph, progress: NetworkProgress): ReadonlyMap<string, WeightReason> {
    SureStrategy.seen = progress;
    return new Map(
      graph.edges.map(({ key }) => {
        const unsure = Number(progress.get(key)?.uncertainty?.magnitude ?? 1);
        return [key, { weight: unsure, reason: `not surer than ${unsure}` }];
      }),
    );
  }
}

const SURE = strategyClass('SureStrategy', 'tests', settings => new SureStrategy(settings));

test('a strategy that looks at estimates gets them, and results are fetched once', async () => {
  await using store = await openStateStore('sqlite::memory:');
  await store.initialize();
  await using objects = await openObjectStore('memory:');
  const scope = { org: 'org', campaign: 'campaign', project: 'project' };
  const wells = harmonicNetwork({ nRepeats: 2, nSamples: 50 });
  const chain = encodeKeyedChain(wells);
  const { network } = await store.networks.create({ scope, state: 'active', chain });
  const expected = new Map<string, number>();
  for (const edge of wells.edges.slice(0, 2)) {
    const transformation = `${edge.key}-org-campaign-project`;
    const dag = edge.createDag();
    const result = await executeDag(dag, { sharedBase: ROOT, scratchBase: ROOT, inProcess: true });
    const location = resultLocation(ScopedKey.parse(transformation), result.key, true);
    const upload = await objects.createUpload();
    await upload.write(nodeZstd()?.compress(encodeKeyedChain(result)) ?? new Uint8Array());
    await upload.commit(location);
    const [task = ''] = await store.tasks.create({
      items: [{ transformation, extends: null }],
      creator: null,
      now: at(0),
    });
    const restarts = { tried: [], matched: [] };
    const push = {
      task,
      objKey: result.key,
      ok: true,
      location,
      service: null,
      failures: [],
      restarts,
      now: at(1),
    };
    await store.results.push(push);
    expected.set(edge.key, Number(edge.gather([result]).uncertainty?.magnitude));
  }
  let fetched = 0;
  const deps = (hours: number) =>
    runDeps(store, {
      objects: {
        get: location => {
          fetched++;
          return objects.get(location);
        },
      },
      strategies: GUFE_REGISTRY.with(SURE),
      loadProtocols: async () => PROTOCOL_REGISTRY,
      cache: new DiskCache({ directory: join(ROOT, 'cache'), sizeLimitBytes: 10_000_000 }),
      clock: () => new Date(Date.UTC(2026, 0, 1, hours)),
    });
  const never = new AbortController().signal;

  await setStrategy(store, network);
  assert.equal((await runStrategy(deps(0), network, never)).outcome, 'awake');
  assert.equal(fetched, 0, 'who counts needs no results');

  await setStrategy(store, network, {}, encodeKeyedChain(new SureStrategy()));
  for (const hours of [1, 2]) {
    SureStrategy.seen = new Map();
    const { outcome, run, error } = await runStrategy(deps(hours), network, never);
    assert.equal(outcome, 'awake', String(error));
    for (const [key, uncertainty] of expected) {
      const progress = SureStrategy.seen.get(key);
      assert.deepEqual([progress?.count, Number(progress?.uncertainty?.magnitude)], [1, uncertainty]);
      const decided = run?.transformations.find(({ transformation }) => transformation === key);
      assert.deepEqual(
        [decided?.weight, decided?.reason.split(';')[0]],
        [uncertainty, `not surer than ${uncertainty}`],
      );
    }
    assert.equal([...SureStrategy.seen.values()].filter(progress => progress === null).length, 3);
    assert.equal(fetched, 2, 'the second time from the cache');
  }

  const aborting = new AbortController();
  const reads: string[] = [];
  const slow = {
    ...deps(3),
    cache: null,
    objects: {
      get: async (location: string) => {
        reads.push(location);
        if (reads.length === 1) aborting.abort(new Error('at once'));
        return objects.get(location);
      },
    },
  };
  await assert.rejects(runStrategy(slow, network, aborting.signal), /at once/);
  assert.equal(reads.length, 1, 'no more is read');
  assert.equal((await store.strategies.getState({ network }))?.status, 'awake');

  const gone = { ...deps(3), cache: null, objects: { get: async () => null } };
  assert.equal((await runStrategy(gone, network, never)).outcome, 'error');
  assert.match(
    (await store.strategies.getState({ network }))?.exception?.[1] ?? '',
    /not in the object store/,
  );
});

test('another thread gives the same weights and reasons', async () => {
  const edges = row(40).map(([a, b]) => ({ key: `Transformation-${a}`, stateA: `S-${a}`, stateB: `S-${b}` }));
  const progress = new Map(
    edges.map(({ key }, place) => [key, place % 3 === 0 ? null : { count: place % 3 }]),
  );
  for (const strategy of [new ConnectivityStrategy(), new RadialGrowthStrategy()]) {
    const job = { strategy, edges, progress };
    const here = explainHere(job);
    assert.deepEqual(await createProposer(1)(job), here);
    assert.deepEqual(await createProposer()(job), here);
    const propose = createProposer(1);
    const many = await Promise.all(Array.from({ length: 6 }, () => propose(job)));
    for (const each of many) assert.deepEqual(each, here, 'more than there are threads: each in its turn');
    assert.equal(here.length, 40);
  }
});
