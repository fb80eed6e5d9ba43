// Values that several slices share.
import type { TaskStatus } from '../../domain/task-status.ts';

/** The text of a ScopedKey. */
export type Key = string;

/** How many tasks are in each status; statuses without tasks are absent. */
export type StatusCounts = Readonly<Partial<Record<TaskStatus, number>>>;
