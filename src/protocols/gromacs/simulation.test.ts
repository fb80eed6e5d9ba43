// With GROMACS: tiny simulations whose numbers mean nothing physically, but whose every step is the real one.
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { thermalEnergyKjPerMol } from '../energy-units.ts';
import { estimatePath } from '../estimators/path.ts';
import { buildAlkane } from './alkane-geometry.ts';
import { readEnergyDifferences } from './energy-differences.ts';
import { ALKANES } from './freesolv.ts';
import { DEFAULT_GMX, findGmxVersion, runGmx } from './gmx.ts';
import { reasonFrom } from './gromacs-error.ts';
import { type MdpSettings, minimizationMdp } from './mdp.ts';
import { typeAlkane } from './oplsaa.ts';
import { simulateWindow, solvateAndMinimize } from './simulation.ts';
import { coordinatesText, topologyText } from './topology.ts';

const SETTINGS: MdpSettings = {
  temperature: 298.15,
  pressure: 1,
  timestep: 0.002,
  cutoff: 0.9,
  coulomb: 'reaction-field',
  vdwLambdas: [0, 0.5, 1],
  coulombLambdas: [0, 0, 1],
  samplingInterval: 10,
};

function alkane(name: keyof typeof ALKANES) {
  const { elements, bonds, coordinates } = buildAlkane(ALKANES[name].carbons);
  const molecule = typeAlkane({
    name,
    atoms: elements.map(element => ({ atomicNumber: element === 'C' ? 6 : 1, isotope: 0, formalCharge: 0 })),
    bonds: bonds.map(([begin, end]) => ({ begin, end, order: 1 })),
  });
  return { molecule, coordinatesAngstrom: coordinates, name };
}

// Asked first: hooks of the file run as soon as the top level waits for anything.
const version = await findGmxVersion();

let folder = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'alchemiscale-gromacs-'));
});
after(() => rm(folder, { recursive: true, force: true }));

describe('without GROMACS', () => {
  it('says that gmx is missing and how to get it', async () => {
    const program = { command: '/nonexistent/gmx', threads: 1 };
    await assert.rejects(runGmx({ program, args: ['grompp'], cwd: folder, failure: 'GROMPP_REFUSED' }), {
      code: 'GMX_MISSING',
      message: /cannot run '\/nonexistent\/gmx' \(ENOENT\): install GROMACS/,
    });
    assert.equal(await findGmxVersion(program), null);
  });

  it('takes the reason out of what grompp printed', () => {
    const output =
      'Setting the LD random seed\n\nNOTE 1 [file em.mdp]:\n  You are using\n\nERROR 1 [file topol.top, line 6]:\n  Atomtype opls_1400 not found\n\n' +
      'There was 1 note\n\nFatal error:\nThere was 1 error in input file(s)\n\nFor more information\n';
    assert.equal(
      reasonFrom(output),
      'ERROR 1 [file topol.top, line 6]: Atomtype opls_1400 not found; Fatal error: There was 1 error in input file(s)',
    );
    assert.equal(reasonFrom('first\n\nlast\n'), 'first\nlast');
  });

  it('reads energy differences and refuses damaged ones', () => {
    const ofTwo = { state: 0, states: 2, kTKjPerMol: 0.5 };
    const legends =
      '@ s0 legend "dH/d\\xl\\f{} vdw-lambda = 0.0000"\n@ s1 legend "\\xD\\f{}H \\xl\\f{} to 0.0"\n@ s2 legend "\\xD\\f{}H \\xl\\f{} to 1.0"\n@ s3 legend "pV (kJ/mol)"\n';
    const read = readEnergyDifferences(`# made\n${legends}0.0 9 0 1.5 7\n0.1 9 0 -2.5 7\n`, ofTwo);
    assert.deepEqual(read, [Float64Array.of(0, 0), Float64Array.of(3, -5)]);
    for (const [text, why] of [
      [legends, /no samples/],
      ['', /0 columns for 2 states/],
      [`${legends}0.0 9 0 nan 7\n`, /difference to state 1 is not a number/],
      [`${legends}0.0 9 0\n`, /difference to state 1 is not a number/],
    ] as const) {
      assert.throws(() => readEnergyDifferences(text, ofTwo), { code: 'ENERGIES_UNREADABLE', message: why });
    }
  });
});

