// Seeded random numbers: the same seed gives the same samples on every machine, so that tests and demonstrations can be
// repeated to the last digit. xoshiro128** (Blackman & Vigna, ACM Trans. Math. Softw. 47, 36 (2021)), its state filled
// by splitmix32. Not for secrets.

export interface RandomSource {
  /** Uniform in [0, 1), 53 random bits. */
  uniform(): number;
  /** Standard normal: mean 0, variance 1. */
  gaussian(): number;
}

/** A generator whose whole stream follows from `seed`, any safe integer. */
export function seededRandom(seed: number): RandomSource {
  if (!Number.isSafeInteger(seed)) throw new RangeError(`a seed must be a safe integer, not ${seed}`);
  const next = xoshiro(seed);
  const uniform = (): number => (next() * 0x200000 + (next() >>> 11)) / 2 ** 53;
  let spare: number | null = null;
  const gaussian = (): number => {
    if (spare !== null) {
      const value = spare;
      spare = null;
      return value;
    }
    // Box and Muller's pair; 1 − u is in (0, 1], so the logarithm is finite.
    const radius = Math.sqrt(-2 * Math.log(1 - uniform()));
    const angle = 2 * Math.PI * uniform();
    spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  };
  return { uniform, gaussian };
}

/**
 * A seed for one of several streams of a run: different for each list of labels, the same each time. `[seed, repeat, window]`
 * keeps repeats independent where `seed + repeat` would make neighboring seeds share them.
 */
export function deriveSeed(seed: number, ...labels: readonly number[]): number {
  let state = splitmix(seed | 0)();
  for (const label of [Math.floor(seed / 2 ** 32), ...labels])
    state = splitmix(state ^ Math.imul(label, 0x9e3779b1))();
  return state;
}

function splitmix(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let z = state;
    z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
    z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
    return (z ^ (z >>> 16)) >>> 0;
  };
}

/** 32 random bits at a time. */
function xoshiro(seed: number): () => number {
  const fill = splitmix(seed ^ Math.imul(Math.floor(seed / 2 ** 32), 0x9e3779b1));
  let [a, b, c, d] = [fill(), fill(), fill(), fill()];
  return () => {
    const product = Math.imul(b, 5);
    const result = Math.imul((product << 7) | (product >>> 25), 9) >>> 0;
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = (d << 11) | (d >>> 21);
    return result;
  };
}

/** A seed that was never used before. */
export function randomSeed(): number {
  const [high, low] = crypto.getRandomValues(new Uint32Array(2));
  return ((high as number) & 0x1fffff) * 2 ** 32 + (low as number);
}
