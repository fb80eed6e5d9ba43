// Something of everything that a store can hold, so that what it writes can be looked at: networks with mappings, tasks in
// several statuses, weights, claims, results, failures, restarts, strategies, services, managers, identities.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DEFAULT_STRATEGY_STATE, type StrategyState } from '../../src/domain/strategy.ts';
import type { Key, StateStore } from '../../src/store/state-store.ts';
import { fixtures } from '../support/golden.ts';

const SCOPE = { org: 'org', campaign: 'campaign', project: 'project' };
const NOW = new Date('2026-11-23T01:02:03.456Z');

const STRATEGY =
  '[["ConnectivityStrategy-ec471a54bb5e2932da7c0fb13fa69699", {"settings": {"__class__": "ConnectivityStrategySettings", "__module__": "stratocaster.strategies.connectivity", ":is_custom:": true, "max_runs": 3, "cutoff": null, "decay_rate": 0.5}, "__qualname__": "ConnectivityStrategy", "__module__": "stratocaster.strategies.connectivity", ":version:": 1}]]';

const FAILED: StrategyState = {
  ...DEFAULT_STRATEGY_STATE,
  status: 'error',
  lastIteration: NOW,
  exception: ['ValueError', 'no weights'],
  traceback: 'Traceback …',
};

/** Writes to an empty, initialized store. */
export async function writeSomethingOfEverything(store: StateStore): Promise<void> {
  const [network] = await Promise.all(
    ['mapped', 'nontransformations', 'one'].map(name => submit(store, name)),
  );
  assert.ok(network !== undefined);
  await writeIdentities(store);
  await writeStrategy(store, network);
  const service = await writeServices(store);
  await writeTasks(store, network, service);
}

async function submit(store: StateStore, name: string): Promise<Key> {
  const chain = new Uint8Array(readFileSync(join(fixtures('gufe'), 'chains', `${name}.json`)));
  return (await store.networks.create({ scope: SCOPE, state: 'active', chain })).network;
}

async function writeIdentities({ identities }: StateStore): Promise<void> {
  for (const type of ['user', 'compute'] as const) {
    const name = { type, identifier: `${type} one` };
    await identities.put({ ...name, hashedKey: '$2b$12$x' });
    await identities.addScopes({ ...name, scopes: [SCOPE] });
  }
  await identities.put({ type: 'user', identifier: 'without scopes', hashedKey: '$2b$12$x' });
}

async function writeStrategy({ strategies }: StateStore, network: Key): Promise<void> {
  await strategies.set({ network, chain: new TextEncoder().encode(STRATEGY), state: FAILED });
}

/** A service under a manager; its id. */
async function writeServices({ compute, managers }: StateStore): Promise<string> {
  const [fine, failed] = [
    { name: 'fine', uuid: '1'.repeat(32) },
    { name: 'failed', uuid: '2'.repeat(32) },
  ];
  for (const manager of [fine, failed])
    await managers.register({ manager, owner: 'ada', steal: false, now: NOW });
  const update = { manager: failed, owner: 'ada', detail: 'no queue', saturation: null, now: NOW };
  await managers.updateStatus({ ...update, status: 'ERROR' });
  const service = `service-${'3'.repeat(32)}`;
  await compute.register({ service, owner: 'ada', manager: fine, now: NOW });
  return service;
}

async function writeTasks(store: StateStore, network: Key, service: string): Promise<void> {
  const { hubs, networks, restarts, results, tasks } = store;
  const [transformation = ''] = await networks.listTransformations({ network });
  const create = (extended: readonly (Key | null)[]): Promise<readonly Key[]> => {
    const items = extended.map(parent => ({ transformation, extends: parent }));
    return tasks.create({ items, creator: 'ada', now: NOW });
  };
  const created = await create([null, null, null]);
  const children = await create([created[0] ?? '']);
  await tasks.setPriorities({ tasks: children, priority: 2n ** 63n - 1n });
  await hubs.action({ network, tasks: [...created, ...children], weights: null });
  await restarts.add({ network, patterns: ['no space', 'é.*'], maxRetries: 2 });
  const [hub] = (await hubs.list({ scopes: [SCOPE] })).filter(one => one.network === network);
  const claim = { hub: hub?.hub ?? '', service, count: 3, protocols: null, now: NOW };
  const [complete = '', failed = ''] = await hubs.claimFromHub(claim);
  const push = (task: Key, ok: boolean): Promise<unknown> => {
    const objKey = `ProtocolDAGResult-${ok ? 1 : 2}`;
    const failures = ok ? [] : [{ traceback: 'no space', sourceKey: 'Unit-1', failureKey: 'Failure-1' }];
    const restarted = { tried: ['no space', 'é.*'], matched: ['no space'] };
    const rest = { service, failures, restarts: restarted, now: NOW };
    return results.push({ task, objKey, ok, location: `at/${objKey}`, ...rest });
  };
  await push(complete, true);
  await push(failed, false);
}