describe('with GROMACS', { skip: version === null ? 'no gmx on PATH' : false }, () => {
  it('accepts the topology of every alkane', async () => {
    await Promise.all(
      (Object.keys(ALKANES) as (keyof typeof ALKANES)[]).map(async name => {
        const { molecule, coordinatesAngstrom } = alkane(name);
        const text = coordinatesText(molecule, coordinatesAngstrom, 3, name);
        await writeFile(join(folder, `${name}.gro`), text);
        await writeFile(join(folder, `${name}.top`), topologyText(molecule, name));
        await writeFile(join(folder, `${name}.mdp`), minimizationMdp(SETTINGS));
        const files = [
          '-f',
          `${name}.mdp`,
          '-c',
          `${name}.gro`,
          '-p',
          `${name}.top`,
          '-o',
          `${name}.tpr`,
          '-po',
          `${name}-out.mdp`,
        ];
        await runGmx({
          program: DEFAULT_GMX,
          cwd: folder,
          args: ['grompp', ...files],
          failure: 'GROMPP_REFUSED',
        });
      }),
    );
  });

  it('samples windows whose BAR estimate is that of gmx bar', async () => {
    const program = DEFAULT_GMX;
    const system = await solvateAndMinimize({
      ...alkane('methane'),
      program,
      settings: SETTINGS,
      smallestBoxNm: 2.2,
      folder: join(folder, 'set-up'),
    });
    assert.ok(system.waters > 330 && system.waters < 360);
    const kTKjPerMol = thermalEnergyKjPerMol(298.15);
    const files: string[] = [];
    const windows = await Promise.all(
      [0, 1, 2].map(async state => {
        const outcome = await simulateWindow({
          program,
          system,
          settings: SETTINGS,
          state,
          equilibrationSteps: 50,
          productionSteps: 300,
          seed: 7 + 2 * state,
          folder: join(folder, `window-${state}`),
        });
        files[state] = join(folder, `window-${state}.xvg`);
        await writeFile(files[state], outcome.energyDifferences);
        return readEnergyDifferences(outcome.energyDifferences, { state, states: 3, kTKjPerMol });
      }),
    );
    assert.equal(windows[0]?.[0]?.length, 31);
    const ours = estimatePath(windows, 'BAR');
    const output = await runGmx({
      program,
      cwd: folder,
      args: ['bar', '-f', ...files, '-temp', '298.15', '-prec', '4'],
      failure: 'MDRUN_FAILED',
    });
    const theirs = Number(/^total .*DG\s+(-?[\d.]+)/m.exec(output)?.[1]);
    assert.ok(
      Math.abs(ours.difference * kTKjPerMol - theirs) < 2e-3,
      `${ours.difference} kT, ${theirs} kJ/mol`,
    );
    const combined = estimatePath(windows, 'MBAR');
    assert.ok(Math.abs(combined.difference - ours.difference) < 3 * combined.error);
  });

  it('passes grompp’s own reason on', async () => {
    const { molecule } = alkane('methane');
    const broken = { ...molecule, atoms: molecule.atoms.map(atom => ({ ...atom, type: 'opls_99999' })) };
    const request = { ...alkane('methane'), molecule: broken, program: DEFAULT_GMX, settings: SETTINGS };
    await assert.rejects(
      solvateAndMinimize({ ...request, smallestBoxNm: 2.2, folder: join(folder, 'broken') }),
      {
        code: 'GROMPP_REFUSED',
        message:
          /gmx grompp \(exit code 1\): ERROR 1 \[file topol.top, line \d+\]: Atomtype opls_99999 not found/,
      },
    );
  });

  it('ends the process when aborted', async () => {
    const controller = new AbortController();
    const system = {
      coordinates: join(folder, 'set-up', 'em.gro'),
      topology: join(folder, 'set-up', 'topol.top'),
    };
    const started = performance.now();
    setTimeout(() => controller.abort(new Error('enough')), 500);
    await assert.rejects(
      simulateWindow({
        program: DEFAULT_GMX,
        system,
        settings: SETTINGS,
        state: 2,
        equilibrationSteps: 10_000_000,
        productionSteps: 1,
        seed: 1,
        folder: join(folder, 'endless'),
        signal: controller.signal,
      }),
      /enough/,
    );
    assert.ok(performance.now() - started < 5000);
  });
});
