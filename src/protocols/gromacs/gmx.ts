// Runs the gmx program: one process a call, its output kept for the error message, killed at once when the caller gives up.
// Global flags take the place of environment variables: -nobackup (no #file.1# copies), -quiet (no banner).
import { spawn } from 'node:child_process';
import { GromacsError, type GromacsErrorCode, reasonFrom } from './gromacs-error.ts';

export interface GmxProgram {
  /** Path or name on PATH. */
  readonly command: string;
  /** OpenMP threads of one simulation. */
  readonly threads: number;
}

/** What is run unless the caller says otherwise: `gmx` on PATH, one thread (windows run side by side instead). */
export const DEFAULT_GMX: GmxProgram = { command: 'gmx', threads: 1 };

let current = DEFAULT_GMX;

/** Which gmx the units of this process run. A unit has a process to itself, so one setting is enough. */
export function useGmx(program: GmxProgram): void {
  current = program;
}

/** What `useGmx` set last, or the default. */
export function currentGmx(): GmxProgram {
  return current;
}

export interface GmxCall {
  readonly program: GmxProgram;
  /** The arguments, the tool's name first: `['grompp', '-f', …]`. */
  readonly args: readonly string[];
  readonly cwd: string;
  readonly signal?: AbortSignal | undefined;
  /** The code of the error thrown when it ends with anything but success. */
  readonly failure: GromacsErrorCode;
}

/** GROMACS prints megabytes of nothing much in a long run; the reason of a failure is at the end. */
const KEPT_OUTPUT_CHARACTERS = 200_000;

/**
 * Runs one gmx tool to its end and returns what it wrote on stdout and stderr together. Throws a GromacsError with the
 * tool's own reason, or the signal's reason when aborted (the process is killed and gone by then).
 */
export async function runGmx(call: GmxCall): Promise<string> {
  call.signal?.throwIfAborted();
  const child = spawn(call.program.command, ['-nobackup', '-quiet', ...call.args], {
    cwd: call.cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const keep = (chunk: string): void => {
    output = (output + chunk).slice(-KEPT_OUTPUT_CHARACTERS);
  };
  child.stdout.setEncoding('utf8').on('data', keep);
  child.stderr.setEncoding('utf8').on('data', keep);
  // SIGKILL: a simulation that nobody waits for has nothing worth saving.
  const kill = (): void => void child.kill('SIGKILL');
  call.signal?.addEventListener('abort', kill, { once: true });
  try {
    const ended = await new Promise<string | null>((resolve, reject) => {
      child.on('error', error => reject(missing(call, error)));
      child.on('close', (code, signal) => resolve(code === 0 ? null : (signal ?? `exit code ${code}`)));
    });
    call.signal?.throwIfAborted();
    if (ended !== null) {
      throw new GromacsError(call.failure, `gmx ${call.args[0]} (${ended}): ${reasonFrom(output)}`);
    }
    return output;
  } finally {
    call.signal?.removeEventListener('abort', kill);
  }
}

function missing(call: GmxCall, cause: NodeJS.ErrnoException): GromacsError {
  return new GromacsError(
    'GMX_MISSING',
    `cannot run '${call.program.command}' (${cause.code}): install GROMACS (Debian and Ubuntu: apt-get install gromacs) ` +
      'or say where gmx is with ALCHEMISCALE_GMX',
    { cause },
  );
}

/** The version text of the gmx program (`2022.5`), or null when there is none that runs. */
export async function findGmxVersion(program: GmxProgram = DEFAULT_GMX): Promise<string | null> {
  try {
    const output = await runGmx({ program, args: ['--version'], cwd: '.', failure: 'GMX_MISSING' });
    return /GROMACS version:\s+(\S+)/.exec(output)?.[1] ?? null;
  } catch (error) {
    if (error instanceof GromacsError) return null;
    throw error;
  }
}
