// Runs one unit in a process of its own, so that a unit can be stopped at any time and a crash of its own making (out of
// memory, a fault in native code, process.exit) is one failed attempt and nothing more.
//
// Three ends are told apart. An outcome in the job's folder is what the unit made of it. A death by a signal that a unit's
// own fault can cause, or an exit without an outcome, is a failure, with the end of its error output as traceback. A death
// by a signal that people and schedulers send is an interruption: the unit is not to blame and nothing is recorded.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { decodeKeyedChainAs } from '../gufe/keyed-chain.ts';
import { PROTOCOL_REGISTRY } from './registry.ts';
import { UNIT_JOB_CLASSES, type UnitJob, type UnitOutcome, UnitOutcomeRecord } from './unit-job.ts';

export const JOB_FILE = 'job.json';
export const OUTCOME_FILE = 'outcome.json';

/** The exit code of a unit's process that was told to stop and did. */
export const INTERRUPTED_EXIT_CODE = 143;

/** Signals that come from people, schedulers and systems going down, not from faults of a unit. */
const INTERRUPTING_SIGNALS: readonly string[] = [
  'SIGTERM',
  'SIGINT',
  'SIGHUP',
  'SIGUSR1',
  'SIGUSR2',
  'SIGXCPU',
  'SIGPWR',
];

/** How much of the error output a failure keeps. */
const KEPT_STDERR_CHARACTERS = 16_000;

/** How long to wait for the end of error output that a process outside the group may hold open. */
const STRAY_OUTPUT_MS = 500;

/** What the process runs. This file is TypeScript in a clone and JavaScript in the package, and so is its neighbor. */
const ENTRY = new URL(`./run-unit${extname(import.meta.url)}`, import.meta.url).href;

/**
 * Turns Node's cache of compiled modules on before the first module is loaded: a process is then ready in 100 ms where it
 * takes 240 ms without (measured where an empty one takes 40 ms).
 */
const BOOT =
  "import { enableCompileCache } from 'node:module'; enableCompileCache();" +
  'const { runUnitMain } = await import(process.argv[1]); await runUnitMain(process.argv[2]);';

/** A unit was stopped from outside, by someone other than the caller. Not a failure: the work can be done again. */
export class UnitInterruptedError extends Error {
  override readonly name = 'UnitInterruptedError';
}

export interface UnitProcessOptions {
  readonly job: UnitJob;
  /** An empty folder for the job and its outcome. */
  readonly folder: string;
  readonly signal: AbortSignal;
  /** How long an aborted unit has to stop what it started before its whole process group is killed. */
  readonly graceMs: number;
}

/** Runs a job to its end. Rejects with the signal's reason when aborted, once every process is gone. */
export async function runUnitProcess(options: UnitProcessOptions): Promise<UnitOutcome> {
  const { job, folder, signal } = options;
  signal.throwIfAborted();
  await writeFile(join(folder, JOB_FILE), job.toJson());
  const child = spawn(process.execPath, ['--input-type=module', '--eval', BOOT, ENTRY, folder], {
    cwd: job.folders.scratch,
    detached: process.platform !== 'win32',
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  const errors = collectTail(child);
  const closed = once(child, 'close').catch(() => {});
  let killer: NodeJS.Timeout | undefined;
  const stop = (): void => {
    signalGroup(child, 'SIGTERM');
    killer = setTimeout(() => signalGroup(child, 'SIGKILL'), options.graceMs);
  };
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  try {
    const [code, killedBy] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
    // Whatever the unit started and left behind would keep its error output open.
    signalGroup(child, 'SIGKILL');
    await Promise.race([closed, sleep(STRAY_OUTPUT_MS, undefined, { ref: false })]);
    signal.throwIfAborted();
    if (code === INTERRUPTED_EXIT_CODE || INTERRUPTING_SIGNALS.includes(killedBy ?? '')) {
      throw new UnitInterruptedError(`unit ${job.unit.key} was stopped by ${killedBy ?? 'a signal'}`);
    }
    return await readOutcome(options, killedBy ?? `exit code ${code}`, errors);
  } finally {
    clearTimeout(killer);
    signal.removeEventListener('abort', stop);
    child.stdin?.destroy();
    child.stderr?.destroy();
  }
}

async function readOutcome(
  options: UnitProcessOptions,
  ending: string,
  errors: () => string,
): Promise<UnitOutcome> {
  const { job, folder } = options;
  const bytes = await readFile(join(folder, OUTCOME_FILE)).catch(() => null);
  if (bytes !== null) {
    const registry = PROTOCOL_REGISTRY.with(...UNIT_JOB_CLASSES);
    return decodeKeyedChainAs(UnitOutcomeRecord, bytes, { registry }).outcome;
  }
  const message = `the process of unit ${job.unit.key} ended without an outcome (${ending})`;
  const output = errors();
  return {
    ok: false,
    exception: { className: 'UnitProcessError', args: [message] },
    traceback: `UnitProcessError: ${message}\n${output === '' ? 'It wrote no error output.' : output}`,
  };
}

function collectTail(child: ChildProcess): () => string {
  let tail = '';
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    tail = (tail + chunk).slice(-KEPT_STDERR_CHARACTERS);
  });
  return () => tail;
}

/** Signals a unit's process and everything it started. */
function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    if (process.platform === 'win32') child.kill(signal);
    else process.kill(-child.pid, signal);
  } catch (error) {
    // ESRCH: all gone already; EPERM: on macOS, a group of zombies.
    if (!['ESRCH', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
}
