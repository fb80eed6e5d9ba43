// `alchemiscale transfer`, `backup` and `restore`: an instance moves house.
import { dirname, resolve } from 'node:path';
import type { Command } from 'commander';
import { AlchemiscaleError, type ErrorCode } from '../../domain/errors.ts';
import type { CopyOptions } from '../../moving/copy-records.ts';
import { refuseUnfinished } from '../../moving/unfinished.ts';
import { dataFolderAt } from '../../stack/data-folder.ts';
import { hidePassword, openStateStore } from '../../store/open.ts';
import { OBJECT_OPTIONS } from '../bucket.ts';
import { addCommand, type CliContext } from '../command.ts';
import type { Environment } from '../env.ts';
import { ExitError, MisuseError } from '../errors.ts';
import { CopyDisplay } from '../moving/display.ts';
import { type CopySummary, isWhole, summaryJson, summaryLines } from '../moving/summary.ts';
import {
  filePath,
  lookAtTarget,
  openIfThere,
  openObjects,
  openTarget,
  requireUrl,
} from '../moving/target.ts';
import { isNeo4jUrl } from '../neo4j-url.ts';
import { openExistingStore, requireSource } from '../open-store.ts';
import { type OptionValues, requiredText, switchOption, textOption } from '../options.ts';
import { onStopSignals } from '../signals.ts';
import { chooseFolder, chooseObjects, chooseStore, type ObjectsChoice, STORE_OPTIONS } from '../stores.ts';

const COPY_OPTIONS = {
  withoutObjects: switchOption('--without-objects', 'leave the bodies of results where they are'),
  json: switchOption('--json', 'say what was done as JSON, on stdout'),
} as const;

const TRANSFER_OPTIONS = {
  from: requiredText('--from <url>', 'state store to copy'),
  to: requiredText('--to <url>', 'state store to copy to; empty, or with an unfinished copy'),
  fromObjects: textOption(
    '--from-objects <url>',
    'object store to copy; beside a SQLite file its folder `objects`',
  ),
  toObjects: textOption(
    '--to-objects <url>',
    'object store to copy to; beside a SQLite file its folder `objects`',
  ),
  ...COPY_OPTIONS,
} as const;

const FILE_OPTIONS = { ...STORE_OPTIONS, ...OBJECT_OPTIONS, ...COPY_OPTIONS } as const;

/** Adds `transfer`, `backup` and `restore`. */
export function addMovingCommands(program: Command, context: CliContext): void {
  addCommand(program, 'transfer', context, {
    summary: 'Copy a whole instance from one store to another, and verify the copy.',
    description:
      'What is cut off goes on when the same command is run again. Users and passwords of Neo4j stand in the URL or in ' +
      'NEO4J_USER and NEO4J_PASS.',
    examples: [
      'alchemiscale transfer --from sqlite:///srv/a/state.db --to postgres://host/alchemiscale --to-objects s3://bucket/results',
      'alchemiscale transfer --from bolt://host:7687 --to sqlite:///srv/b/state.db --from-objects s3://bucket',
    ],
    options: TRANSFER_OPTIONS,
    run: runTransfer,
  });
  addCommand(program, 'backup', context, {
    summary: 'Write everything to one file, while servers run.',
    examples: [
      'alchemiscale backup /backups/monday.alchemiscale',
      'alchemiscale backup monday --without-objects',
    ],
    options: FILE_OPTIONS,
    operands: '<file>',
    run: runBackup,
  });
  addCommand(program, 'restore', context, {
    summary: 'Fill an empty store from a backup, and verify it.',
    description: 'What is cut off goes on when the same command is run again.',
    examples: [
      'alchemiscale restore monday --url postgres://host/alchemiscale --objects s3://bucket/results',
    ],
    options: FILE_OPTIONS,
    operands: '<file>',
    run: runRestore,
  });
}

async function runTransfer(
  options: OptionValues<typeof TRANSFER_OPTIONS>,
  context: CliContext,
): Promise<void> {
  const { env } = context;
  for (const side of ['from', 'to'] as const) requireUrl(`--${side}`, options[side]);
  const [fromUrl, toUrl] = [completeUrl(options.from, env), completeUrl(options.to, env)];
  if (fromUrl === toUrl) throw new MisuseError('--from and --to name the same store.');
  const places = options.withoutObjects ? null : chooseBothObjects(options, env);
  requireSource(fromUrl);
  const name = hidePassword(fromUrl);
  await lookAtTarget(toUrl, name);
  await using opened = new AsyncDisposableStack();
  const from = opened.use(await openStateStore(fromUrl));
  // A graph of the original has its schema; reading it adds nothing.
  if (!isNeo4jUrl(fromUrl)) await from.initialize();
  await refuseUnfinished(from);
  const source = await openObjects(places?.from ?? null, opened);
  const early = await openIfThere(places?.to ?? null, opened);
  const to = await openTarget(toUrl, opened);
  const destination = early ?? (await openObjects(places?.to ?? null, opened));
  const objects = source === null || destination === null ? null : { from: source, to: destination };
  const { transfer } = await import('../../moving/transfer.ts');
  const moved = await stoppable(options, context, copying =>
    transfer({ ...copying, from, to, name, objects, now: new Date() }),
  );
  const target = hidePassword(toUrl);
  const lacking =
    'The target is now a whole instance but for these results. To have them too, put right why they could not be had ' +
    `(is --from-objects the right place?), empty the target with 'alchemiscale database reset --url ${target}' and transfer again.`;
  tell(moved, options.json, { from: name, to: target }, context, lacking);
}

