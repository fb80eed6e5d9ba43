import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { seededRandom } from '../random.ts';
import { bar } from './bar.ts';
import { mbar } from './mbar.ts';
import { mean, sampleStandardDeviation } from './statistics.ts';

const FIXTURE = new URL('../../../test/fixtures/estimators/pymbar.json', import.meta.url);

/** Reduced energies of exact samples of harmonic wells ½k(x − c)²; the free energy of a well is ½ ln k (kT). */
function sampleWells(
  seed: number,
  wells: readonly (readonly [number, number])[],
  counts: readonly number[],
): number[][] {
  const random = seededRandom(seed);
  const samples = wells.flatMap(([k, c], i) =>
    Array.from({ length: counts[i] as number }, () => c + random.gaussian() / Math.sqrt(k)),
  );
  return wells.map(([k, c]) => samples.map(x => 0.5 * k * (x - c) ** 2));
}

function close(actual: number | undefined, expected: number, tolerance: number): void {
  assert.ok(Math.abs((actual as number) - expected) < tolerance, `${actual} is not ${expected}`);
}

describe('mbar', () => {
  it('agrees with pymbar on free energies, errors and overlap', () => {
    for (const known of JSON.parse(readFileSync(FIXTURE, 'utf8'))) {
      const rows = known.forceConstants.map((k: number, i: number) =>
        known.samples.map((x: number) => 0.5 * k * (x - known.minima[i]) ** 2),
      );
      const estimate = mbar(rows, known.counts);
      known.f.forEach((f: number, i: number) => {
        close(estimate.freeEnergies[i], f, 1e-7);
        known.f.forEach((_: number, j: number) => {
          close(estimate.errors[i]?.[j], known.sigma[i][j], 1e-6);
          close(estimate.overlapMatrix[i]?.[j], known.matrix[i][j], 1e-7);
        });
      });
      close(estimate.overlap, known.overlap, 1e-7);
    }
  });

  it('finds the exact free energies of harmonic wells without bias and with an honest error', () => {
    const wells = [
      [1, 0],
      [3, 0.8],
      [8, 1.2],
      [2, 2],
    ] as const;
    const exact = wells.map(([k]) => 0.5 * Math.log(k / wells[0][0]));
    const repeats = Array.from({ length: 100 }, (_, seed) =>
      mbar(sampleWells(seed, wells, [40, 60, 30, 50]), [40, 60, 30, 50]),
    );
    for (const k of [1, 2, 3]) {
      const values = repeats.map(repeat => repeat.freeEnergies[k] as number);
      const spread = sampleStandardDeviation(values);
      // 4 standard errors of the mean of 100; MBAR's bias at these counts is of order error²/2, about 0.01.
      close(mean(values), exact[k] as number, (4 * spread) / 10 + 0.01);
      const stated = mean(repeats.map(repeat => repeat.errors[0]?.[k] as number));
      assert.ok(Math.abs(stated / spread - 1) < 0.25, `state ${k}: stated ${stated}, seen ${spread}`);
    }
  });

  it('is BAR for two states', () => {
    const rows = sampleWells(
      3,
      [
        [1, 0],
        [5, 1],
      ],
      [70, 40],
    ) as [number[], number[]];
    const estimate = mbar(rows, [70, 40]);
    const work = rows[0].map((u, n) => (rows[1][n] as number) - u);
    const two = bar(
      work.slice(0, 70),
      work.slice(70).map(w => -w),
    );
    close(estimate.freeEnergies[1], two.difference, 1e-9);
    // The two error formulas average over different samples; they agree only as the samples grow.
    close(estimate.errors[0]?.[1], two.error, 0.02 * two.error);
    close(estimate.overlap, two.overlap, 1e-9);
  });

  it('gives a state listed twice the same free energy, and twice the overlap is no trouble', () => {
    const estimate = mbar(
      sampleWells(
        4,
        [
          [2, 0],
          [2, 0],
          [4, 0.5],
        ],
        [20, 20, 20],
      ),
      [20, 20, 20],
    );
    close(estimate.freeEnergies[1], 0, 1e-12);
    close(estimate.errors[0]?.[1], 0, 1e-7);
  });

  it('shows a huge error where two groups of states share no samples', () => {
    const estimate = mbar(
      sampleWells(
        5,
        [
          [1e6, 0],
          [1e6, 50],
        ],
        [30, 30],
      ),
      [30, 30],
    );
    assert.ok((estimate.errors[0]?.[1] as number) > 1e3);
    assert.ok(estimate.overlap < 1e-10);
  });

  it('moves with constants added to single states, even large ones', () => {
    const rows = sampleWells(
      6,
      [
        [1, 0],
        [2, 0.5],
        [3, 1],
      ],
      [30, 30, 30],
    );
    const plain = mbar(rows, [30, 30, 30]);
    const constants = [-4000, 0, 9000];
    const moved = mbar(
      rows.map((row, k) => row.map(u => u + (constants[k] as number))),
      [30, 30, 30],
    );
    close(moved.freeEnergies[2], (plain.freeEnergies[2] as number) + 13_000, 1e-6);
  });

  it('refuses empty, ragged and non-finite input', () => {
    assert.throws(() => mbar([], []), { code: 'EMPTY_SAMPLE' });
    assert.throws(
      () =>
        mbar(
          [
            [1, 2],
            [1, 2],
          ],
          [2, 0],
        ),
      { code: 'EMPTY_SAMPLE', message: /state 1 has 0 samples/ },
    );
    assert.throws(() => mbar([[1, 2], [1]], [1, 1]), { code: 'BAD_SHAPE' });
    assert.throws(() => mbar([[1, 2]], [1, 1]), { code: 'BAD_SHAPE' });
    assert.throws(
      () =>
        mbar(
          [
            [1, 2],
            [1, NaN],
          ],
          [1, 1],
        ),
      { code: 'NOT_FINITE', message: /state 1: value 1/ },
    );
  });
});
