// What the state store holds, read through its own interface.
import type { Key, ResultRef, StateStore } from '../../src/store/state-store.ts';
import type { Remains, TaskRemains } from './history.ts';

const EVERYWHERE = [{ org: null, campaign: null, project: null }];

export async function readRemains(store: StateStore): Promise<Remains> {
  const networks = (await store.networks.list({ scopes: EVERYWHERE })).map(({ network }) => network);
  const weights = await store.hubs.getWeights({ networks });
  const actioned = await store.hubs.listActioned({ networks });
  const hubsOf = new Map<Key, Key[]>();
  for (const [place, network] of networks.entries()) {
    for (const { task } of actioned[place] ?? []) hubsOf.set(task, [...(hubsOf.get(task) ?? []), network]);
  }
  const results = Map.groupBy(await allResults(store), ({ task }) => task);
  const keys = await store.tasks.query({ scopes: EVERYWHERE, status: null });
  const statuses = await store.tasks.getStatuses({ tasks: keys });
  const priorities = await store.tasks.getPriorities({ tasks: keys });
  const links = new Map<Key, { readonly transformation: Key; readonly extends: Key | null }>();
  for (const kind of await store.networks.query({ scopes: EVERYWHERE, kind: 'transformation', name: null })) {
    const asked = { transformation: kind, extends: null, status: null };
    for (const link of await store.tasks.listForTransformation(asked)) {
      links.set(link.task, { transformation: kind, extends: link.extends });
    }
  }
  const tasks = new Map<Key, TaskRemains>();
  for (const [place, key] of keys.entries()) {
    const [status, link] = [statuses[place], links.get(key)];
    if (status === null || status === undefined || link === undefined) continue;
    const priority = Number(priorities[place]);
    tasks.set(key, {
      ...link,
      status,
      priority,
      hubs: hubsOf.get(key) ?? [],
      results: results.get(key) ?? [],
    });
  }
  return { networks: new Map(networks.map((network, place) => [network, weights[place] ?? null])), tasks };
}

async function allResults(store: StateStore): Promise<readonly ResultRef[]> {
  const found: ResultRef[] = [];
  for (let after: string | null = null; ; ) {
    const page = await store.audit.listResults({ after, limit: 500 });
    found.push(...page.items);
    after = page.next;
    if (after === null) return found;
  }
}
