import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { ChemicalSystem } from '../../gufe/chemical-system.ts';
import { SolventComponent } from '../../gufe/components/solvent.ts';
import { ProtocolDAGResult } from '../../gufe/protocol/result.ts';
import { readInteger, readNumbers } from '../../gufe/read-dict.ts';
import { Settings } from '../../gufe/settings.ts';
import { Transformation } from '../../gufe/transformation.ts';
import { Quantity } from '../../gufe/units.ts';
import { mean, sampleStandardDeviation } from '../estimators/statistics.ts';
import { executeDag } from '../execute.ts';
import { resultsOfUnits } from '../repeats.ts';
import { harmonicNetwork } from './network.ts';
import { HarmonicProtocol, wellOf } from './protocol.ts';
import { type HarmonicSettings, harmonicSettings, readHarmonicSettings } from './settings.ts';
import { exactFreeEnergy, HARMONIC_MODULE, HarmonicWell, wellBetween } from './well.ts';

const A = new HarmonicWell({ name: 'A', forceConstant: 1000, minimum: 0, offset: 0 });
const B = new HarmonicWell({ name: 'B', forceConstant: 4000, minimum: 0.05, offset: 2 });

function transformation(options: Partial<HarmonicSettings> = {}, stateB = new ChemicalSystem({ well: B })) {
  const protocol = new HarmonicProtocol(harmonicSettings({ seed: 1, ...options }));
  return new Transformation({ stateA: new ChemicalSystem({ well: A }), stateB, protocol });
}

async function run(
  edge: Transformation,
  extended: ProtocolDAGResult | null = null,
): Promise<ProtocolDAGResult> {
  const place = await mkdtemp(join(tmpdir(), 'alchemiscale-harmonic-'));
  try {
    const dag = edge.createDag({ extends: extended });
    return await executeDag(dag, { sharedBase: place, scratchBase: place, inProcess: true });
  } finally {
    await rm(place, { recursive: true });
  }
}

function gather(edge: Transformation, results: readonly ProtocolDAGResult[]) {
  assert.ok(edge.protocol instanceof HarmonicProtocol);
  return edge.protocol.gather(results);
}

describe('exactFreeEnergy', () => {
  it('is the ratio of the configuration integrals', () => {
    // By numerical integration over ± 20 widths, which is exact to rounding for Gaussians.
    const kT = 8.31446261815324e-3 * 310;
    const integral = (well: typeof A): number => {
      const width = Math.sqrt(kT / well.forceConstant);
      const points = Array.from({ length: 4001 }, (_, i) => (i / 2000 - 1) * 20 * width);
      const boltzmann = (x: number): number =>
        Math.exp(-(0.5 * well.forceConstant * x * x + well.offset) / kT);
      return points.reduce((sum, x) => sum + boltzmann(x), 0) * (width / 100);
    };
    const expected = (-kT * Math.log(integral(B) / integral(A))) / 4.184;
    assert.ok(Math.abs(exactFreeEnergy(A, B, 310) - expected) < 1e-10);
    assert.ok(Math.abs(exactFreeEnergy(A, B, 310) + exactFreeEnergy(B, A, 310)) < 1e-12);
  });

  it('knows wells in between', () => {
    assert.deepEqual(wellBetween(A, B, 0.5), { forceConstant: 2500, minimum: 0.025, offset: 1 });
  });
});

