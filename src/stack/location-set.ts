// Very many locations in eight bytes each: their fingerprints, sorted. Two locations of ten million have the same fingerprint
// once in 200,000 such sets, and then one object too few is called unnamed.
import { hash } from 'node:crypto';

export class LocationSet {
  #prints = new BigUint64Array(1024);
  #size = 0;

  /** Before `seal`. */
  add(location: string): void {
    if (this.#size === this.#prints.length) {
      const larger = new BigUint64Array(2 * this.#size);
      larger.set(this.#prints);
      this.#prints = larger;
    }
    this.#prints[this.#size++] = fingerprint(location);
  }

  /** All have been added; from here on `has` may be asked. */
  seal(): void {
    this.#prints = this.#prints.subarray(0, this.#size).sort();
  }

  has(location: string): boolean {
    const wanted = fingerprint(location);
    let [low, high] = [0, this.#size];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#prints[middle] as bigint) < wanted) low = middle + 1;
      else high = middle;
    }
    return low < this.#size && this.#prints[low] === wanted;
  }
}

function fingerprint(location: string): bigint {
  return hash('md5', location, 'buffer').readBigUInt64LE(0);
}
