// Looks the whole of an instance over, both stores, in memory that does not grow with them but for eight bytes a result
// and one network at a time:
//
//   rows      what must hold between rows of the state store (its own check), and damage that the database finds
//   texts     the stored gufe objects against the checksums that were taken when they came
//   networks  each is read as a client reads it: whole, every reference resolved in its scope, edges as listed
//   results   the object of each reference is read to its end: it unpacks, and is the result that the reference says
//   objects   what lies in the object store that no reference names, which a crash between object and row leaves
//
// May run beside servers: what is being written meanwhile is at most a note. Reading only.
import { setImmediate as pause } from 'node:timers/promises';
import { mapBounded } from '../client/concurrency.ts';
import { AlchemiscaleError } from '../domain/errors.ts';
import { alchemiscaleKeyRule } from '../domain/key-rules.ts';
import { readStrategyChain, readSubmission } from '../domain/submission.ts';
import { GufeError } from '../gufe/error.ts';
import { KeyChecker } from '../gufe/key-check.ts';
import { keyedChainEntries } from '../lib/json-scan.ts';
import type { ObjectStore } from '../objects/object-store.ts';
import type { Key, StateStore } from '../store/state-store.ts';
import { type Finding, Findings } from './deep-findings.ts';
import { LocationSet } from './location-set.ts';
import { checkResult } from './result-check.ts';

/** What is looked over, and who hears of progress. */
export interface DeepCheck {
  readonly store: StateStore;
  readonly objects: ObjectStore;
  /** Called now and then: what is being looked at, and how many are done. */
  readonly onProgress?: (what: string, done: number) => void;
}

/** What was found. Errors must not be; notes are worth knowing and harm nothing. */
export interface DeepReport {
  readonly counts: DeepCounts;
  readonly errors: readonly Finding[];
  readonly notes: readonly Finding[];
}

/** How much was looked at. */
export interface DeepCounts {
  texts: number;
  networks: number;
  /** Of gufe objects as networks refer to them: an object of two networks counts twice. */
  keys: number;
  results: number;
  resultBytes: number;
  objects: number;
}

const PAGE = 500;
/** Objects read at once. */
const READERS = 6;
const EVERYWHERE = [{ org: null, campaign: null, project: null }];

/** Runs all parts; throws only when a store cannot be read at all. */
export async function checkDeeply({ store, objects, onProgress = () => {} }: DeepCheck): Promise<DeepReport> {
  const counts: DeepCounts = { texts: 0, networks: 0, keys: 0, results: 0, resultBytes: 0, objects: 0 };
  const state: State = { store, objects, counts, errors: new Findings(), notes: new Findings(), onProgress };
  onProgress('rows', 0);
  for (const sentence of await store.check()) state.errors.add(sentence);
  for (const sentence of await store.audit.checkFiles()) state.errors.add(sentence);
  await checkTexts(state);
  await checkNetworks(state);
  const named = await checkResults(state);
  await checkObjects(state, named);
  return { counts, errors: state.errors.list(), notes: state.notes.list() };
}

interface State {
  readonly store: StateStore;
  readonly objects: ObjectStore;
  readonly counts: DeepCounts;
  readonly errors: Findings;
  readonly notes: Findings;
  readonly onProgress: (what: string, done: number) => void;
}

async function checkTexts({ store, counts, errors, onProgress }: State): Promise<void> {
  for (let after: string | null = null; ; ) {
    const page = await store.audit.checkTexts({ after, limit: PAGE });
    counts.texts += page.checked;
    for (const key of page.damaged) errors.add('stored texts that are not those that came', key);
    onProgress('texts', counts.texts);
    after = page.next;
    if (after === null) return;
  }
}

