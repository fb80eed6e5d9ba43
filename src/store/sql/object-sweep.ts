// Objects that a submission had staged when its process ended: they have no scope, so nothing finds them, and they would stay
// for ever. An object has no date, but ids grow: one below that of a transformation with a task of yesterday was given
// before that task was made. So what a crash left is removed when somebody has made tasks of something newer, and a day
// has passed. Its texts stay: they are found again by their hash when the same is submitted once more.
import { type Database, statement } from './database.ts';
import { removeStaged } from './object-write.ts';

const LIST_STAGED = statement<[], { readonly id: number }>(
  'SELECT id FROM object WHERE scope IS NULL ORDER BY id DESC',
);

/** Asked only when something is staged; from the newest transformation on, so it looks at few tasks as a rule. */
const LAST_BEFORE = statement<[beforeMs: number], { readonly transformation: number }>(
  `SELECT transformation
  FROM task
  WHERE created < ?
  ORDER BY transformation DESC
  LIMIT 1`,
);

/** Removes staged objects of submissions that certainly began before then. Returns how many. */
export async function sweepStaged(database: Database, before: Date): Promise<number> {
  const staged = await database.read(connection => connection.all(LIST_STAGED()));
  if (staged.length === 0) return 0;
  const last = await database.read(connection => connection.first(LAST_BEFORE(before.getTime())));
  const old = staged.map(({ id }) => id).filter(id => last !== null && id < last.transformation);
  await removeStaged(database, old);
  return old.length;
}
