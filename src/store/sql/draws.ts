// The draws of one transaction (take.ts), by the claim law (domain/claim.ts): which wish gets which of the first tasks of the groups, and
// where the clocks of the groups stand afterwards.
import { drawGroup } from '../../domain/claim.ts';
import type { Key } from '../state-store.ts';
import type { Counts } from './counts.ts';
import { type Connection, type FirstTask, statement, type Wish } from './database.ts';
import type { GroupRow } from './take-locks.ts';

/** The tasks taken; `gone`: no such service, or one that is denied; `held`: somebody else holds what would be needed, so try again. */
export type Outcome = readonly Key[] | 'gone' | 'held';

/** Beyond this a clock leaves too few digits to the keys that are added to it: 2^26 keeps steps of 1.5e-8. */
export const MAX_CLOCK: number = 2 ** 26;

const REBASE_KEYS = statement<[clock: number, group: number]>(
  'UPDATE action SET draw_key = draw_key - ? WHERE claim_group = ?',
);

interface Group extends GroupRow {
  n: number;
  /** Where the clock stands after the draws. */
  now: number;
  /** The tasks that may still be drawn, in order. */
  tasks: FirstTask[];
  /** There are more than these. */
  isCut: boolean;
  isConsidered: boolean;
  /** The smallest key of a task that somebody else has. */
  passed: number;
}

/** A task drawn for a wish. */
export interface Draw extends FirstTask {
  readonly wish: Asking;
  readonly hub: number;
  readonly service: number;
  readonly nowMs: number;
}

interface Asking {
  readonly wish: Wish;
  readonly service: number;
  /** The groups that it admits, best priority first. */
  readonly groups: readonly Group[];
  readonly keys: Key[];
}

/** The draws of one transaction, from hubs that it holds. */
export class Draws {
  readonly #groups: ReadonlyMap<number, Group>;
  readonly #asking = new Map<number, Asking>();
  /** Tasks that somebody else has. */
  readonly #passed = new Set<number>();
  /** More tasks of a group were needed than had been read. */
  #isShort = false;

  constructor(groups: readonly GroupRow[]) {
    this.#groups = new Map(
      groups.map(group => {
        const { id, clock } = group;
        const drawing = { now: clock, tasks: [], isCut: false, isConsidered: false, passed: Infinity };
        return [id, { ...group, ...drawing }];
      }),
    );
  }

  add(place: number, wish: Wish, service: number): void {
    const admits = (protocol: string): boolean => wish.protocols?.includes(protocol) ?? true;
    const groups = [...this.#groups.values()].filter(
      ({ hub, protocol }) => hub === wish.hub && admits(protocol),
    );
    this.#asking.set(place, { wish, service, groups, keys: [] });
  }

  outcome(place: number): Outcome {
    const { keys, groups } = this.#asking.get(place) as Asking;
    return keys.length === 0 && groups.some(({ passed }) => Number.isFinite(passed)) ? 'held' : keys;
  }

  /** How many tasks of which groups the draws may need: all wishes of a hub may draw from the same group. */
  wanted(): readonly (readonly [group: number, n: number])[] {
    const missing = new Map<number, number>();
    for (const { wish, keys } of this.#asking.values()) {
      missing.set(wish.hub, (missing.get(wish.hub) ?? 0) + wish.count - keys.length);
    }
    const wanted = new Map<number, number>();
    for (const { wish, groups, keys } of this.#asking.values()) {
      if (keys.length >= wish.count) continue;
      const most = (missing.get(wish.hub) ?? 0) + this.#passed.size;
      let found = 0;
      let priority: string | null = null;
      for (const group of groups) {
        if (found >= most && group.priority !== priority) break;
        priority = group.priority;
        found += group.n;
        wanted.set(group.id, Math.min(most, group.n));
      }
    }
    return [...wanted];
  }

  /** Makes the draws that are missing. */
  draw(first: readonly FirstTask[]): readonly Draw[] {
    this.#isShort = false;
    const read = Map.groupBy(first, ({ group }) => group);
    for (const group of this.#groups.values()) {
      const tasks = read.get(group.id) ?? [];
      group.isCut = tasks.length < group.n;
      group.tasks = tasks.filter(({ task }) => !this.#passed.has(task));
    }
    const gone = new Set<number>();
    const drawn: Draw[] = [];
    for (const asking of this.#asking.values()) {
      for (let n = asking.keys.length; n < asking.wish.count; n++) {
        const next = drawNext(asking.groups, gone);
        if (next === 'cut') this.#isShort = true;
        if (next === 'cut' || next === null) break;
        gone.add(next.task);
        const { service, wish } = asking;
        drawn.push({ ...next, wish: asking, hub: wish.hub, service, nowMs: wish.nowMs });
      }
    }
    return drawn;
  }

  /** Notes which draws became claims; true when there is more to draw. */
  settle(drawn: readonly Draw[], taken: ReadonlyMap<number, Key>): boolean {
    for (const { wish, task, group, drawKey } of drawn) {
      const from = this.#groups.get(group) as Group;
      const key = taken.get(task);
      if (key !== undefined) {
        wish.keys.push(key);
        from.n--;
        continue;
      }
      this.#isShort = true;
      this.#passed.add(task);
      from.passed = Math.min(from.passed, drawKey);
    }
    return this.#isShort;
  }

  /**
   * Sets the clocks. One that has grown large begins anew, and the keys of its group with it. Only very small weights make
   * clocks grow that far: with weights of 0.5 a clock ends near 30 after a million draws.
   */
  async writeClocks(connection: Connection, counts: Counts): Promise<void> {
    for (const { id, now, passed, isConsidered } of this.#groups.values()) {
      if (!isConsidered) continue;
      const clock = Math.min(now, passed);
      if (clock > MAX_CLOCK) await connection.run(REBASE_KEYS(clock, id));
      counts.clock(id, clock > MAX_CLOCK ? 0 : clock);
    }
  }
}

/**
 * Draws one task among those of the best priority, and moves the clocks of all groups that were considered. Null: there is
 * none; `cut`: it depends on a task that has not been read.
 */
function drawNext(groups: readonly Group[], gone: ReadonlySet<number>): FirstTask | 'cut' | null {
  const considered: Group[] = [];
  for (const group of groups) {
    if (considered[0] !== undefined && considered[0].priority !== group.priority) break;
    while (group.tasks[0] !== undefined && gone.has(group.tasks[0].task)) group.tasks.shift();
    if (group.tasks.length > 0) considered.push(group);
    else if (group.isCut) return 'cut';
  }
  const draw = drawGroup(
    considered.map(({ now, tasks }) => ({ clock: now, drawKey: tasks[0]?.drawKey ?? now })),
  );
  if (draw === null) return null;
  for (const group of considered) {
    group.now += draw.advance;
    group.isConsidered = true;
  }
  return considered[draw.index]?.tasks.shift() ?? null;
}
