// `alchemiscale database check`: what the state store finds by itself, or with --deep both stores as a whole. Lines for
// people, or one JSON object.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { AlchemiscaleError } from '../domain/errors.ts';
import { refuseUnfinished } from '../moving/unfinished.ts';
import { openObjectStore } from '../objects/open.ts';
import type { DeepReport } from '../stack/deep-check.ts';
import { openStateStore } from '../store/open.ts';
import { OBJECT_OPTIONS } from './bucket.ts';
import type { CliContext } from './command.ts';
import { ExitError } from './errors.ts';
import { requireDatabase } from './open-store.ts';
import { type OptionValues, switchOption } from './options.ts';
import { printable } from './printable.ts';
import { chooseObjects, chooseStore, type ObjectsChoice, STORE_OPTIONS } from './stores.ts';

export const CHECK_OPTIONS = {
  ...STORE_OPTIONS,
  ...OBJECT_OPTIONS,
  deep: switchOption(
    '--deep',
    'read everything: networks, results and their objects as well; may take long, and may run beside servers',
  ),
  json: switchOption('--json', 'print one JSON object'),
} as const;

/** Runs the command; ends with 1 when something must not be. */
export async function checkDatabase(
  options: OptionValues<typeof CHECK_OPTIONS>,
  { env, out, note }: CliContext,
): Promise<void> {
  const url = chooseStore(options, env);
  requireDatabase(url);
  await using store = await openStateStore(url);
  await refuseUnfinished(store);
  if (!options.deep) return tellShallow(await store.check(), options.json, out);
  const place = chooseObjects(options, env);
  requireObjects(place);
  await using objects = await openObjectStore(place.url, place.credentials);
  const { checkDeeply } = await import('../stack/deep-check.ts');
  const report = await checkDeeply({ store, objects, onProgress: progressLines(note) });
  if (options.json) out(JSON.stringify({ ok: report.errors.length === 0, ...report }));
  else for (const line of reportLines(report)) out(line);
  if (report.errors.length > 0) throw new ExitError(1);
}

function tellShallow(found: readonly string[], json: boolean, out: (line: string) => void): void {
  if (json) out(JSON.stringify({ ok: found.length === 0, errors: found }));
  else if (found.length === 0) out('No inconsistencies found in database.');
  else for (const line of found) out(line);
  if (found.length > 0) throw new ExitError(1);
}

/** To open a folder makes it; to check one that is not there says that every result is lost. */
function requireObjects({ url }: ObjectsChoice): void {
  if (!url.startsWith('file:') || existsSync(fileURLToPath(url))) return;
  throw new AlchemiscaleError(
    'STORE_UNAVAILABLE',
    `there is no folder ${fileURLToPath(url)}: say where the objects are with --objects, --data or ALCHEMISCALE_OBJECTS`,
  );
}

const PROGRESS_MS = 2000;

/** A line now and then for whoever waits at a terminal; none for a log. */
function progressLines(note: (line: string) => void): (what: string, done: number) => void {
  if (!process.stderr.isTTY) return () => {};
  let [lastMs, lastWhat] = [0, ''];
  return (what, done) => {
    const nowMs = performance.now();
    if (what === lastWhat && nowMs - lastMs < PROGRESS_MS) return;
    [lastMs, lastWhat] = [nowMs, what];
    note(`checking ${what}${done === 0 ? '' : `: ${done}`}`);
  };
}

function* reportLines({ counts, errors, notes }: DeepReport): Generator<string> {
  const { networks, keys, results, resultBytes, objects, texts } = counts;
  yield `Looked at ${networks} networks (${keys} objects in them, ${texts} texts with checksums), ${results} results (${resultBytes} bytes), ${objects} stored objects.`;
  for (const [heading, findings] of [
    ['error', errors],
    ['note', notes],
  ] as const) {
    for (const { what, count, examples } of findings) {
      // Sentences of the stores' own checks count and give examples themselves.
      yield printable(examples.length === 0 ? `${heading}: ${what}` : `${heading}: ${count} ${what}`);
      for (const example of examples) yield printable(`  ${example}`);
    }
  }
  if (errors.length === 0) yield 'No inconsistencies found in database and object store.';
}
