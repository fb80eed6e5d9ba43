import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { seededRandom } from '../random.ts';
import { bar } from './bar.ts';
import { mean, sampleStandardDeviation } from './statistics.ts';

const FIXTURE = new URL('../../../test/fixtures/estimators/pymbar.json', import.meta.url);

/**
 * Work between two states whose distributions obey Crooks' theorem exactly: forward normal with mean ΔF + σ²/2, reverse
 * with mean −ΔF + σ²/2, both of variance σ² (kT²).
 */
function gaussianWork(
  seed: number,
  difference: number,
  sigma: number,
  n: number,
): { forward: Float64Array; reverse: Float64Array } {
  const random = seededRandom(seed);
  const draw = (center: number): Float64Array =>
    Float64Array.from({ length: n }, () => center + sigma * random.gaussian());
  return { forward: draw(difference + sigma ** 2 / 2), reverse: draw(-difference + sigma ** 2 / 2) };
}

describe('bar', () => {
  it('is exact for work without spread, whatever the counts', () => {
    const { difference, error, overlap } = bar([1.25, 1.25, 1.25], [-1.25]);
    assert.ok(Math.abs(difference - 1.25) < 1e-10);
    assert.ok(error < 1e-6);
    assert.ok(Math.abs(overlap - 1) < 1e-12);
  });

  it('finds known free energies without bias and with an honest error', () => {
    for (const [difference, sigma] of [
      [0, 0.5],
      [3, 1],
      [-7, 2],
    ] as const) {
      const estimates = Array.from({ length: 200 }, (_, seed) => {
        const { forward, reverse } = gaussianWork(seed, difference, sigma, 100);
        return bar(forward, reverse);
      });
      const values = estimates.map(estimate => estimate.difference);
      const spread = sampleStandardDeviation(values);
      // The mean of 200 lies within 4 standard errors; a wrong sign, unit or equation is far outside.
      assert.ok(Math.abs(mean(values) - difference) < (4 * spread) / Math.sqrt(200));
      // The stated error is the spread that repeats show; the spread itself is known to 5 % from 200.
      const stated = mean(estimates.map(estimate => estimate.error));
      assert.ok(Math.abs(stated / spread - 1) < 0.2, `stated ${stated}, seen ${spread}`);
    }
  });

  it('agrees with pymbar', () => {
    const cases = JSON.parse(readFileSync(FIXTURE, 'utf8'));
    for (const { forceConstants, minima, counts, samples, bar01 } of cases) {
      const work = (x: number): number =>
        0.5 * forceConstants[1] * (x - minima[1]) ** 2 - 0.5 * forceConstants[0] * (x - minima[0]) ** 2;
      const ofA: number[] = samples.slice(0, counts[0]);
      const ofB: number[] = samples.slice(counts[0], counts[0] + counts[1]);
      const estimate = bar(
        ofA.map(work),
        ofB.map(x => -work(x)),
      );
      assert.ok(Math.abs(estimate.difference - bar01.f) < 1e-8);
      assert.ok(Math.abs(estimate.error - bar01.sigma) < 1e-8);
    }
  });

  it('changes sign when the states are exchanged and moves with a constant added to the energy of B', () => {
    const { forward, reverse } = gaussianWork(5, 1, 1.5, 50);
    const { difference } = bar(forward, reverse);
    assert.ok(Math.abs(bar(reverse, forward).difference + difference) < 1e-10);
    const shifted = bar(
      forward.map(w => w + 1e4),
      reverse.map(w => w - 1e4),
    );
    assert.ok(Math.abs(shifted.difference - difference - 1e4) < 1e-7);
  });

  it('gives a number and a vanishing overlap for states that share no samples, even far beyond the range of exp', () => {
    const { difference, overlap } = bar([5000, 6000], [4000, 3000]);
    assert.ok(difference > -5000 && difference < 6000);
    assert.ok(overlap < 1e-100);
  });

  it('refuses empty lists and numbers that are not finite, naming them', () => {
    assert.throws(() => bar([], [1]), { code: 'EMPTY_SAMPLE', message: /forward work: there is no sample/ });
    assert.throws(() => bar([1, 2], [0, NaN]), {
      code: 'NOT_FINITE',
      message: /reverse work: value 1 of 2 is NaN/,
    });
    assert.throws(() => bar([Infinity], [0]), { code: 'NOT_FINITE' });
  });
});
