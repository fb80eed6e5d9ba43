// The shape of a network, read from a keyed chain without making its objects: a strategy needs the keys of transformations and
// of their states, which a scan finds in a tenth of the time and memory. Keys are believed as the chain states them, as servers
// do, so they are those under which results are known there.
import { findReferences, objectEntries } from '../../lib/json-scan.ts';
import type { MsgpackValue } from '../../lib/msgpack-read.ts';
import { type StreamOptions, streamKeyedChain } from '../chain-stream.ts';
import { GufeError } from '../error.ts';
import { REFERENCE } from '../serialization/json.ts';
import { readMsgpackChain } from '../serialization/msgpack.ts';
import type { StrategyEdge } from './state-graph.ts';

/** What strategies go by. */
export interface NetworkShape {
  /** The key of the network. */
  readonly key: string;
  readonly edges: readonly StrategyEdge[];
}

/**
 * The shape of the network in a keyed chain as JSON, which may arrive in pieces and be compressed. Throws GufeError with the
 * place.
 * @example for (const { key } of (await readNetworkShape(createReadStream('network.json.zst'))).edges) …
 */
export async function readNetworkShape(
  source: AsyncIterable<Uint8Array>,
  options: StreamOptions = {},
): Promise<NetworkShape> {
  const chain = new ShapeReader();
  for await (const { key, bytes, offset } of streamKeyedChain(source, options)) {
    chain.add(key, offset, wanted => {
      const found = new Map<string, readonly string[]>();
      for (const { name, value } of objectEntries(bytes)) {
        if (wanted.includes(name)) found.set(name, findReferences(value));
      }
      return found;
    });
  }
  return chain.shape();
}

/** The same from a keyed chain as MessagePack, uncompressed. Throws GufeError with the place. */
export function readMsgpackNetworkShape(bytes: Uint8Array): NetworkShape {
  const chain = new ShapeReader();
  for (const { key, dict, offset } of readMsgpackChain(bytes)) {
    chain.add(key, offset, wanted => {
      const found = new Map<string, readonly string[]>();
      for (const name of wanted) {
        const value = dict.get(name);
        if (value !== undefined) found.set(name, [...new Set(msgpackReferences(value))]);
      }
      return found;
    });
  }
  return chain.shape();
}

/** As `findReferences` does for JSON. */
function msgpackReferences(value: MsgpackValue, found: string[] = []): readonly string[] {
  if (Array.isArray(value)) for (const element of value) msgpackReferences(element, found);
  else if (value instanceof Map) {
    const key: unknown = value.size === 1 ? value.get(REFERENCE) : undefined;
    if (typeof key === 'string') found.push(key);
    else for (const member of value.values()) msgpackReferences(member, found);
  }
  return found;
}

/** The keys that an entry's members of these names refer to; members that are not there have none. */
type FindLinks = (names: readonly string[]) => ReadonlyMap<string, readonly string[]>;

const STATE_MEMBERS: Readonly<Record<string, readonly [stateA: string, stateB: string]>> = {
  Transformation: ['stateA', 'stateB'],
  NonTransformation: ['system', 'system'],
};

/** Takes the entries of a chain as they come. */
class ShapeReader {
  readonly #keys = new Set<string>();
  readonly #edges = new Map<string, StrategyEdge>();
  readonly #networks = new Map<string, readonly StrategyEdge[]>();
  #last: string | null = null;

  add(key: string, offset: number, findLinks: FindLinks): void {
    this.#last = key;
    // A key that comes again is passed over, as gufe's reader does.
    if (this.#keys.has(key)) return;
    this.#keys.add(key);
    try {
      const members = Object.hasOwn(STATE_MEMBERS, qualnameOf(key))
        ? STATE_MEMBERS[qualnameOf(key)]
        : undefined;
      if (members !== undefined) this.#addEdge(key, members, findLinks(members));
      else if (qualnameOf(key) === 'AlchemicalNetwork') this.#addNetwork(key, findLinks(['edges']));
    } catch (cause) {
      if (!(cause instanceof GufeError)) throw cause;
      throw new GufeError(`${key}, at byte ${offset}: ${cause.message}`, { cause, offset });
    }
  }

  #addEdge(
    key: string,
    [memberA, memberB]: readonly [string, string],
    links: ReadonlyMap<string, readonly string[]>,
  ): void {
    const [stateA, stateB] = [this.#stateIn(links, memberA), this.#stateIn(links, memberB)];
    this.#edges.set(key, { key, stateA, stateB });
  }

  #stateIn(links: ReadonlyMap<string, readonly string[]>, member: string): string {
    const [state, ...others] = links.get(member) ?? [];
    if (state === undefined || others.length > 0 || qualnameOf(state) !== 'ChemicalSystem') {
      throw new GufeError(`'${member}' must be a ChemicalSystem`);
    }
    return this.#known(state);
  }

  #addNetwork(key: string, links: ReadonlyMap<string, readonly string[]>): void {
    const keys = links.get('edges');
    if (keys === undefined) throw new GufeError("'edges' is missing");
    const edges = keys.map(edge => {
      const found = this.#edges.get(this.#known(edge));
      if (found === undefined) {
        throw new GufeError(`'edges' must be Transformations and NonTransformations, and ${edge} is none`);
      }
      return found;
    });
    this.#networks.set(key, edges);
  }

  #known(key: string): string {
    if (!this.#keys.has(key)) throw new GufeError(`refers to ${key}, which does not come before it`);
    return key;
  }

  /** That of the last entry. */
  shape(): NetworkShape {
    if (this.#last === null) throw new GufeError('the keyed chain is empty', { offset: 0 });
    const edges = this.#networks.get(this.#last);
    if (edges === undefined) throw new GufeError(`expected AlchemicalNetwork, got ${this.#last}`);
    return { key: this.#last, edges };
  }
}

function qualnameOf(key: string): string {
  return key.slice(0, Math.max(0, key.indexOf('-')));
}
