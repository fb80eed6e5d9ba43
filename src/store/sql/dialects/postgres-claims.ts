// Claims of one process on PostgreSQL. Those that wait at the same moment share a transaction (take.ts), whatever their hubs, also
// with the results that have come: what a claim costs is going to and fro and the commit. That transaction waits for nobody: a hub
// that another process holds is left out, and its wishes go on to a transaction of that hub alone, which waits. So hubs do not
// wait for each other, and at most one connection of a process waits for a hub.
import { setTimeout as sleep } from 'node:timers/promises';
import { writeCounted } from '../counts-write.ts';
import type { ByHand, Database, Together, Wish } from '../database.ts';
import type { Outcome } from '../draws.ts';
import { takeFromHubs } from '../take.ts';

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
}

/** Serves the wishes of one process. */
export function takeInTurns(
  { write, gather }: Pick<Database, 'write' | 'gather'>,
  byHand: ByHand,
): Database['take'] {
  const lanes = new HubLanes(write, byHand);
  const takeFree: Together<Wish, Taken> = async (connection, counts, wishes) => {
    const outcomes = await takeFromHubs(connection, counts, byHand, wishes, false);
    return outcomes.map(outcome => (outcome === 'held' ? null : outcome));
  };
  return gather(takeFree, wish => lanes.take(wish));
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

  take(wish: Wish): Promise<Taken> {
    return new Promise((resolve, reject) => {
      this.#add({ wish, sinceMs: performance.now(), resolve, reject });
    });
  }

  #add(pending: Pending): void {
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
        const wishes = together.map(({ wish }) => wish);
        const outcomes = await writeCounted({ write: this.#write }, (connection, counts) =>
          takeFromHubs(connection, counts, this.#byHand, wishes, true),
        );
        // Tasks that others hold are free, or gone, in a moment.
        if (outcomes.includes('held')) await sleep(2 + Math.random() * 20);
        for (const [place, pending] of together.entries()) this.#settle(pending, outcomes[place] as Outcome);
      } catch (error) {
        for (const { reject } of together) reject(error);
      }
    }
    this.#byHub.delete(hub);
  }

  #settle(pending: Pending, outcome: Outcome): void {
    if (outcome !== 'held') pending.resolve(outcome);
    else if (performance.now() - pending.sinceMs > MAX_HELD_MS) pending.resolve([]);
    else this.#add(pending);
  }
}
