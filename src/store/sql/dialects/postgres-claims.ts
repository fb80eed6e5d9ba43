// Claims of one process on PostgreSQL. Those that wait at the same moment share a transaction (take.ts), whatever their hubs: what
// a claim costs is going to and fro and the commit. That transaction waits for nobody: a hub that another process holds is left out,
// and its wishes go on to a transaction of that hub alone, which waits. So hubs do not wait for each other, and at most one
// connection of a process waits for a hub.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Key } from '../../state-store.ts';
import type { ByHand, Database, Wish } from '../database.ts';
import { type Outcome, takeFromHubs } from '../take.ts';
import { Together } from './postgres-together.ts';

/** Wishes in one transaction, and shared transactions at a time. */
const LIMITS = { most: 50, turns: 1 } as const;
/** For how long a claim asks again when all it could have is held by others at that moment. */
const MAX_HELD_MS = 2000;

interface Pending {
  readonly wish: Wish;
  readonly sinceMs: number;
  readonly resolve: (taken: readonly Key[] | 'gone') => void;
  readonly reject: (error: unknown) => void;
}

/** Serves the wishes of one process. */
export class ClaimLanes {
  readonly #write: Database['write'];
  readonly #byHand: ByHand;
  readonly #shared = new Together<Pending>(LIMITS, pendings => this.#runShared(pendings));
  readonly #byHub = new Map<number, Pending[]>();

  constructor(write: Database['write'], byHand: ByHand) {
    this.#write = write;
    this.#byHand = byHand;
  }

  take(wish: Wish): Promise<readonly Key[] | 'gone'> {
    return new Promise((resolve, reject) => {
      this.#shared.add({ wish, sinceMs: performance.now(), resolve, reject });
    });
  }

  async #runShared(together: readonly Pending[]): Promise<void> {
    try {
      this.#settle(together, await this.#serve(together, false));
    } catch (error) {
      // One of many may be at fault: each hub has another try of its own.
      if (together.length === 1) for (const { reject } of together) reject(error);
      else for (const pending of together) this.#waitForHub(pending);
    }
  }

  #serve(pendings: readonly Pending[], wait: boolean): Promise<readonly Outcome[]> {
    const wishes = pendings.map(({ wish }) => wish);
    return this.#write(connection => takeFromHubs(connection, this.#byHand, wishes, wait));
  }

  #settle(pendings: readonly Pending[], outcomes: readonly Outcome[]): void {
    for (const [place, pending] of pendings.entries()) {
      const outcome = outcomes[place] as Outcome;
      if (outcome !== 'held') pending.resolve(outcome);
      else if (performance.now() - pending.sinceMs > MAX_HELD_MS) pending.resolve([]);
      else this.#waitForHub(pending);
    }
  }

  #waitForHub(pending: Pending): void {
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
      const together = queue.splice(0, LIMITS.most);
      if (together.length === 0) break;
      try {
        const outcomes = await this.#serve(together, true);
        // Tasks that others hold are free, or gone, in a moment.
        if (outcomes.includes('held')) await sleep(2 + Math.random() * 20);
        this.#settle(together, outcomes);
      } catch (error) {
        for (const { reject } of together) reject(error);
      }
    }
    this.#byHub.delete(hub);
  }
}
