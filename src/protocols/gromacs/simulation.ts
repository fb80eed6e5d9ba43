// The two pieces of work GROMACS does for a hydration free energy: put the solute into relaxed water (once), and sample one
// coupling state (once for each window of each repeat). Files go into the folders given; nothing is left elsewhere.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type GmxProgram, runGmx } from './gmx.ts';
import { GromacsError } from './gromacs-error.ts';
import { equilibrationMdp, type MdpSettings, minimizationMdp, productionMdp } from './mdp.ts';
import type { TypedMolecule } from './oplsaa.ts';
import { boxEdgeNm, coordinatesText, topologyText } from './topology.ts';

/** Paths of a relaxed solute in water. */
export interface SolvatedSystem {
  readonly coordinates: string;
  readonly topology: string;
  readonly waters: number;
  readonly boxEdgeNm: number;
}

export interface SolvationRequest {
  readonly program: GmxProgram;
  readonly molecule: TypedMolecule;
  readonly name: string;
  readonly coordinatesAngstrom: readonly (readonly number[])[];
  readonly settings: MdpSettings;
  /** In nanometer; longer molecules get a larger box. */
  readonly smallestBoxNm: number;
  /** Files for the windows go here. */
  readonly folder: string;
  readonly signal?: AbortSignal | undefined;
}

/** Fewer waters than this means that the box was not filled. */
const FEWEST_WATERS = 100;

/** Builds the box of water around the solute and minimizes its energy. */
export async function solvateAndMinimize(request: SolvationRequest): Promise<SolvatedSystem> {
  const { program, folder: cwd, signal, settings } = request;
  const edge = boxEdgeNm(request.coordinatesAngstrom, request.smallestBoxNm, settings.cutoff);
  await mkdir(cwd, { recursive: true });
  await writeFile(join(cwd, 'topol.top'), topologyText(request.molecule, request.name));
  const solute = coordinatesText(request.molecule, request.coordinatesAngstrom, edge, request.name);
  await writeFile(join(cwd, 'solute.gro'), solute);
  await writeFile(join(cwd, 'em.mdp'), minimizationMdp(settings));
  const gmx = (
    failure: 'SETUP_FAILED' | 'GROMPP_REFUSED' | 'MDRUN_FAILED',
    ...args: string[]
  ): Promise<string> => runGmx({ program, cwd, signal, failure, args });
  await gmx(
    'SETUP_FAILED',
    'solvate',
    '-cp',
    'solute.gro',
    '-cs',
    'spc216.gro',
    '-p',
    'topol.top',
    '-o',
    'solvated.gro',
  );
  const topology = await readFile(join(cwd, 'topol.top'), 'utf8');
  const waters = Number(/^SOL\s+(\d+)/m.exec(topology)?.[1] ?? 0);
  if (waters < FEWEST_WATERS) {
    throw new GromacsError('SETUP_FAILED', `a box of ${edge} nm took only ${waters} waters`);
  }
  await gmx(
    'GROMPP_REFUSED',
    'grompp',
    '-f',
    'em.mdp',
    '-c',
    'solvated.gro',
    '-p',
    'topol.top',
    '-o',
    'em.tpr',
  );
  await gmx('MDRUN_FAILED', 'mdrun', '-deffnm', 'em', ...threads(program));
  return { coordinates: join(cwd, 'em.gro'), topology: join(cwd, 'topol.top'), waters, boxEdgeNm: edge };
}

export interface WindowRequest {
  readonly program: GmxProgram;
  readonly system: Pick<SolvatedSystem, 'coordinates' | 'topology'>;
  readonly settings: MdpSettings;
  /** Which coupling state, from 0. */
  readonly state: number;
  readonly equilibrationSteps: number;
  readonly productionSteps: number;
  /** Of velocities and friction: 1 to 2³¹ − 2. */
  readonly seed: number;
  readonly folder: string;
  readonly signal?: AbortSignal | undefined;
}

export interface WindowOutcome {
  /** The text of dhdl.xvg, without its comments. */
  readonly energyDifferences: string;
  /** Simulated nanoseconds per day, as mdrun reports for production; null when it reports none. */
  readonly nanosecondsPerDay: number | null;
}

/** Equilibrates and samples one coupling state. */
export async function simulateWindow(request: WindowRequest): Promise<WindowOutcome> {
  const { program, folder: cwd, signal, settings, state, seed } = request;
  const { coordinates, topology } = request.system;
  await mkdir(cwd, { recursive: true });
  const equilibration = equilibrationMdp(settings, state, request.equilibrationSteps, seed);
  await writeFile(join(cwd, 'eq.mdp'), equilibration);
  await writeFile(join(cwd, 'prod.mdp'), productionMdp(settings, state, request.productionSteps, seed + 1));
  const grompp = (...args: string[]): Promise<string> =>
    runGmx({ program, cwd, signal, failure: 'GROMPP_REFUSED', args: ['grompp', '-p', topology, ...args] });
  // Unpinned: windows run side by side, and pinning would put them all on the first core.
  const mdrun = (...args: string[]): Promise<string> =>
    runGmx({
      program,
      cwd,
      signal,
      failure: 'MDRUN_FAILED',
      args: ['mdrun', ...args, ...threads(program), '-pin', 'off'],
    });
  await grompp('-f', 'eq.mdp', '-c', coordinates, '-o', 'eq.tpr');
  await mdrun('-deffnm', 'eq');
  await grompp('-f', 'prod.mdp', '-c', 'eq.gro', '-t', 'eq.cpt', '-o', 'prod.tpr');
  const log = await mdrun('-deffnm', 'prod', '-dhdl', 'dhdl.xvg');
  const speed = /^Performance:\s+([\d.]+)/m.exec(log)?.[1];
  const xvg = await readFile(join(cwd, 'dhdl.xvg'), 'utf8');
  return {
    // Comments hold the date, folders of this machine and GROMACS' joke of the day.
    energyDifferences: xvg.replaceAll(/^#.*\n/gm, ''),
    nanosecondsPerDay: speed === undefined ? null : Number(speed),
  };
}

function threads(program: GmxProgram): string[] {
  return ['-ntmpi', '1', '-ntomp', String(program.threads)];
}