async function runBackup(
  options: OptionValues<typeof FILE_OPTIONS>,
  context: CliContext,
  [file = '']: readonly string[],
): Promise<void> {
  const path = resolve(file);
  await using store = await openExistingStore(options, context.env);
  const url = chooseStore(options, context.env);
  const choice = options.withoutObjects ? null : chooseObjectsOf(url, options, context.env);
  await using opened = new AsyncDisposableStack();
  const objects = await openObjects(choice, opened);
  const { backup } = await import('../../moving/backup-write.ts');
  const done = await stoppable(
    options,
    context,
    copying => backup({ ...copying, store, objects, path, now: new Date() }),
    false,
  );
  tell({ ...done, differences: [] }, options.json, { file: path, size: done.size }, context);
}

async function runRestore(
  options: OptionValues<typeof FILE_OPTIONS>,
  context: CliContext,
  [file = '']: readonly string[],
): Promise<void> {
  const [path, url] = [resolve(file), chooseStore(options, context.env)];
  const choice = options.withoutObjects ? null : chooseObjectsOf(url, options, context.env);
  const { openBackup, readHeader, sourceName } = await import('../../moving/backup-read.ts');
  await lookAtTarget(url, sourceName(await readHeader(path)));
  await using opened = new AsyncDisposableStack();
  const early = await openIfThere(choice, opened);
  const { restore } = await import('../../moving/restore.ts');
  const moved = await stoppable(options, context, async copying => {
    const whole = await openBackup(path, copying);
    const store = await openTarget(url, opened);
    const objects = early ?? (await openObjects(choice, opened));
    return restore({ ...copying, file: whole, store, objects, now: new Date() });
  });
  tell(moved, options.json, { file: path, to: hidePassword(url) }, context);
}

function completeUrl(url: string, env: Environment): string {
  return chooseStore({ data: null, url }, env);
}

function chooseBothObjects(
  options: OptionValues<typeof TRANSFER_OPTIONS>,
  env: Environment,
): { readonly from: ObjectsChoice; readonly to: ObjectsChoice } {
  const choose = (side: 'from' | 'to', given: string | null): ObjectsChoice => {
    const url = given ?? objectsBeside(options[side]);
    if (url !== null) return chooseObjects({ data: null, objects: url }, env);
    throw new MisuseError(
      `Missing option '--${side}-objects': say where the bodies of results are, or give --without-objects where both stores use the same.`,
    );
  };
  return { from: choose('from', options.fromObjects), to: choose('to', options.toObjects) };
}

/** The folder of bodies that belongs to a SQLite file; null for another store. */
function objectsBeside(url: string): string | null {
  const path = filePath(url);
  return path === null ? null : dataFolderAt(dirname(path)).objectsUrl;
}

/** The object store of a state store: the one that was named, else the one beside it, and never another instance's. */
function chooseObjectsOf(
  storeUrl: string,
  options: OptionValues<typeof FILE_OPTIONS>,
  env: Environment,
): ObjectsChoice {
  const choice = chooseObjects(options, env);
  const folder = chooseFolder(options, env);
  const isNamed = options.objects !== null || choice.url !== folder.objectsUrl;
  if (isNamed || storeUrl === folder.storeUrl) return choice;
  const beside = objectsBeside(storeUrl);
  if (beside !== null) return chooseObjects({ data: null, objects: beside }, env);
  throw new MisuseError(
    "Missing option '--objects': say where the bodies of results are, or give --without-objects to leave them out.",
  );
}

/** What passes, and leaves a copy that goes on. */
const GO_ON_AFTER: readonly ErrorCode[] = ['STORE_UNAVAILABLE', 'STORAGE_FULL', 'OBJECT_UNREADABLE'];

/** Shows how far it is; a signal ends it between two steps, and says how to go on. */
async function stoppable<T>(
  { json }: { readonly json: boolean },
  { note }: CliContext,
  work: (copying: CopyOptions) => Promise<T>,
  goesOn = true,
): Promise<T> {
  const display = json ? null : new CopyDisplay(process.stderr);
  const stopped = new AbortController();
  using _signals = onStopSignals({
    graceful: () => stopped.abort(new ExitError(1)),
    forceful: () => process.exit(1),
  });
  try {
    return await work({ onProgress: progress => display?.show(progress), signal: stopped.signal });
  } catch (error) {
    display?.end();
    if (stopped.signal.aborted) {
      note(goesOn ? 'Stopped. Run the same command again to go on.' : 'Stopped. No file was written.');
    } else if (goesOn && error instanceof AlchemiscaleError && GO_ON_AFTER.includes(error.code)) {
      note('Once it is put right, the same command goes on.');
    }
    throw error;
  } finally {
    display?.end();
  }
}

/** `lacking` is said when bodies of results are missing. */
function tell(
  summary: CopySummary,
  asJson: boolean,
  facts: Readonly<Record<string, unknown>>,
  { out, note }: CliContext,
  lacking: string | null = null,
): void {
  if (asJson) out(summaryJson(summary, facts));
  else for (const line of summaryLines(summary)) out(line);
  if (lacking !== null && (summary.bodies?.problemCount ?? 0) > 0) (asJson ? note : out)(lacking);
  if (!isWhole(summary)) throw new ExitError(1);
  if (!asJson)
    out('file' in facts && !('to' in facts) ? `Written to ${String(facts.file)}.` : 'The copy is whole.');
}
