// Counts and checksums of everything that went by, whatever the order: the sum of the SHA-256 of each item, kept for a thousand parts of a kind.
// Two that differ say in which parts, so that only those need be looked at one by one.
import { hash } from 'node:crypto';
import type { TransferRecord } from '../store/state-store.ts';
import { ITEM_KINDS, type Item, type ItemKind, itemsOf, type ObjectComparison } from './items.ts';

const PARTS = 1024;
/** Words of 32 bits in a SHA-256. */
const WORDS = 8;

interface Sum {
  n: number;
  readonly words: Uint32Array;
}

/** How many of each kind, and what they add up to. */
export interface Totals {
  readonly counts: Readonly<Record<ItemKind, number>>;
  /** Hexadecimal. */
  readonly checksums: Readonly<Record<ItemKind, string>>;
}

/** Which part of its kind an item is in. */
export function partOf({ name }: Item): number {
  let code = 0x81_1c_9d_c5;
  for (let i = 0; i < name.length; i++) code = Math.imul(code ^ name.charCodeAt(i), 0x01_00_01_93);
  return (code ^ (code >>> 15)) & (PARTS - 1);
}

/** What an item is, in 64 digits. */
export function digestOf({ kind, name, text }: Item): string {
  return hash('sha256', `${kind}\n${name}\n${text}`, 'hex');
}

export class Tally {
  readonly #objects: ObjectComparison;
  readonly #sums: ReadonlyMap<ItemKind, Sum> = new Map(
    ITEM_KINDS.map(kind => [kind, { n: 0, words: new Uint32Array(PARTS * WORDS) }]),
  );

  constructor(objects: ObjectComparison) {
    this.#objects = objects;
  }

  add(record: TransferRecord): void {
    for (const item of itemsOf(record, this.#objects)) {
      const sum = this.#sums.get(item.kind) as Sum;
      sum.n++;
      const digest = Buffer.from(digestOf(item), 'hex');
      const start = partOf(item) * WORDS;
      for (let word = 0; word < WORDS; word++) {
        sum.words[start + word] = (sum.words[start + word] as number) + digest.readUInt32LE(4 * word);
      }
    }
  }

  totals(): Totals {
    const entries = [...this.#sums];
    return {
      counts: Object.fromEntries(entries.map(([kind, { n }]) => [kind, n])) as Totals['counts'],
      checksums: Object.fromEntries(
        entries.map(([kind, { words }]) => [kind, checksumOf(words)]),
      ) as Totals['checksums'],
    };
  }

  /** The parts of a kind that are not the same in both. */
  differingParts(kind: ItemKind, other: Tally): ReadonlySet<number> {
    const [a, b] = [this.#sums.get(kind) as Sum, other.#sums.get(kind) as Sum];
    const parts = new Set<number>();
    for (const [at, word] of a.words.entries()) if (word !== b.words[at]) parts.add(Math.floor(at / WORDS));
    return parts;
  }
}

function checksumOf(words: Uint32Array): string {
  const total = new Uint32Array(WORDS);
  for (const [at, word] of words.entries()) total[at % WORDS] = (total[at % WORDS] as number) + word;
  return Buffer.from(total.buffer).toString('hex');
}