describe('HarmonicProtocol', () => {
  it('estimates without bias, and its uncertainty is the spread of repeats', async () => {
    for (const estimator of ['MBAR', 'BAR'] as const) {
      const edge = transformation({ nRepeats: 40, nSamples: 100, estimator });
      const result = await run(edge);
      const { estimate, uncertainty, estimatesKcalPerMol } = gather(edge, [result]);
      const exact = exactFreeEnergy(A, B, 298.15);
      const spread = sampleStandardDeviation(estimatesKcalPerMol);
      assert.equal(uncertainty?.toNumber(), spread);
      assert.equal(estimate?.unit, 'kilocalorie_per_mole');
      // The mean of 40 repeats lies within 4 of its standard errors.
      assert.ok(Math.abs((estimate?.toNumber() ?? 0) - exact) < (4 * spread) / Math.sqrt(40));
      const stated = resultsOfUnits(result, 'HarmonicAnalysisUnit').map(
        ({ outputs }) => outputs.get('unit_estimate_error') as Quantity,
      );
      const ratio = mean(stated.map(error => error.toNumber())) / spread;
      assert.ok(ratio > 0.7 && ratio < 1.5, `stated over seen error is ${ratio}`);
    }
  });

  it('makes one set-up, a unit a window and an analysis for each repeat', () => {
    const dag = transformation({ nRepeats: 2, nWindows: 4 }).createDag();
    const names = dag.protocolUnits.map(unit => unit.qualname).sort();
    assert.deepEqual(names, [
      ...Array(2).fill('HarmonicAnalysisUnit'),
      ...Array(8).fill('HarmonicSampleUnit'),
      'HarmonicSetUpUnit',
    ]);
  });

  it('repeats itself with a seed and not without', async () => {
    const values = async (seed: number | null): Promise<readonly number[]> => {
      const edge = transformation({ seed, nSamples: 20 });
      return gather(edge, [await run(edge)]).estimatesKcalPerMol.toSorted();
    };
    const first = await values(3);
    assert.equal(new Set(first).size, 3);
    assert.deepEqual(await values(3), first);
    assert.notDeepEqual(await values(4), first);
    assert.notDeepEqual(await values(null), await values(null));
  });

  it('adds up repeats of several runs, and leaves out runs that failed', async () => {
    const edge = transformation({ seed: null, nSamples: 20 });
    const [first, second] = [await run(edge), await run(edge)];
    const failed = new ProtocolDAGResult({
      protocolUnits: second.protocolUnits,
      protocolUnitResults: second.protocolUnitResults.slice(0, -1),
    });
    const gathered = gather(edge, [first, second, failed]);
    assert.equal(gathered.estimatesKcalPerMol.length, 6);
    assert.equal(gathered.nProtocolDagResults, 3);
    const nothing = gather(edge, [failed]);
    assert.deepEqual([nothing.estimate, nothing.uncertainty], [null, null]);
    const one = gather(transformation({ nRepeats: 1 }), [await run(transformation({ nRepeats: 1 }))]);
    assert.equal(one.uncertainty?.toNumber(), 0);
  });

  it('goes on with the repeats of a result it extends: their samples are kept, their estimates replaced', async () => {
    const edge = transformation({ nSamples: 30 });
    const first = await run(edge);
    const second = await run(edge, first);
    const third = await run(edge, second);
    assert.equal(third.extendsKey, second.key);
    for (const { inputs, outputs } of resultsOfUnits(third, 'HarmonicAnalysisUnit')) {
      assert.equal(readInteger(outputs, 'generation'), 2);
      const earlier = inputs.get('earlier') as readonly (readonly number[])[];
      assert.deepEqual(
        earlier.map(positions => positions.length),
        [60, 60, 60],
      );
    }
    const all = gather(edge, [first, second, third]);
    assert.deepEqual(all.estimatesKcalPerMol, gather(edge, [third]).estimatesKcalPerMol);
    const seeds = [first, second, third].flatMap(result =>
      resultsOfUnits(result, 'HarmonicSampleUnit').map(({ outputs }) => readNumbers(outputs, 'positions')[0]),
    );
    assert.equal(new Set(seeds).size, 27, 'a generation drew the samples of another');
    assert.throws(() => transformation({ nWindows: 5 }).createDag({ extends: first }), /has 3 windows where/);
    const unfinished = new ProtocolDAGResult({ protocolUnits: first.protocolUnits, protocolUnitResults: [] });
    assert.throws(() => edge.createDag({ extends: unfinished }), { name: 'ProtocolValidationError' });
  });

  it('refuses systems that are not one well', () => {
    for (const system of [
      new ChemicalSystem({}),
      new ChemicalSystem({ a: A, b: B }),
      new ChemicalSystem({ s: new SolventComponent() }),
    ]) {
      assert.throws(() => transformation({}, system).createDag(), {
        name: 'ProtocolValidationError',
        message: /state B must consist of one HarmonicWell/,
      });
    }
    assert.throws(
      () => new HarmonicWell({ name: 'x', forceConstant: -1, minimum: 0, offset: 0 }),
      /positive/,
    );
    assert.throws(
      () => new HarmonicWell({ name: 'x', forceConstant: 1, minimum: Number.NaN, offset: 0 }),
      /finite/,
    );
  });

  it('refuses settings by name', () => {
    const good = harmonicSettings();
    const refused: readonly (readonly [Settings, RegExp])[] = [
      [good.with({ n_repeats: 0n }), /'n_repeats' must be at least 1; it is 0/],
      [good.with({ n_windows: 1n }), /'n_windows' must be at least 2/],
      [good.with({ n_samples: 2.5 }), /'n_samples' must be an integer/],
      [good.with({ estimator: 'WHAM' }), /'estimator' must be one of MBAR, BAR/],
      [good.with({ temperature: new Quantity(-1, 'kelvin') }), /'temperature' must be positive/],
      [good.with({ temperature: new Quantity(1, 'nanometer') }), /nanometer is a length/],
      [good.with({ temperature: 300 }), /'temperature' must be a quantity/],
      [good.with({ speed: 1 }), /no setting 'speed'/],
      [new Settings('Other', HARMONIC_MODULE, {}), /expected .*HarmonicProtocolSettings/],
    ];
    for (const [settings, message] of refused) {
      assert.throws(() => new HarmonicProtocol(settings), { name: 'ProtocolValidationError', message });
    }
    assert.equal(
      readHarmonicSettings(good.with({ temperature: new Quantity(300n, 'kelvin') })).temperatureK,
      300,
    );
  });
});

describe('harmonicNetwork', () => {
  it('has a cycle whose exact free energies add up to zero', () => {
    const { edges, nodes } = harmonicNetwork();
    assert.deepEqual([edges.length, nodes.length], [5, 4]);
    const cycle = edges.filter(edge => ['A to B', 'B to C', 'C to A'].includes(edge.name ?? ''));
    const sum = cycle.reduce((total, edge) => {
      return total + exactFreeEnergy(wellOf(edge.stateA, 'A'), wellOf(edge.stateB, 'B'), 298.15);
    }, 0);
    assert.equal(cycle.length, 3);
    assert.ok(Math.abs(sum) < 1e-12);
    assert.notEqual(harmonicNetwork({ name: 'other' }).key, harmonicNetwork().key);
  });
});