async function checkNetworks(state: State): Promise<void> {
  const { store, counts, onProgress } = state;
  for (const { network } of await store.networks.list({ scopes: EVERYWHERE })) {
    await checkNetwork(state, network);
    const strategy = await store.strategies.getChain({ network });
    if (strategy !== null) await readable(state, `the strategy of ${network}`, readStrategyChain(strategy));
    counts.networks += 1;
    onProgress('networks', counts.networks);
  }
}

const UNREADABLE = 'networks or strategies that cannot be read, or that refer to what is not stored';

async function checkNetwork(state: State, network: Key): Promise<void> {
  const { store, errors } = state;
  const chain = await store.networks.getChain({ key: network });
  if (chain === null) return errors.add(UNREADABLE, network);
  const submission = await readable(state, network, readSubmission(chain));
  if (submission === null) return;
  if (`${submission.network.gufeKey}-${network.split('-').slice(2).join('-')}` !== network) {
    errors.add(UNREADABLE, `${network}: what is stored is ${submission.network.gufeKey}`);
  }
  const scope = network.split('-').slice(2).join('-');
  const stated = submission.transformations.map(({ gufeKey }) => `${gufeKey}-${scope}`).sort();
  const listed = [...(await store.networks.listTransformations({ network }))].sort();
  if (stated.join() !== listed.join()) {
    errors.add('networks whose transformations are not listed as they are', network);
  }
  await checkKeys(state, network, chain);
}

/** Runs a reader to its end; null, and an error, when it refuses. */
async function readable<T>(
  { errors }: State,
  what: string,
  reading: Generator<undefined, T>,
): Promise<T | null> {
  try {
    for (let steps = 1; ; steps++) {
      const step = reading.next();
      if (step.done === true) return step.value;
      if (steps % PAGE === 0) await pause();
    }
  } catch (error) {
    if (!(error instanceof AlchemiscaleError)) throw error;
    errors.add(UNREADABLE, `${what}: ${error.message}`);
    return null;
  }
}

/** Versions of gufe give different keys, so a difference is normal. */
async function checkKeys({ counts, notes }: State, network: Key, chain: Uint8Array): Promise<void> {
  const checker = new KeyChecker({ rules: alchemiscaleKeyRule });
  for (const entry of keyedChainEntries(chain)) {
    counts.keys += 1;
    if (counts.keys % PAGE === 0) await pause();
    try {
      if (checker.check(entry).ok === false) {
        notes.add('objects to which gufe of today gives another key', `${entry.key} of ${network}`);
      }
    } catch (error) {
      if (!(error instanceof GufeError)) throw error;
      notes.add('objects whose key cannot be computed', `${error.message} (of ${network})`);
    }
  }
}

/** Says which locations references name. */
async function checkResults(state: State): Promise<LocationSet> {
  const { store, objects, counts, errors, notes, onProgress } = state;
  const named = new LocationSet();
  for (let after: string | null = null; ; ) {
    const page = await store.audit.listResults({ after, limit: PAGE });
    await mapBounded(page.items, { concurrency: READERS }, async ref => {
      const found = await checkResult(objects, ref);
      for (const location of found.locations) named.add(location);
      counts.resultBytes += found.bytes;
      if (found.error !== null) errors.add(found.error.what, `${ref.ref}: ${found.error.why}`);
      if (found.note !== null) notes.add(found.note, ref.ref);
      counts.results += 1;
      if (counts.results % PAGE === 0) onProgress('results', counts.results);
    });
    after = page.next;
    if (after === null) break;
  }
  onProgress('results', counts.results);
  return named;
}

async function checkObjects(
  { objects, counts, notes, onProgress }: State,
  named: LocationSet,
): Promise<void> {
  named.seal();
  for await (const location of objects.list('protocoldagresult/')) {
    counts.objects += 1;
    if (!named.has(location)) {
      notes.add(
        'objects that no reference names: left by a crash between object and row, or pushed just now',
        location,
      );
    }
    if (counts.objects % PAGE === 0) onProgress('objects', counts.objects);
  }
  onProgress('objects', counts.objects);
}
