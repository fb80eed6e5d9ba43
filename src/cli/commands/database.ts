// `alchemiscale database …`: make, look over, or empty the state store.
import { createInterface } from 'node:readline/promises';
import type { Command } from 'commander';
import { openObjectStore } from '../../objects/open.ts';
import { createFolder } from '../../stack/data-folder.ts';
import { lockFolder } from '../../stack/folder-lock.ts';
import { hidePassword, openStateStore } from '../../store/open.ts';
import { OBJECT_OPTIONS } from '../bucket.ts';
import { addCommand, addGroup, type CliContext } from '../command.ts';
import { CHECK_OPTIONS, checkDatabase } from '../database-check.ts';
import { ExitError, MisuseError } from '../errors.ts';
import { isNeo4jUrl } from '../neo4j-url.ts';
import { requireDatabase } from '../open-store.ts';
import { type OptionValues, switchOption } from '../options.ts';
import { chooseFolder, chooseObjects, chooseStore, STORE_OPTIONS } from '../stores.ts';

const RESET_OPTIONS = {
  ...STORE_OPTIONS,
  ...OBJECT_OPTIONS,
  withObjects: switchOption(
    '--with-objects',
    'remove the objects (results) as well, which nothing refers to any more',
  ),
  yes: switchOption('--yes', 'do not ask'),
} as const;

/** Adds `database` with its commands. */
export function addDatabaseCommands(program: Command, context: CliContext): void {
  const group = addGroup(program, 'database', 'Subcommands for the database', [
    'alchemiscale database init --url sqlite:///srv/alchemiscale/state.db',
    'alchemiscale database check',
    'alchemiscale database reset --yes',
  ]);
  addCommand(group, 'init', context, {
    summary: 'Initialize the database.',
    description: 'Harmless when it has been done before; also brings an older database up to date.',
    examples: ['alchemiscale database init --data /srv/alchemiscale'],
    options: STORE_OPTIONS,
    run: initialize,
  });
  addCommand(group, 'check', context, {
    summary: 'Check consistency of database.',
    description: 'Exits with 1 when something must not be.',
    examples: ['alchemiscale database check', 'alchemiscale database check --deep --json'],
    options: CHECK_OPTIONS,
    run: checkDatabase,
  });
  addCommand(group, 'reset', context, {
    summary: 'Remove all data from database; undo `init`.',
    examples: ['alchemiscale database reset', 'alchemiscale database reset --with-objects --yes'],
    options: RESET_OPTIONS,
    run: reset,
  });
  const migrate = addGroup(group, 'migrate', 'Subcommands for database migrations', [
    'alchemiscale database migrate v03-to-v04 --url bolt://host:7687 --user neo4j --password SECRET',
  ]);
  addCommand(migrate, 'v03-to-v04', context, {
    summary: 'Perform migration appropriate for transitioning from alchemiscale v0.3 to v0.4.',
    description:
      'For a graph in Neo4j: every network without a mark gets one, in state active. Harmless when repeated. ' +
      "Databases of this program's own are brought up to date by `database init`.",
    examples: ['alchemiscale database migrate v03-to-v04'],
    options: STORE_OPTIONS,
    run: migrateV03ToV04,
  });
}

async function initialize(options: OptionValues<typeof STORE_OPTIONS>, { env }: CliContext): Promise<void> {
  const url = chooseStore(options, env);
  const folder = chooseFolder(options, env);
  if (url === folder.storeUrl) await createFolder(folder.path);
  await using store = await openStateStore(url);
  await store.initialize();
}

async function reset(options: OptionValues<typeof RESET_OPTIONS>, { env, note }: CliContext): Promise<void> {
  const url = chooseStore(options, env);
  requireDatabase(url);
  const place = options.withObjects ? chooseObjects(options, env) : null;
  const what = place === null ? hidePassword(url) : `${hidePassword(url)} and ${place.url}`;
  if (!options.yes && !(await confirmed(`Remove everything in ${what}?`))) {
    note('nothing was removed');
    throw new ExitError(1);
  }
  const folder = chooseFolder(options, env);
  // A server must not lose its tables under it.
  using _lock = url === folder.storeUrl ? lockFolder(folder.path, folder.lockPath) : null;
  {
    await using store = await openStateStore(url);
    await store.reset();
  }
  if (place === null) return;
  await using objects = await openObjectStore(place.url, place.credentials);
  await objects.reset();
}

async function migrateV03ToV04(
  options: OptionValues<typeof STORE_OPTIONS>,
  { env, out }: CliContext,
): Promise<void> {
  const url = chooseStore(options, env);
  if (!isNeo4jUrl(url)) {
    throw new MisuseError(
      `'${hidePassword(url)}' is no Neo4j database: only the original's graphs have this migration.`,
    );
  }
  const { migrateV03ToV04 } = await import('../../store/neo4j/open.ts');
  await migrateV03ToV04(url);
  out('Migration completed without errors.');
}

/** Asks on a terminal; without one there is nobody to ask. */
async function confirmed(question: string): Promise<boolean> {
  if (!process.stdin.isTTY)
    throw new MisuseError(`${question} Give --yes, since there is no terminal to ask on.`);
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await terminal.question(`${question} [y/N] `)).trim());
  } finally {
    terminal.close();
  }
}
