// Claims of one process on PostgreSQL. What a claim costs is going to and fro and the commit; so those that wait at the same moment
// share a transaction, whatever their hubs, in which plain ones are served, waiting for nobody (postgres-take.ts).
// Those whose hub somebody else holds, and those that are not plain, go on to transactions of their hub alone, which wait. So hubs
// do not wait for each other, and at most one connection of a process waits for a hub.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Key } from '../../state-store.ts';
import { writeCounted } from '../counts-write.ts';
import type { ByHand, Database, Wish } from '../database.ts';
import type { Outcome } from '../draws.ts';
import { takeFromHubs } from '../take.ts';
import { lockForTake } from '../take-locks.ts';
import { isAway } from './postgres-errors.ts';
import { type PlainOutcome, recallTaken, takePlainly } from './postgres-take.ts';
import type { PostgresTransactions } from './postgres-transactions.ts';
import { Turns } from './postgres-turns.ts';

const TURNS = { most: 50, turns: 1 } as const;
/** Wishes in one transaction of a hub. */
const MAX_TOGETHER = 50;
/** For how long a claim asks again when all it could have is held by others at that moment. */
const MAX_HELD_MS = 2000;

type Taken = Exclude<Outcome, 'held'>;

interface Pending {
  readonly wish: Wish;
  readonly sinceMs: number;
  readonly resolve: (taken: Taken) => void;
  readonly reject: (error: unknown) => void;
  /** It may be plain: so far somebody else held its hub. */
  readonly mayBePlain: boolean;
}

/** The ways to write that claims need. */
export type Writes = Pick<Database, 'write'> & Pick<PostgresTransactions, 'writeAtOnce'>;

/** Tasks handed out last, and when they were claimed: far more than while an answer is on its way. */
const MAX_GIVEN = 1000;

/** Serves the wishes of one process. */
export function takeInTurns({ write, writeAtOnce }: Writes, byHand: ByHand): Database['take'] {
  const lanes = new HubLanes(write, byHand);
  const given = new Map<Key, number>();
  const turns = new Turns<Pending>(TURNS, async all => {
    const wishes = all.map(({ wish }) => wish);
    const take = writeAtOnce<readonly PlainOutcome[]>(
      connection => takePlainly(connection, wishes),
      connection => recallTaken(connection, wishes, given),
    );
    const outcomes = await take.catch((error: unknown) => {
      // Others came in between, or what one of them asks for fails: each hub sees to its own.
      if (!isAway(error)) return wishes.map((): PlainOutcome => 'other');
      for (const { reject } of all) reject(error);
      return [];
    });
    for (const [place, outcome] of outcomes.entries()) {
      const pending = all[place] as Pending;
      if (typeof outcome !== 'string') pending.resolve(outcome);
      else lanes.add({ ...pending, mayBePlain: outcome === 'held' });
    }
  });
  return async wish => {
    const taken = await new Promise<Taken>((resolve, reject) => {
      turns.add({ wish, sinceMs: performance.now(), resolve, reject, mayBePlain: true });
    });
    if (taken !== 'gone') for (const key of taken) given.set(key, wish.nowMs);
    for (const key of given.keys()) {
      if (given.size <= MAX_GIVEN) break;
      given.delete(key);
    }
    return taken;
  };
}

/** Wishes that wait for their hubs. */
class HubLanes {
  readonly #write: Database['write'];
  readonly #byHand: ByHand;
  readonly #byHub = new Map<number, Pending[]>();

  constructor(write: Database['write'], byHand: ByHand) {
    this.#write = write;
    this.#byHand = byHand;
  }

  add(pending: Pending): void {
    const { hub } = pending.wish;
    const queue = this.#byHub.get(hub);
    if (queue === undefined) {
      this.#byHub.set(hub, [pending]);
      void this.#runHub(hub);
    } else {
      queue.push(pending);
    }
  }

  async #runHub(hub: number): Promise<void> {
    for (;;) {
      const queue = this.#byHub.get(hub) as Pending[];
      const together = queue.splice(0, MAX_TOGETHER);
      if (together.length === 0) break;
      try {
        const left = await this.#takePlain(together);
        if (left.length > 0) await this.#take(left);
      } catch (error) {
        for (const { reject } of together) reject(error);
      }
    }
    this.#byHub.delete(hub);
  }

  /** Waits for the hub, and serves what is plain; says what is left. */
  async #takePlain(together: readonly Pending[]): Promise<readonly Pending[]> {
    const plain = together.filter(({ mayBePlain }) => mayBePlain);
    if (plain.length === 0) return together;
    const wishes = plain.map(({ wish }) => wish);
    const take = this.#write(async connection => {
      const [, outcomes] = await Promise.all([
        lockForTake(connection, wishes),
        takePlainly(connection, wishes),
      ]);
      return outcomes;
    });
    const outcomes = await take.catch((error: unknown) => {
      if (isAway(error)) throw error;
      return [];
    });
    const served = new Set<Pending>();
    for (const [place, outcome] of outcomes.entries()) {
      if (typeof outcome === 'string') continue;
      const pending = plain[place] as Pending;
      pending.resolve(outcome);
      served.add(pending);
    }
    return together.filter(pending => !served.has(pending));
  }

  async #take(together: readonly Pending[]): Promise<void> {
    const wishes = together.map(({ wish }) => wish);
    const outcomes = await writeCounted({ write: this.#write }, (connection, counts) =>
      takeFromHubs(connection, counts, this.#byHand, wishes),
    );
    // Tasks that others hold are free, or gone, in a moment.
    if (outcomes.includes('held')) await sleep(2 + Math.random() * 20);
    for (const [place, pending] of together.entries()) {
      const outcome = outcomes[place] as Outcome;
      if (outcome !== 'held') pending.resolve(outcome);
      else if (performance.now() - pending.sinceMs > MAX_HELD_MS) pending.resolve([]);
      else this.add({ ...pending, mayBePlain: false });
    }
  }
}
