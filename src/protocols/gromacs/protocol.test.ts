import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { ChemicalSystem } from '../../gufe/chemical-system.ts';
import { SmallMoleculeComponent } from '../../gufe/components/small-molecule.ts';
import { SolventComponent } from '../../gufe/components/solvent.ts';
import { decodeKeyedChainAs } from '../../gufe/keyed-chain.ts';
import { ProtocolDAGResult } from '../../gufe/protocol/result.ts';
import type { Quantity } from '../../gufe/units.ts';
import { type ExecuteOptions, executeDag } from '../execute.ts';
import { PROTOCOL_REGISTRY } from '../registry.ts';
import { resultsOfUnits } from '../repeats.ts';
import { alkane } from './alkanes.ts';
import { findGmxVersion } from './gmx.ts';
import { hydrationNetwork } from './network.ts';
import { GromacsHydrationProtocol } from './protocol.ts';
import { type GromacsHydrationSettings, gromacsHydrationSettings, readGromacsSettings } from './settings.ts';

const version = await findGmxVersion();

const WATER = new SolventComponent({ ionConcentration: '0.0 molar' });
const METHANOL = SmallMoleculeComponent.fromAtoms({
  name: 'methanol',
  atoms: ['C', 'O', 'H', 'H', 'H', 'H'].map(element => ({ element })),
  bonds: [
    { begin: 0, end: 1 },
    { begin: 0, end: 2 },
    { begin: 0, end: 3 },
    { begin: 0, end: 4 },
    { begin: 1, end: 5 },
  ],
  coordinates: [
    [0, 0, 0],
    [1.4, 0, 0],
    [-0.4, 1, 0],
    [-0.4, -0.5, 0.9],
    [-0.4, -0.5, -0.9],
    [1.7, 0.9, 0],
  ],
});

async function run(
  settings: Partial<GromacsHydrationSettings>,
  options: Partial<ExecuteOptions> = {},
): Promise<ProtocolDAGResult> {
  const [edge] = hydrationNetwork({ molecules: ['methane'], preset: 'quick', settings }).edges;
  assert.ok(edge);
  const place = await mkdtemp(join(tmpdir(), 'alchemiscale-hydration-'));
  try {
    return await executeDag(edge.createDag(), { sharedBase: place, scratchBase: place, ...options });
  } finally {
    await rm(place, { recursive: true });
  }
}

