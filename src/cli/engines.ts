// Which programs do the sampling: those on PATH, unless a variable names another.
import { DEFAULT_GMX, type GmxProgram } from '../protocols/gromacs/gmx.ts';
import type { Environment } from './env.ts';

/** The gmx that `ALCHEMISCALE_GMX` names (a path or a name on PATH), or the usual one. */
export function gmxFrom(env: Environment): GmxProgram {
  return { ...DEFAULT_GMX, command: env.get('ALCHEMISCALE_GMX') ?? DEFAULT_GMX.command };
}
