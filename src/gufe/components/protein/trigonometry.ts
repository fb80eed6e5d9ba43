// Sine and cosine to the last digit, which JavaScript leaves to the engine: V8's differ from C's for one angle in thirty, and
// box vectors, which they make, are hashed. Taylor's series in integers of 200 binary digits, rounded once at the end. C's own
// miss the last digit now and then, and not on all machines alike: of the angles with two decimals from 0 to 180 degrees one in
// a thousand differs from these, so a rare box has another key in Python on one machine or the other.

const DIGITS = 200n;

/** The sine of an angle in radians. */
export function sine(radians: number): number {
  return series(radians, 1n);
}

/** The cosine of an angle in radians. */
export function cosine(radians: number): number {
  return series(radians, 0n);
}

/** x^n/n! - x^(n+2)/(n+2)! + … from the given n. */
function series(radians: number, first: bigint): number {
  const x = fixedPoint(radians);
  const square = (x * x) >> DIGITS;
  let term = first === 0n ? 1n << DIGITS : x;
  let sum = 0n;
  for (let n = first; term !== 0n; n += 2n) {
    sum += term;
    term = -((term * square) >> DIGITS) / ((n + 1n) * (n + 2n));
  }
  return Number(sum) / 2 ** Number(DIGITS);
}

function fixedPoint(value: number): bigint {
  let [whole, shift] = [value, 0n];
  for (; !Number.isInteger(whole); shift++) whole *= 2;
  return (BigInt(whole) << DIGITS) >> shift;
}
