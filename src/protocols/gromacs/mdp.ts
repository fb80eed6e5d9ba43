// The simulation settings as GROMACS reads them (.mdp): energy minimization, equilibration and production of one window.
//
// The solute is coupled in from nothing: at state 0 it does not see the water, at the last state it does fully, so the free
// energies along the states add up to +ΔG of hydration. `couple-intramol = no` keeps its inner energies whole in every
// state, so the gas-phase leg is zero and no vacuum simulation is needed. Charges come last, so they need no soft core.
import { SOLUTE_NAME } from './topology.ts';

/** What the simulations depend on. */
export interface MdpSettings {
  /** Kelvin. */
  readonly temperature: number;
  /** Bar. */
  readonly pressure: number;
  /** Picoseconds. */
  readonly timestep: number;
  /** Of the pair interactions, in nanometer. */
  readonly cutoff: number;
  readonly coulomb: 'reaction-field' | 'PME';
  readonly vdwLambdas: readonly number[];
  readonly coulombLambdas: readonly number[];
  /** Steps between written energy differences. */
  readonly samplingInterval: number;
}

/** Relative permittivity of water, for the continuum beyond the cut-off of the reaction field. */
const WATER_PERMITTIVITY = 78.5;
const ISOTHERMAL_COMPRESSIBILITY_PER_BAR = 4.5e-5;

type MdpEntries = readonly (readonly [string, string | number])[];

function text(...parts: readonly MdpEntries[]): string {
  return parts
    .flat()
    .map(([name, value]) => `${name} = ${value}\n`)
    .join('');
}

/**
 * Minimization of the fully coupled system. Water is flexible there: with rigid water, minimization of a freshly
 * solvated box stops at a few molecules that SETTLE cannot satisfy.
 */
export function minimizationMdp(settings: MdpSettings): string {
  return text(
    [
      ['integrator', 'steep'],
      ['emtol', 100],
      ['emstep', 0.01],
      ['nsteps', 500],
      ['define', '-DFLEXIBLE'],
      ['constraints', 'none'],
    ],
    output(),
    interactions(settings),
    coupling(settings, settings.vdwLambdas.length - 1),
  );
}

/** New velocities, then dynamics at constant pressure. C-rescale gives the right ensemble, so nothing changes in production. */
export function equilibrationMdp(settings: MdpSettings, state: number, steps: number, seed: number): string {
  return text(
    dynamics(settings, steps, seed),
    [
      ['gen-vel', 'yes'],
      ['gen-temp', settings.temperature],
      ['gen-seed', seed],
    ],
    output(),
    interactions(settings),
    coupling(settings, state),
  );
}

/** Goes on from the equilibration's checkpoint. */
export function productionMdp(settings: MdpSettings, state: number, steps: number, seed: number): string {
  return text(
    dynamics(settings, steps, seed),
    [['continuation', 'yes']],
    output(),
    interactions(settings),
    coupling(settings, state),
  );
}

function dynamics(settings: MdpSettings, steps: number, seed: number): MdpEntries {
  return [
    ['integrator', 'sd'],
    ['dt', settings.timestep],
    ['nsteps', steps],
    ['ld-seed', seed],
    ['tc-grps', 'System'],
    ['tau-t', 1.0],
    ['ref-t', settings.temperature],
    ['pcoupl', 'C-rescale'],
    ['tau-p', 1.0],
    ['ref-p', settings.pressure],
    ['compressibility', ISOTHERMAL_COMPRESSIBILITY_PER_BAR],
    ['constraints', 'h-bonds'],
    ['lincs-order', 6],
    ['comm-mode', 'Linear'],
    ['nstcomm', 100],
  ];
}

/** No trajectory: only the energy differences are kept. */
function output(): MdpEntries {
  return [
    ['nstenergy', 5000],
    ['nstlog', 0],
    ['nstxout', 0],
    ['nstvout', 0],
    ['nstxout-compressed', 0],
  ];
}

function interactions(settings: MdpSettings): MdpEntries {
  const coulomb: MdpEntries =
    settings.coulomb === 'PME'
      ? [
          ['coulombtype', 'PME'],
          ['fourierspacing', 0.12],
        ]
      : [
          ['coulombtype', 'Reaction-Field'],
          ['epsilon-rf', WATER_PERMITTIVITY],
        ];
  return [
    ['cutoff-scheme', 'Verlet'],
    ['nstlist', 20],
    ...coulomb,
    ['rcoulomb', settings.cutoff],
    ['vdwtype', 'Cut-off'],
    ['vdw-modifier', 'Potential-shift'],
    ['rvdw', settings.cutoff],
    ['DispCorr', 'EnerPres'],
  ];
}

function coupling(settings: MdpSettings, state: number): MdpEntries {
  return [
    ['free-energy', 'yes'],
    ['couple-moltype', SOLUTE_NAME],
    ['couple-lambda0', 'none'],
    ['couple-lambda1', 'vdw-q'],
    ['couple-intramol', 'no'],
    ['vdw-lambdas', settings.vdwLambdas.join(' ')],
    ['coul-lambdas', settings.coulombLambdas.join(' ')],
    ['init-lambda-state', state],
    // −1: differences to every state, which MBAR needs.
    ['calc-lambda-neighbors', -1],
    ['sc-alpha', 0.5],
    ['sc-power', 1],
    ['sc-sigma', 0.3],
    ['sc-coul', 'no'],
    ['nstdhdl', settings.samplingInterval],
    ['dhdl-print-energy', 'no'],
    ['separate-dhdl-file', 'yes'],
  ];
}
