// How a copy into the graph begins and ends. The mark of an unfinished copy is a node of a label of our own, which the original does
// not know and which goes when the copy is whole; who holds it may write (../transfer-runs.ts).
import type { TransferTarget, UnfinishedTransfer } from '../slices/transfer.ts';
import { nextRun, refuseOccupied, refuseOvertaken } from '../transfer-runs.ts';
import { type Database, statement, type Transaction } from './database.ts';
import { createSchema, hasSchema } from './schema.ts';

type Nothing = Record<never, never>;

const FIND = statement<Nothing, { readonly source: string; readonly started: Date }>(
  `MATCH (x:TransferUnderWay)
  RETURN x.source AS source, x.started AS started
  ORDER BY started DESC
  LIMIT 1`,
);

/** See TransferStore.findUnfinished. */
export async function findUnfinished(tx: Transaction): Promise<UnfinishedTransfer | null> {
  return tx.first(FIND({}));
}

const HOLDS_SOMETHING = statement<Nothing, { readonly n: bigint }>(
  `MATCH (x:GufeTokenizable|CredentialedEntity|ComputeServiceRegistration|ComputeManagerRegistration)
  WITH x LIMIT 1
  RETURN count(x) AS n`,
);

async function inspect(tx: Transaction): Promise<Omit<TransferTarget, 'hasSchema'>> {
  const unfinished = await findUnfinished(tx);
  return { isEmpty: ((await tx.first(HOLDS_SOMETHING({})))?.n ?? 0n) === 0n, unfinished };
}

/** See TransferStore.inspect. */
export function inspectTarget(database: Database): Promise<TransferTarget> {
  return database.changeSchema(async tx => ({
    hasSchema: await hasSchema(tx),
    ...(await inspect(tx)),
  }));
}

// In an empty graph there is no node to lock. But who makes a node under a key that a constraint watches locks the key until the end
// of the transaction, also when the node is gone by then.
const TAKE_TURNS = statement<Nothing>("MERGE (x:GufeTokenizable {_scoped_key: 'TransferUnderWay'}) DELETE x");
const ADD_MARK = statement<{ readonly source: string; readonly started: Date }>(
  'CREATE (:TransferUnderWay {source: $source, started: $started})',
);
const SET_MARK = statement<{ readonly started: Date }>('MATCH (x:TransferUnderWay) SET x.started = $started');

// What users and services can take away again. Kept in memory until the commit, so in pieces.
const CLEAR = [
  'MATCH ()-[x:ACTIONS|APPLIES|CLAIMS|PROGRESSES]->() WITH x LIMIT 10000 DELETE x RETURN count(*) AS n',
  `MATCH (x:TaskRestartPattern|ComputeServiceRegistration|ComputeManagerRegistration|CredentialedEntity|StrategyRun)
  WITH x LIMIT 10000 DETACH DELETE x RETURN count(*) AS n`,
].map(cypher => statement<Nothing, { readonly n: bigint }>(cypher));

/** See TransferStore.begin. */
export async function beginTransfer(database: Database, params: UnfinishedTransfer): Promise<number> {
  refuseOccupied(await inspectTarget(database), params.source);
  await createSchema(database);
  const { run, isNew } = await database.write(async tx => {
    await tx.run(TAKE_TURNS({}));
    const target = await inspect(tx);
    refuseOccupied(target, params.source);
    const next = nextRun(target.unfinished, params);
    const started = new Date(next);
    await tx.run(
      target.unfinished === null ? ADD_MARK({ source: params.source, started }) : SET_MARK({ started }),
    );
    return { run: next, isNew: target.unfinished === null };
  });
  if (isNew) return run;
  const mine = databaseOfRun(database, run);
  for (const ask of CLEAR) {
    for (let n = 1n; n > 0n; ) n = (await mine.write(tx => tx.first(ask({}))))?.n ?? 0n;
  }
  return run;
}

// To write back what is there locks the node.
const HOLD_MARK = statement<Nothing, { readonly startedMs: bigint }>(
  `MATCH (x:TransferUnderWay)
  SET x.source = x.source
  WITH x
  RETURN x.started.epochMillis AS startedMs
  ORDER BY startedMs DESC
  LIMIT 1`,
);

/** Throws CONFLICT unless the mark is that of a run. False for none, where that may be. */
async function holdMark(tx: Transaction, run: number, mayBeGone = false): Promise<boolean> {
  const found = await tx.first(HOLD_MARK({}));
  if (found === null && mayBeGone) return false;
  refuseOvertaken(found === null ? null : { startedMs: Number(found.startedMs) }, run);
  return true;
}

/** The database for one run of a copy: its writes are refused once another run has begun. */
export function databaseOfRun(database: Database, run: number): Database {
  return {
    ...database,
    write: work =>
      database.write(async tx => {
        await holdMark(tx, run);
        return work(tx);
      }),
  };
}

const END = statement<Nothing>('MATCH (x:TransferUnderWay) DELETE x');

/** See TransferStore.end. */
export async function endTransfer(database: Database, run: number): Promise<void> {
  // The answer to the commit may be lost: then the next try finds no mark, because the one before has taken it away.
  let wasReached = false;
  await database.write(async tx => {
    const isMine = await holdMark(tx, run, wasReached);
    if (isMine) await tx.run(END({}));
    wasReached = true;
  });
}