describe('GromacsHydrationProtocol', () => {
  it('makes one set-up, a unit a window and an analysis for each repeat, with seeds of their own', () => {
    const [edge] = hydrationNetwork({ molecules: ['butane'], preset: 'standard' }).edges;
    const dag = edge?.createDag();
    assert.ok(dag);
    const count = (qualname: string): number =>
      dag.protocolUnits.filter(unit => unit.qualname === qualname).length;
    assert.deepEqual(['GromacsSetUpUnit', 'GromacsWindowUnit', 'GromacsAnalysisUnit'].map(count), [1, 33, 3]);
    const seeds = dag.protocolUnits.flatMap(unit => {
      const seed = (unit.fields().get('inputs') as ReadonlyMap<string, unknown>).get('seed');
      return typeof seed === 'bigint' ? [Number(seed)] : [];
    });
    assert.equal(new Set(seeds).size, 33);
    assert.ok(seeds.every(seed => seed > 0 && seed % 2 === 1 && seed < 2 ** 31 - 1));
  });

  it('refuses a molecule it has no types for at once, and names the atom', () => {
    assert.throws(() => hydrationNetwork({ molecules: [METHANOL], preset: 'quick' }), {
      code: 'UNTYPABLE_MOLECULE',
      atom: { atomIndex: 1, element: 'O' },
      message: /molecule 'methanol', atom 1 \(O\): only carbon and hydrogen are known/,
    });
    assert.throws(
      () => alkane('methanol' as 'methane'),
      /no alkane 'methanol' is known here; known are methane/,
    );
  });

  it('refuses states that are not a solute in water and water', () => {
    const [solute, other] = [alkane('methane'), alkane('ethane')];
    const right = new ChemicalSystem({ solvent: WATER });
    const salty = new SolventComponent();
    const oily = new SolventComponent({ smiles: 'CCO', ionConcentration: '0.0 molar' });
    const refused: readonly (readonly [ChemicalSystem, ChemicalSystem, RegExp])[] = [
      [new ChemicalSystem({ solute }), right, /state A must hold one SolventComponent/],
      [
        new ChemicalSystem({ solute, solvent: WATER }),
        new ChemicalSystem({ solute, solvent: WATER }),
        /1 in B/,
      ],
      [new ChemicalSystem({ solute, other, solvent: WATER }), right, /2 small molecules in A/],
      [right, new ChemicalSystem({ solute, solvent: WATER }), /0 small molecules in A and 1 in B/],
      [new ChemicalSystem({ solute, solvent: salty }), right, /solvents of state A and B differ/],
      [
        new ChemicalSystem({ solute, solvent: salty }),
        new ChemicalSystem({ solvent: salty }),
        /without ions/,
      ],
      [new ChemicalSystem({ solute, solvent: oily }), new ChemicalSystem({ solvent: oily }), /must be water/],
    ];
    const protocol = new GromacsHydrationProtocol();
    for (const [stateA, stateB, message] of refused) {
      assert.throws(() => protocol.validate({ stateA, stateB, mapping: null, extends: null }), {
        name: 'ProtocolValidationError',
        message,
      });
    }
    const stateA = new ChemicalSystem({ solute, solvent: WATER });
    const earlier = new ProtocolDAGResult({ protocolUnits: [], protocolUnitResults: [] });
    assert.throws(
      () => protocol.validate({ stateA, stateB: right, mapping: null, extends: earlier }),
      /extends no results/,
    );
  });

  it('refuses settings that GROMACS would stumble over', () => {
    const refused: readonly (readonly [Partial<GromacsHydrationSettings>, RegExp])[] = [
      [{ vdwLambdas: [0, 1] }, /must be of one length/],
      [{ vdwLambdas: [0.1, 1], coulombLambdas: [0, 1] }, /begin with 0 and end with 1/],
      [{ vdwLambdas: [0, 0.6, 0.4, 1], coulombLambdas: [0, 0, 0, 1] }, /must not decrease/],
      [{ vdwLambdas: [0, 0.5, 1], coulombLambdas: [0, 0.5, 1] }, /only where vdw is 1/],
      [{ boxEdge: 2 }, /'box_edge' must be at least/],
      [{ timestep: 0.01 }, /'timestep' must be at most/],
      [{ productionTime: 0.01 }, /'production_time' must be one sampling interval/],
      [{ equilibrationTime: 0.0001 }, /'equilibration_time' must be one time step/],
      [{ nRepeats: 0 }, /'n_repeats' must be at least 1/],
    ];
    for (const [options, message] of refused) {
      const settings = gromacsHydrationSettings('standard', options);
      assert.throws(() => readGromacsSettings(settings), { name: 'ProtocolValidationError', message });
    }
  });

  it('fails with a typed error in the traceback where there is no gmx', async () => {
    const result = await run({}, { engines: { gmx: { command: '/nonexistent/gmx', threads: 1 } } });
    assert.equal(result.ok, false);
    const [failure] = result.failures;
    assert.equal(failure?.exception.className, 'GromacsError');
    assert.match(
      failure?.traceback ?? '',
      /GromacsError: cannot run '\/nonexistent\/gmx'[\s\S]*code: 'GMX_MISSING'/,
    );
  });

  it('computes a hydration free energy', { skip: version === null ? 'no gmx on PATH' : false }, async () => {
    const settings = { nRepeats: 2, equilibrationTime: 0.1, productionTime: 0.4, seed: 5 };
    const result = await run(settings, { slots: 2 });
    assert.equal(result.failures[0]?.traceback, undefined);
    assert.equal(result.ok, true);
    const read = decodeKeyedChainAs(ProtocolDAGResult, result.toJson(), { registry: PROTOCOL_REGISTRY });
    const gathered = new GromacsHydrationProtocol(gromacsHydrationSettings('quick', settings)).gather([read]);
    assert.equal(gathered.estimatesKcalPerMol.length, 2);
    // Not converged by far; but a wrong unit or sign, or a solute on top of water, is further off.
    const estimate = gathered.estimate?.toNumber() ?? Number.NaN;
    assert.ok(Math.abs(estimate - 2) < 15, `${estimate} kcal/mol`);
    for (const { outputs } of resultsOfUnits(read, 'GromacsAnalysisUnit')) {
      const steps = outputs.get('free_energies') as readonly Quantity[];
      assert.equal(steps.at(-1)?.toNumber(), (outputs.get('unit_estimate') as Quantity).toNumber());
    }
    const [window] = resultsOfUnits(read, 'GromacsWindowUnit');
    assert.doesNotMatch(window?.outputs.get('dhdl') as string, /^#/m);
  });
});
