// Random numbers for the draws. Not for secrets. A seed makes them repeatable, which tests of the claim law want.
//
// sfc32 (Chris Doty-Humphrey, PractRand): 128 bits of state, passes PractRand and BigCrush; two of its words make 53 bits.

/** Uniform numbers in [0, 1). */
export function seededRandom(seed: number): () => number {
  let [a, b, c, counter] = [0, seed | 0, seed | 0, 1];
  const next = (): number => {
    const t = (a + b + counter++) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + t) | 0;
    return t >>> 0;
  };
  for (let round = 0; round < 15; round++) next();
  return () => ((next() >>> 5) * 2 ** 26 + (next() >>> 6)) / 2 ** 53;
}
