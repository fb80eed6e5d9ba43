// Claims: which service gets which task. domain/claim.ts has the law; here it is an index lookup.
//
// A claim first reads (work.ts): is the service registered and not denied, and which hubs have work for it? An idle service, which
// asks every half minute for ever, ends here and never waits for a writer. Where reading is a way to the server, a list that another
// claim has read a moment ago will do (recent.ts). When there is work, hubs are drawn in proportion to
// their weight, each at most once, and asked for tasks (take.ts), each in a transaction of its own: no hub waits for
// another. About ten statements of 2 to 10 µs, whatever the length of the queue; the commit costs more than all of them
// (0.2 ms with its flush to disk).
import { drawIndex } from '../../domain/claim.ts';
import type { ClaimFromHub, ClaimTasks, HubStore, Key } from '../state-store.ts';
import { type Database, type FailureLimit, statement, type Wish } from './database.ts';
import { splitKey } from './keys.ts';
import { Recent } from './recent.ts';
import { findHubs, findWork, type HubsWithWork, questionOf } from './work.ts';

const FORGET_FAILURES = statement<[sinceMs: number, service: string]>(
  'DELETE FROM service_failure WHERE time <= ? AND service = (SELECT id FROM service WHERE identifier = ?)',
);

const NO_HUBS: HubsWithWork = { ids: [], weights: [] };

/** The claims of a SQL store; see HubStore. */
export function createClaims(database: Database): Pick<HubStore, 'claim' | 'claimFromHub'> {
  const askForWork = database.askTogether(findWork);
  const askForHub = database.askTogether(findHubs);
  const lists = new Recent<HubsWithWork>(database);
  // Which row a hub is does not change; that there was work is looked at again.
  const ids = new Recent<number>(database, 40);

  /** The hubs that have work now, for a service that may claim; null for another. */
  const listHubs = async (params: ClaimTasks, question: string): Promise<HubsWithWork | null> => {
    let isDenied = false;
    const hubs = await lists.ask(question, async () => {
      const work = await askForWork(params);
      isDenied = work.standing === null || work.standing.failures > params.maxFailures;
      if (isDenied || work.hubs.ids.length === 0) return null;
      if ((work.standing?.forgotten ?? 0) > 0) await forgetFailures(database, params);
      return work.hubs;
    });
    return isDenied ? null : (hubs ?? NO_HUBS);
  };

  return {
    async claim(params) {
      // A task that its user takes back meanwhile may come a second time, from another hub.
      const tasks = new Set<Key>();
      const question = questionOf(params);
      // Who asks for none asks whether it may claim.
      const recent = params.count === 0 ? null : lists.get(question);
      if (recent !== null) {
        const isGone = await takeByWeight(database, params, recent, tasks, true);
        if (tasks.size === params.count || (isGone && tasks.size > 0))
          return { denied: false, tasks: [...tasks] };
        // That a service may not claim is said only after it has been looked up.
        if (!isGone) lists.forget(question);
      }
      // What has been taken is held, whatever becomes of the rest.
      const hubs = await listHubs(params, question).catch((error: unknown) => {
        if (tasks.size === 0) throw error;
        return NO_HUBS;
      });
      const isGone = hubs === null || (await takeByWeight(database, params, hubs, tasks, false));
      return isGone && tasks.size === 0 ? { denied: true } : { denied: false, tasks: [...tasks] };
    },
    async claimFromHub(params) {
      const parts = splitKey(params.hub);
      if (parts?.qualname !== 'TaskHub') return [];
      const question = JSON.stringify([params.hub, params.protocols]);
      const recent = ids.get(question);
      const found = recent === null ? [] : await takeFrom(database, params, recent);
      if (found.length > 0) return found;
      // Who asks an empty hub again and again only looks.
      ids.forget(question);
      const hub = await ids.ask(question, () => askForHub({ ...params, parts }));
      return hub === null ? [] : takeFrom(database, params, hub);
    },
  };
}

async function forgetFailures(database: Database, { service, failuresSince }: ClaimTasks): Promise<void> {
  await database.write(connection => connection.run(FORGET_FAILURES(failuresSince.getTime(), service)));
}

/**
 * Draws hubs and takes from them until there is enough; true when the service may not claim. Of a list that may be stale, the first
 * hub that gives too little is the last: to ask for another list costs less than to try each hub of this one.
 */
async function takeByWeight(
  database: Database,
  params: ClaimTasks,
  hubs: HubsWithWork,
  tasks: Set<Key>,
  mayBeStale: boolean,
): Promise<boolean> {
  let { weights } = hubs;
  const limit = { most: params.maxFailures, sinceMs: params.failuresSince.getTime() };
  while (tasks.size < params.count) {
    const drawn = drawIndex(weights, database.random());
    if (drawn === null) break;
    const wish = wishOf(params, hubs.ids[drawn] as number, params.count - tasks.size, limit);
    // What has been taken is held, whatever becomes of the rest.
    const taken = await database.take(wish).catch((error: unknown) => {
      if (tasks.size === 0) throw error;
      return null;
    });
    if (taken === 'gone') return true;
    if (taken === null) break;
    for (const task of taken) tasks.add(task);
    if (tasks.size >= params.count || mayBeStale) break;
    // Each hub once.
    weights = weights.with(drawn, 0);
  }
  return false;
}

async function takeFrom(database: Database, params: ClaimFromHub, hub: number): Promise<readonly Key[]> {
  const taken = await database.take(wishOf(params, hub, params.count, null));
  return taken === 'gone' ? [] : taken;
}

function wishOf(
  params: ClaimTasks | ClaimFromHub,
  hub: number,
  count: number,
  limit: FailureLimit | null,
): Wish {
  const { service, owner = null, protocols, now } = params;
  return { hub, service, owner, count, protocols, limit, nowMs: now.getTime() };
}
