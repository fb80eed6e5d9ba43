// What is counted: how many tasks each transformation has in each status, and how many each claim group has in its queue.
// A transaction gathers its changes here; counts-write.ts writes them at its end.
import { TASK_STATUSES, type TaskStatus } from '../../domain/task-status.ts';

/** What happens to a claim group: so many tasks more in its queue, and where its clock stands now. */
export interface GroupChange {
  n: number;
  clock: number | null;
}

/** The changes of one transaction. */
export class Counts {
  readonly #groups = new Map<number, GroupChange>();
  readonly #tallies = new Map<number, number[]>();

  /** So many tasks more in a group's queue; fewer when negative. */
  queued(group: number, n: number): void {
    this.#group(group).n += n;
  }

  /** Where the clock of a group stands now; only for who holds the hub. */
  clock(group: number, clock: number): void {
    this.#group(group).clock = clock;
  }

  #group(id: number): GroupChange {
    let change = this.#groups.get(id);
    if (change === undefined) this.#groups.set(id, (change = { n: 0, clock: null }));
    return change;
  }

  /** A task of the transformation goes from one status to another; null: it is new. */
  moved(transformation: number, from: TaskStatus | null, to: TaskStatus): void {
    let tally = this.#tallies.get(transformation);
    if (tally === undefined) this.#tallies.set(transformation, (tally = TASK_STATUSES.map(() => 0)));
    if (from !== null) tally[PLACE[from]] = (tally[PLACE[from]] ?? 0) - 1;
    tally[PLACE[to]] = (tally[PLACE[to]] ?? 0) + 1;
  }

  /** The groups that change, in the order of their ids. */
  groups(): readonly (readonly [id: number, change: Readonly<GroupChange>])[] {
    const changed = [...this.#groups].filter(([, { n, clock }]) => n !== 0 || clock !== null);
    return changed.sort(([one], [other]) => one - other);
  }

  /** By how much the tallies of transformations change, in the order of statuses; in the order of their ids. */
  tallies(): readonly (readonly [id: number, tally: readonly number[]])[] {
    const changed = [...this.#tallies].filter(([, tally]) => tally.some(n => n !== 0));
    return changed.sort(([one], [other]) => one - other);
  }
}

const PLACE = Object.fromEntries(TASK_STATUSES.map((status, place) => [status, place])) as Record<
  TaskStatus,
  number
>;
