// Reads a submitted AlchemicalNetwork (or strategy): a keyed chain, `[[gufe key, dict], …]`, dependencies first, the network
// last.
//
// The text is scanned, never parsed to objects: what is stored is the bytes that came, so that numbers keep their
// spelling and clients recompute the same keys. All that is taken from a dict are the class name, the name and the keys
// it refers to. Keys are believed as stated: which attributes enter a key depends on defaults that only the class knows.
//
// A chain is refused as a whole (INVALID_BODY) before anything is stored; the sentence names the entry at fault.
import { JsonError } from '../lib/json-error.ts';
import { findReferences, keyedChainEntries, objectEntries, readString } from '../lib/json-scan.ts';
import { AlchemiscaleError } from './errors.ts';
import { isGufeKey } from './scoped-key.ts';

/** One object of a network, as it will be stored. */
export interface SubmittedObject {
  readonly gufeKey: string;
  /** Class name: what stands before the hyphen of the key. */
  readonly qualname: string;
  readonly name: string | null;
  /** The keyed dict's exact text: a view into the chain. */
  readonly bytes: Uint8Array;
  readonly references: readonly Reference[];
  /** Longest path to an object without references, which has 0: sorting by it puts dependencies first. */
  readonly depth: number;
}

/** That an object refers to another one, at any depth below `attribute`. */
interface Reference {
  readonly attribute: string;
  readonly gufeKey: string;
}

/** An edge of the network that can be run. */
interface SubmittedTransformation {
  readonly gufeKey: string;
  /** Class name of its protocol. */
  readonly protocol: string;
}

/** A network and everything it refers to. */
export interface Submission {
  readonly network: SubmittedObject;
  /** Dependencies first, each once, the network last; entries that the network does not lead to are left out. */
  readonly objects: readonly SubmittedObject[];
  readonly transformations: readonly SubmittedTransformation[];
}

/** The classes whose objects can be performed; exactly these, as in alchemiscale (Python). */
const TRANSFORMATION_QUALNAMES: readonly string[] = ['Transformation', 'NonTransformation'];

/**
 * Reads a chain. It yields after every entry, and within large ones, so that a thread with other duties can pause there;
 * what it returns at the end is the submission. Throws INVALID_BODY.
 */
export function* readSubmission(chain: Uint8Array): Generator<undefined, Submission> {
  const { root: network, objects } = yield* readChain(chain, 'network');
  if (network.qualname !== 'AlchemicalNetwork') {
    throw refused(
      'network',
      `the last object of the chain must be an AlchemicalNetwork, not '${network.gufeKey}'`,
    );
  }
  return {
    network,
    objects: reachableFrom(network, objects),
    transformations: edgesOf(network, objects),
  };
}

/** Any gufe object and everything it refers to. */
export interface SubmittedChain {
  readonly root: SubmittedObject;
  /** Dependencies first, each once, the root last; entries that the root does not lead to are left out. */
  readonly objects: readonly SubmittedObject[];
}

/** Reads the chain of a strategy, as `readSubmission` reads a network's. Throws INVALID_BODY. */
export function* readStrategyChain(chain: Uint8Array): Generator<undefined, SubmittedChain> {
  const { root, objects } = yield* readChain(chain, 'strategy');
  return { root, objects: reachableFrom(root, objects) };
}

type Kind = 'network' | 'strategy';

interface Entries {
  readonly root: SubmittedObject;
  readonly objects: ReadonlyMap<string, SubmittedObject>;
}

function* readChain(chain: Uint8Array, kind: Kind): Generator<undefined, Entries> {
  const objects = new Map<string, SubmittedObject>();
  let rootKey: string | null = null;
  try {
    for (const { key, bytes } of keyedChainEntries(chain)) {
      rootKey = key;
      // A key that occurs again is skipped, as gufe's reader does.
      if (!objects.has(key)) objects.set(key, yield* readObject(kind, key, bytes, objects));
      yield;
    }
  } catch (error) {
    if (error instanceof JsonError) throw refused(kind, `not a keyed chain: ${error.message}`, error);
    throw error;
  }
  const root = rootKey === null ? undefined : objects.get(rootKey);
  if (root === undefined) throw refused(kind, 'an empty keyed chain');
  return { root, objects };
}

