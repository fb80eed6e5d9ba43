import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { KJ_PER_KCAL, reducedToKcalPerMol, thermalEnergyKjPerMol } from '../energy-units.ts';
import { deriveSeed, seededRandom } from '../random.ts';
import { logSumExp, mean, sampleStandardDeviation, statisticalInefficiency } from './statistics.ts';
import { symmetricEigen } from './symmetric-eigen.ts';

describe('statistics', () => {
  it('sums exponentials beyond the range of exp', () => {
    assert.ok(Math.abs(logSumExp([1000, 1000]) - 1000 - Math.LN2) < 1e-12);
    assert.ok(Math.abs(logSumExp([-1000, -1001]) + 1000 - Math.log1p(Math.exp(-1))) < 1e-12);
    assert.equal(logSumExp([]), -Infinity);
  });

  it('takes n − 1 in the standard deviation and 0 for one value', () => {
    assert.equal(mean([1, 2, 6]), 3);
    assert.equal(sampleStandardDeviation([1, 2, 6]), Math.sqrt(7));
    assert.equal(sampleStandardDeviation([5]), 0);
    assert.throws(() => mean([]), { code: 'EMPTY_SAMPLE' });
  });

  it('finds the statistical inefficiency of a series whose correlation is known', () => {
    // xₙ = φ xₙ₋₁ + noise has g = (1 + φ)/(1 − φ).
    for (const [phi, expected] of [
      [0, 1],
      [0.8, 9],
    ] as const) {
      const random = seededRandom(11);
      let x = 0;
      const series = Array.from({ length: 20_000 }, () => (x = phi * x + random.gaussian()));
      const g = statisticalInefficiency(series);
      assert.ok(Math.abs(g / expected - 1) < 0.2, `g = ${g} for ${phi}`);
    }
    assert.equal(statisticalInefficiency([2, 2, 2]), 1);
  });
});

describe('symmetricEigen', () => {
  it('finds the eigenvalues and vectors of a matrix known in closed form', () => {
    // The second-difference matrix of size n has the eigenvalues 2 − 2 cos(mπ/(n + 1)).
    const n = 7;
    const rows = Array.from({ length: n }, (_, i) =>
      Float64Array.from({ length: n }, (_, j) => (i === j ? 2 : Math.abs(i - j) === 1 ? -1 : 0)),
    );
    const { values, vectors } = symmetricEigen(rows);
    values.forEach((value, m) => {
      assert.ok(Math.abs(value - (2 - 2 * Math.cos(((m + 1) * Math.PI) / (n + 1)))) < 1e-13);
      const vector = vectors[m] as Float64Array;
      rows.forEach((row, i) => {
        const image = row.reduce((sum, a, j) => sum + a * (vector[j] as number), 0);
        assert.ok(Math.abs(image - value * (vector[i] as number)) < 1e-13);
      });
    });
  });
});

describe('seededRandom', () => {
  it('repeats itself for a seed and differs between seeds', () => {
    const first = seededRandom(1);
    const again = seededRandom(1);
    const other = seededRandom(2);
    const draws = Array.from({ length: 5 }, () => first.uniform());
    assert.deepEqual(
      Array.from({ length: 5 }, () => again.uniform()),
      draws,
    );
    assert.notDeepEqual(
      Array.from({ length: 5 }, () => other.uniform()),
      draws,
    );
    // Pinned: results in databases can be repeated only if the stream never changes.
    assert.deepEqual(draws.slice(0, 2), [0.5686059963782152, 0.8893939367239411]);
    assert.throws(() => seededRandom(0.5), RangeError);
  });

  it('draws normal deviates with the right moments', () => {
    const random = seededRandom(99);
    const n = 50_000;
    const moments = [0, 0, 0, 0];
    for (let i = 0; i < n; i++) {
      const x = random.gaussian();
      moments.forEach((sum, power) => {
        moments[power] = sum + x ** (power + 1) / n;
      });
    }
    for (const [power, expected] of [0, 1, 0, 3].entries()) {
      assert.ok(
        Math.abs((moments[power] as number) - expected) < 0.1,
        `moment ${power + 1}: ${moments[power]}`,
      );
    }
  });

  it('derives seeds that differ for each list of labels', () => {
    const seeds = new Set<number>();
    for (let seed = 0; seed < 20; seed++) {
      for (let a = 0; a < 10; a++) for (let b = 0; b < 10; b++) seeds.add(deriveSeed(seed, a, b));
    }
    assert.equal(seeds.size, 2000);
    assert.notEqual(deriveSeed(2 ** 40 + 1, 0), deriveSeed(1, 0));
  });
});

describe('energy units', () => {
  it('knows kT at room temperature', () => {
    assert.ok(Math.abs(thermalEnergyKjPerMol(298.15) - 2.478957) < 1e-6);
    assert.equal(reducedToKcalPerMol(1, 298.15), thermalEnergyKjPerMol(298.15) / KJ_PER_KCAL);
    assert.throws(() => thermalEnergyKjPerMol(0), RangeError);
  });
});
