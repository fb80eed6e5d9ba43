// Everything that can go wrong on the way through GROMACS, in one closed table. The message is for the person who reads the
// traceback of a failed task: it holds GROMACS' own words, not its banner.

const GROMACS_ERROR_CODES = {
  GMX_MISSING: 'there is no gmx program to run',
  UNTYPABLE_MOLECULE: 'the molecule holds an atom the force field writer does not know',
  SETUP_FAILED: 'the solute could not be put into a box of water',
  GROMPP_REFUSED: 'grompp refused the topology, coordinates or settings',
  MDRUN_FAILED: 'a simulation ended with an error',
  ENERGIES_UNREADABLE: 'a simulation left no energy differences, or some that are not numbers',
} as const;

export type GromacsErrorCode = keyof typeof GROMACS_ERROR_CODES;

/** Which atom of a molecule was refused; indices count from 0, as in the component. */
export interface RefusedAtom {
  readonly atomIndex: number;
  readonly element: string;
}

/** The one error of this folder. `atom` is there for UNTYPABLE_MOLECULE. */
export class GromacsError extends Error {
  override readonly name = 'GromacsError';
  readonly code: GromacsErrorCode;
  readonly atom: RefusedAtom | null;

  constructor(
    code: GromacsErrorCode,
    message: string,
    options: { atom?: RefusedAtom; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.atom = options.atom ?? null;
  }
}

/** The lines of GROMACS' output that say why it stopped: its ERROR blocks, its fatal error, or else its last lines. */
export function reasonFrom(output: string): string {
  const lines = output.split('\n');
  const reasons: string[] = [];
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i] as string;
    if (
      !/^(ERROR \d+|WARNING \d+|Fatal error:|Error in user input:|Inconsistency in user input:|Assertion failed)/.test(
        line.trim(),
      )
    )
      continue;
    const block: string[] = [];
    for (; i < lines.length && (lines[i] as string).trim() !== ''; i++)
      block.push((lines[i] as string).trim());
    reasons.push(block.join(' '));
  }
  if (reasons.length > 0) return reasons.join('; ');
  return lines
    .filter(line => line.trim() !== '')
    .slice(-8)
    .join('\n');
}