/** Routes that name the object take no longer ones, with a scope behind it. */
const MAX_KEY_CHARACTERS = 256;
/** Of so many references a thread with other duties reads no more in one go: a network has one for each transformation. */
const REFERENCES_IN_ONE_GO = 2000;

function* readObject(
  kind: Kind,
  gufeKey: string,
  bytes: Uint8Array,
  earlier: ReadonlyMap<string, SubmittedObject>,
): Generator<undefined, SubmittedObject> {
  if (gufeKey.length > MAX_KEY_CHARACTERS) {
    throw refused(kind, `'${gufeKey.slice(0, 100)}…' is a key of more than ${MAX_KEY_CHARACTERS} characters`);
  }
  if (!isGufeKey(gufeKey)) throw refused(kind, `'${gufeKey}' is not a gufe key`);
  const qualname = gufeKey.slice(0, gufeKey.indexOf('-'));
  const references: Reference[] = [];
  const texts = new Map<string, string>();
  let depth = 0;
  for (const { name: attribute, value } of objectEntries(bytes)) {
    if (value[0] === 0x22) {
      if (OWN_TEXTS.has(attribute)) texts.set(attribute, readString(value));
    } else if (value[0] === 0x7b || value[0] === 0x5b) {
      for (const key of findReferences(value)) {
        const child = earlier.get(key);
        if (child === undefined)
          throw refused(kind, `'${gufeKey}' refers to '${key}', which does not precede it`);
        depth = Math.max(depth, child.depth + 1);
        references.push({ attribute, gufeKey: key });
        if (references.length % REFERENCES_IN_ONE_GO === 0) yield;
      }
    }
  }
  if (texts.get('__qualname__') !== qualname || !texts.has('__module__')) {
    throw refused(kind, `'${gufeKey}' must have \`__qualname__\` '${qualname}' and a \`__module__\``);
  }
  const object = { gufeKey, qualname, name: texts.get('name') ?? null, bytes, references, depth };
  if (qualname === 'Transformation') refuseSelfTransformation(object);
  return object;
}

const OWN_TEXTS: ReadonlySet<string> = new Set(['name', '__qualname__', '__module__']);

function refuseSelfTransformation(object: SubmittedObject): void {
  const stateA = referenceOf(object, 'stateA');
  if (stateA === null || stateA !== referenceOf(object, 'stateB')) return;
  throw new AlchemiscaleError(
    'INVALID_BODY',
    `\`Transformation\` '${object.gufeKey}' uses the same \`ChemicalSystem\` '${stateA}' for both states; this is currently not supported in \`alchemiscale\``,
    { facts: { key: object.gufeKey } },
  );
}

function referenceOf(object: SubmittedObject, attribute: string): string | null {
  return object.references.find(reference => reference.attribute === attribute)?.gufeKey ?? null;
}

function reachableFrom(
  root: SubmittedObject,
  objects: ReadonlyMap<string, SubmittedObject>,
): readonly SubmittedObject[] {
  const seen = new Set([root]);
  // A Set hands out what is added while it is walked.
  for (const object of seen) {
    for (const { gufeKey } of object.references) seen.add(objects.get(gufeKey) as SubmittedObject);
  }
  return [...seen].sort((a, b) => a.depth - b.depth);
}

function edgesOf(
  network: SubmittedObject,
  objects: ReadonlyMap<string, SubmittedObject>,
): readonly SubmittedTransformation[] {
  const edges: SubmittedTransformation[] = [];
  for (const { attribute, gufeKey } of network.references) {
    const edge = objects.get(gufeKey);
    if (attribute !== 'edges' || edge === undefined || !TRANSFORMATION_QUALNAMES.includes(edge.qualname)) {
      continue;
    }
    const protocol = referenceOf(edge, 'protocol');
    if (protocol === null) throw refused('network', `'${gufeKey}' has no protocol`);
    edges.push({ gufeKey, protocol: protocol.slice(0, protocol.indexOf('-')) });
  }
  return edges;
}

function refused(kind: Kind, why: string, cause?: unknown): AlchemiscaleError {
  return new AlchemiscaleError('INVALID_BODY', `Invalid ${kind}: ${why}`, { cause });
}
