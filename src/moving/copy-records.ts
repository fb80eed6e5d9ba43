// Copies records from a source into a store, and looks afterwards whether all of them are there.
import type { StateStore, TransferKind, TransferRecord } from '../store/state-store.ts';
import { ITEM_KINDS, type ItemKind, itemsOf, type ObjectComparison } from './items.ts';
import { MAX_SENTENCES, NoteList, type Notes } from './notes.ts';
import type { OnProgress } from './progress.ts';
import { openStoreSource, type RecordSource } from './source.ts';
import { digestOf, partOf, Tally, type Totals } from './tally.ts';

export interface CopyOptions {
  readonly onProgress: OnProgress;
  /** Stops between two pages. */
  readonly signal: AbortSignal;
  /** How long to wait for servers on the target (begin.ts), in milliseconds. */
  readonly noticeMs?: number;
}

/** What became of the records. */
export interface RecordsCopied {
  readonly totals: Totals;
  /** What the source had against its own rules and was left out. */
  readonly notes: Notes;
  /** What is not the same in both, one sentence each; the first of many. */
  readonly differences: readonly string[];
}

/** Records of one transaction. */
const RECORDS_AT_ONCE = 500;

/** A store that takes a copy, and the run of it that has begun there. */
export interface CopyTarget {
  readonly store: StateStore;
  readonly run: number;
}

/** Copies and verifies. Throws CONFLICT once another run has begun. */
export async function copyRecords(
  source: RecordSource,
  { store: target, run }: CopyTarget,
  options: CopyOptions,
): Promise<RecordsCopied> {
  const comparison = source.keepsBytes && target.capabilities.keepsBytes ? 'bytes' : 'content';
  const notes = new NoteList();
  const sent = new Tally(comparison);
  await eachPage(source, 'copying records', options, async (records, said) => {
    for (const record of records) sent.add(record);
    for (let start = 0; start < records.length; start += RECORDS_AT_ONCE) {
      await target.transfer.write({ run, records: records.slice(start, start + RECORDS_AT_ONCE) });
    }
    notes.add(said);
  });
  options.onProgress({ stage: 'making queues and counts', done: 0, total: null });
  await target.transfer.settle({ run });
  await using copy = await openStoreSource(target, 'the copy');
  const kept = new Tally(comparison);
  await eachPage(copy, 'verifying records', options, async records => {
    for (const record of records) kept.add(record);
  });
  const differences = await listDifferences(
    { source, sent },
    { source: copy, sent: kept },
    comparison,
    options,
  );
  // What another run has taken away since is no difference.
  if (differences.length > 0) await target.transfer.write({ run, records: [] });
  return { totals: kept.totals(), notes, differences };
}

async function eachPage(
  source: RecordSource,
  stage: string,
  { onProgress, signal }: CopyOptions,
  work: (records: readonly TransferRecord[], notes: readonly string[]) => Promise<void>,
  kinds?: readonly TransferKind[],
): Promise<void> {
  let done = 0;
  onProgress({ stage, done, total: source.total });
  for await (const { records, notes } of source.pages(kinds)) {
    signal.throwIfAborted();
    await work(records, notes);
    done += records.length;
    onProgress({ stage, done, total: source.total });
  }
}

interface Side {
  readonly source: RecordSource;
  readonly sent: Tally;
}

/** The kind of record that has items of a kind. */
const RECORD_OF: Readonly<Record<ItemKind, TransferKind>> = {
  identity: 'identity',
  object: 'object',
  network: 'network',
  pattern: 'pattern',
  manager: 'manager',
  service: 'service',
  task: 'task',
  action: 'task',
  result: 'task',
  strategy: 'strategy',
  run: 'run',
};

async function listDifferences(
  before: Side,
  after: Side,
  comparison: ObjectComparison,
  options: CopyOptions,
): Promise<readonly string[]> {
  const parts = new Map<ItemKind, ReadonlySet<number>>();
  for (const kind of ITEM_KINDS) {
    const differing = before.sent.differingParts(kind, after.sent);
    if (differing.size > 0) parts.set(kind, differing);
  }
  if (parts.size === 0) return [];
  const kinds = [...new Set([...parts.keys()].map(kind => RECORD_OF[kind]))];
  const gather = async ({ source }: Side): Promise<ReadonlyMap<string, string>> => {
    const found = new Map<string, string>();
    const look = async (records: readonly TransferRecord[]): Promise<void> => {
      for (const item of records.flatMap(record => itemsOf(record, comparison))) {
        if (parts.get(item.kind)?.has(partOf(item)) === true)
          found.set(`${item.kind} ${item.name}`, digestOf(item));
      }
    };
    await eachPage(source, 'looking for differences', options, look, kinds);
    return found;
  };
  const [wanted, kept] = [await gather(before), await gather(after)];
  const sentences = [
    ...[...wanted].flatMap(([name, digest]) => {
      if (!kept.has(name)) return [`${name} is not in the copy`];
      return kept.get(name) === digest ? [] : [`${name} is not the same in the copy`];
    }),
    ...[...kept.keys()].filter(name => !wanted.has(name)).map(name => `${name} is only in the copy`),
  ];
  // A source that goes on being written to may by now be as the copy is.
  if (sentences.length === 0)
    return ['the checksums differ, and now nothing that differs is found: copy again'];
  return sentences.slice(0, MAX_SENTENCES);
}
