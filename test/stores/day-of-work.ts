// A day of a server, for tests that look at every statement of it.
import { DEFAULT_STRATEGY_STATE } from '../../src/domain/strategy.ts';
import type { Key, StateStore } from '../../src/store/state-store.ts';
import type { Stored } from '../contract/state-store/samples.ts';
import { at, World } from '../contract/state-store/world.ts';

/** Tables that grow with the work that is done. */
export const GROWING = [
  'action',
  'task',
  'object',
  'document',
  'dependency',
  'edge',
  'transformation',
  'result',
  'traceback',
  'restart',
  'strategy_run',
];

/** Does everything that a server does all day, once. */
export async function dayOfWork(store: StateStore): Promise<void> {
  const world = new World(store);
  const network = await world.network(['A', 'B']);
  const { scope, hub } = network;
  const tasks = await world.actioned(network, 8, 0.5);
  const [child = ''] = await world.tasks(network.transformations[0] ?? '', 1, tasks[0] ?? '');
  await store.hubs.action({ network: network.network, tasks: [child], weights: null });
  const manager = { name: 'manager', uuid: '0'.repeat(32) };
  await store.managers.register({ manager, owner: 'grace', steal: true, now: at(0) });
  const service = await world.service(at(0), manager);
  await store.compute.heartbeat({ service, owner: 'grace', now: at(1) });
  await store.compute.expire({ before: at(-1) });
  const claimed = await world.claim(scope, service, { count: 3, protocols: ['A'] });
  await store.hubs.claimFromHub({ hub, service, count: 2, protocols: null, now: at(1) });
  const first = await world.push(claimed[0] ?? '', true, service);
  await world.push(claimed[1] ?? '', false, service);
  await world.push(tasks.find(task => !claimed.includes(task)) ?? '', true, null);
  await store.results.get({ ref: first?.ref ?? '' });
  await store.results.list({ of: { task: claimed[0] ?? '' }, ok: true });
  await store.tasks.getWork({ task: child });
  await store.tasks.getStatuses({ tasks });
  await store.tasks.setPriorities({ tasks, priority: 3n });
  await store.tasks.getPriorities({ tasks });
  await store.tasks.setStatuses({ tasks: tasks.slice(5), status: 'deleted' });
  await store.tasks.setStatuses({ tasks, status: 'waiting' });
  await store.tasks.listForTransformation({
    transformation: network.transformations[0] ?? '',
    extends: tasks[0] ?? '',
    status: null,
  });
  await store.tasks.countForTransformation({ transformation: network.transformations[0] ?? '' });
  await store.tasks.query({ scopes: [scope], status: null });
  await store.hubs.cancel({ network: network.network, tasks: tasks.slice(0, 1) });
  await store.networks.getChain({ key: network.network });
  await store.networks.countStatuses({ networks: [network.network] });
  await store.networks.listTransformations({ network: network.network });
  await store.networks.exists({ key: first?.ref ?? '' });
  await store.identities.get({ type: 'user', identifier: 'ada' });
  await dayOfRestarts(world, network);
  await dayOfLooking(store, network, child);
  const survey = { manager, scopes: [scope], maxFailures: 3, failuresSince: at(0) };
  await store.managers.survey({ ...survey, protocols: null });
  await store.managers.survey({ ...survey, protocols: ['A'] });
  const report = { manager, owner: 'grace', status: 'OK', detail: null, saturation: 1, now: at(1) } as const;
  await store.managers.updateStatus(report);
  await store.managers.expire({ okBefore: at(9), errorBefore: at(9) });
  await store.compute.deregister({ service, owner: 'grace' });
}

async function dayOfRestarts(world: World, { network, transformations }: Stored): Promise<void> {
  const { restarts, hubs, tasks } = world.store;
  const [task = '', late = ''] = await world.tasks(transformations[0] ?? '', 2);
  await hubs.action({ network, tasks: [task, late], weights: null });
  await world.push(late, false, await world.claimOnly(late));
  await restarts.add({ network, patterns: ['a', 'b'], maxRetries: 2 });
  await restarts.setMaxRetries({ network, patterns: ['a'], maxRetries: 3 });
  for (const matched of [['a'], []]) {
    const tried = await restarts.listForTask({ task });
    await world.push(task, false, await world.claimOnly(task), at(2), { tried, matched });
  }
  const errors = await restarts.listErrors({ network });
  await restarts.resolve({
    judgements: errors.map(error => ({ task: error.task, tried: ['a', 'b'], matched: ['b'] })),
  });
  await restarts.list({ networks: [network] });
  await restarts.remove({ network, patterns: ['b'] });
  await restarts.clear({ network });
  await tasks.setStatuses({ tasks: [late], status: 'invalid' });
}

async function dayOfLooking(store: StateStore, { network, scope }: Stored, task: Key): Promise<void> {
  const { networks } = store;
  await networks.list({ scopes: [scope] });
  await networks.setStates({ networks: [network], states: ['inactive'] });
  await networks.getStates({ networks: [network] });
  await networks.countScopeStatuses({ scopes: [scope], states: ['inactive'] });
  const [transformation = ''] = await networks.query({ scopes: [scope], kind: 'transformation', name: null });
  await networks.query({ scopes: [scope], kind: 'transformation', name: 'edge 0' });
  const [chemicalSystem = ''] = await networks.listChemicalSystems({ of: { network } });
  await networks.listChemicalSystems({ of: { transformation } });
  await networks.listTransformationsOf({ chemicalSystem });
  for (const end of [{ transformation }, { chemicalSystem }, { task }]) {
    await networks.listNetworks({ of: end });
  }
  await store.hubs.listActionedNetworks({ task });
  const chain = new TextEncoder().encode('[["S-1", {"__qualname__": "S", "__module__": "m"}]]');
  await store.strategies.set({ network, chain, state: DEFAULT_STRATEGY_STATE });
  await store.strategies.getState({ network });
  await store.strategies.getChain({ network });
  await store.strategies.wake({ network });
  await dayOfStrategies(store, { network, scope, transformations: [transformation] });
  await store.strategies.remove({ network });
}

async function dayOfStrategies(
  { strategies }: StateStore,
  { network, scope, transformations }: Omit<Stored, 'hub'>,
): Promise<void> {
  const held = { network, holder: 'one' };
  await strategies.listDue({ scopes: [scope], now: at(3), minimumSleepSeconds: 1 });
  await strategies.begin({ ...held, now: at(3), until: at(9), minimumSleepSeconds: 1, keep: 9 });
  await strategies.renew({ ...held, until: at(10) });
  await strategies.survey({ network });
  await strategies.countResults({ network });
  const targets = transformations.map(transformation => ({ transformation, target: 3 }));
  await strategies.applyTargets({ ...held, targets, now: at(4) });
  await strategies.clearHub({ ...held, count: 100 });
  const outcome = { lastIteration: at(5), resultCount: 0, exception: null, traceback: null };
  const run = {
    strategy: 'S-1',
    mode: 'partial',
    started: at(3),
    ended: at(5),
    iteration: 1,
    statusBefore: 'awake',
    statusAfter: 'awake',
    resultCount: 0,
    created: 3,
    actioned: 3,
    cancelled: 0,
    exception: null,
    transformations: [],
  } as const;
  await strategies.finish({ ...held, outcome: { ...outcome, status: 'awake' }, run, keep: 1 });
  await strategies.listRuns({ network, before: null, limit: 1 });
  await strategies.release(held);
}
