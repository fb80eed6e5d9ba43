// Runs a ProtocolDAG: dependencies first, units that do not need each other side by side as far as there are slots, each
// attempt in folders and a process of its own, failed attempts repeated and kept.
//
// Differs from gufe's own executor, which runs one unit after another in its own process. What it leaves behind is the
// same: all attempts of a unit up to its first success; when a unit fails for good, nothing more is run and the result
// is not ok. Units that ran beside the failing one are stopped and leave no result, as if they had come later. With one slot
// units run in gufe's order; with more, the first in that order of those whose dependencies are there.
import { resolve } from 'node:path';
import { GufeError } from '../gufe/error.ts';
import type { ProtocolDAG } from '../gufe/protocol/dag.ts';
import { ProtocolDAGResult } from '../gufe/protocol/result.ts';
import { ProtocolUnit, substituteResults } from '../gufe/protocol/unit.ts';
import { type AnyUnitResult, ProtocolUnitFailure, ProtocolUnitResult } from '../gufe/protocol/unit-result.ts';
import { DateTime } from '../gufe/python-types.ts';
import type { GufeInput, GufeObject } from '../gufe/values.ts';
import { DEFAULT_GMX } from './gromacs/gmx.ts';
import { ResultCache } from './result-cache.ts';
import { SlotPool } from './slots.ts';
import { type FolderBases, makeUnitFolders, readCaptured, removeFolders } from './unit-folders.ts';
import { type Engines, runJob, UnitJob, type UnitOutcome } from './unit-job.ts';
import { runUnitProcess } from './unit-process.ts';

/** A unit's attempt began or ended. */
export interface UnitProgress {
  readonly kind: 'started' | 'succeeded' | 'failed';
  readonly unitKey: string;
  readonly unitName: string | null;
  /** From 0. */
  readonly attempt: number;
  /** Units that have succeeded so far, of all. */
  readonly unitsDone: number;
  readonly unitsTotal: number;
}

export interface ExecuteOptions {
  /** An existing folder for what units hand to later units. */
  readonly sharedBase: string;
  /** An existing folder for what a unit needs while it runs. */
  readonly scratchBase: string;
  /** Existing folders; without them files of standard output and error are not captured. */
  readonly stdoutBase?: string | null;
  readonly stderrBase?: string | null;
  /** How often a failed unit is tried again; 0 unless given. */
  readonly retries?: number;
  /** Units that may run at the same time, or a pool shared with other DAGs; 1 unless given. */
  readonly slots?: number | SlotPool;
  readonly keepShared?: boolean;
  readonly keepScratch?: boolean;
  /**
   * A folder for the results of units while the DAG is not finished. Results that lie there from a run of the same DAG that was
   * stopped are taken over; none are kept without it.
   */
  readonly cacheBase?: string | null;
  /** Leaves the DAG's part of the cache there when it is finished; false unless given. */
  readonly keepCache?: boolean;
  /** Called for files in the cache that hold no result. */
  readonly onUnreadableCache?: (path: string, error: Error) => void;
  /** Rejects with UnitFailedError at the first failed attempt, without a result; false unless given. */
  readonly raiseErrors?: boolean;
  /** Stops everything: `executeDag` then rejects with its reason, once every process is gone, and there is no result. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: UnitProgress) => void;
  readonly engines?: Partial<Engines>;
  /** How long a stopped unit has to stop what it started. */
  readonly graceMs?: number;
  /** Runs units in this process: faster, but a crash takes everything with it. For tests. */
  readonly inProcess?: boolean;
}

const DEFAULT_GRACE_MS = 2000;

/**
 * Runs every unit of a DAG. Failures of units are in the result; rejects when aborted, when a unit's process is stopped by
 * someone else (UnitInterruptedError), when the machine fails (a full disk), or when the cache holds results that do not fit
 * together (ProtocolExecutionError).
 */
export async function executeDag(dag: ProtocolDAG, options: ExecuteOptions): Promise<ProtocolDAGResult> {
  const execution = new Execution(dag, options);
  await execution.run();
  return new ProtocolDAGResult({
    name: dag.name,
    protocolUnits: dag.protocolUnits,
    protocolUnitResults: execution.results,
    transformationKey: dag.transformationKey,
    extendsKey: dag.extendsKey,
  });
}

/** A unit failed, and whoever runs it wants to know at once. */
export class UnitFailedError extends Error {
  override readonly name = 'UnitFailedError';
  readonly failure: ProtocolUnitFailure;

  constructor(failure: ProtocolUnitFailure) {
    const { className, args } = failure.exception;
    super(`${failure.sourceKey} failed: ${className}: ${args.map(String).join(', ')}`);
    this.failure = failure;
  }
}

function requireKnown(unit: GufeObject): ProtocolUnit {
  if (unit instanceof ProtocolUnit) return unit;
  throw new GufeError(`${unit.key}: no implementation of ${unit.module}.${unit.qualname} is known here`);
}

/** Thrown into the units that run beside one that failed for good. */
const FAILED = new Error('another unit of the DAG failed');

class Execution {
  /** In the order of their ends. */
  readonly results: AnyUnitResult[] = [];
  readonly #dag: ProtocolDAG;
  readonly #options: ExecuteOptions;
  readonly #bases: FolderBases;
  readonly #slots: SlotPool;
  readonly #stop = new AbortController();
  readonly #successes = new Map<string, ProtocolUnitResult>();
  readonly #sharedFolders: string[] = [];
  /** Units that have not begun, in DAG order. */
  readonly #waiting: Set<ProtocolUnit>;
  /** Units for which a turn has been taken. */
  readonly #called = new Set<ProtocolUnit>();
  readonly #turns: Promise<void>[] = [];
  #cache: ResultCache | null = null;

  constructor(dag: ProtocolDAG, options: ExecuteOptions) {
    const retries = options.retries ?? 0;
    if (!(Number.isInteger(retries) && retries >= 0))
      throw new RangeError(`a count of retries, not ${retries}`);
    this.#dag = dag;
    this.#waiting = new Set(dag.protocolUnits.map(requireKnown));
    this.#options = options;
    // Absolute: units run in a folder of their own.
    const absolute = (base: string | null | undefined): string | null => (base ? resolve(base) : null);
    this.#bases = {
      sharedBase: resolve(options.sharedBase),
      scratchBase: resolve(options.scratchBase),
      stdoutBase: absolute(options.stdoutBase),
      stderrBase: absolute(options.stderrBase),
    };
    this.#slots = options.slots instanceof SlotPool ? options.slots : new SlotPool(options.slots ?? 1);
  }

  async run(): Promise<void> {
    const { signal } = this.#options;
    signal?.throwIfAborted();
    const stop = (): void => this.#stop.abort(signal?.reason);
    signal?.addEventListener('abort', stop, { once: true });
    try {
      await this.#openCache();
      this.#callReady();
      // Turns bring further turns. All are waited for, so that nothing is left running.
      for (const turn of this.#turns) await turn.catch(() => {});
      const { aborted, reason } = this.#stop.signal;
      if (aborted && reason !== FAILED) throw reason;
      if (!this.#options.keepCache) await this.#cache?.remove();
    } finally {
      signal?.removeEventListener('abort', stop);
      if (!this.#options.keepShared) await removeFolders(this.#sharedFolders);
    }
  }

  async #openCache(): Promise<void> {
    const { cacheBase, onUnreadableCache } = this.#options;
    if (!cacheBase) return;
    const opened = await ResultCache.open(this.#dag, { base: cacheBase, onUnreadable: onUnreadableCache });
    this.#cache = opened.cache;
    for (const unit of [...this.#waiting]) {
      const result = opened.results.get(unit.key);
      if (result === undefined) continue;
      this.#waiting.delete(unit);
      this.#successes.set(unit.key, result);
      this.results.push(result);
    }
  }

  /** Takes a turn for each unit that has become ready. */
  #callReady(): void {
    for (const unit of this.#waiting) {
      if (this.#called.has(unit) || !this.#isReady(unit)) continue;
      this.#called.add(unit);
      const turn = this.#takeTurn();
      // Waited for in order: until then its rejection has nobody else to see it.
      turn.catch(() => {});
      this.#turns.push(turn);
    }
  }

  #isReady(unit: ProtocolUnit): boolean {
    return this.#dag.dependenciesOf(unit).every(({ key }) => this.#successes.has(key));
  }

  /** Waits for a slot and runs whichever unit is the first in DAG order of those that are ready by then. */
  async #takeTurn(): Promise<void> {
    const release = await this.#slots.acquire(this.#stop.signal);
    try {
      const unit = [...this.#waiting].find(waiting => this.#isReady(waiting));
      if (unit === undefined) return;
      this.#waiting.delete(unit);
      await this.#runUnit(unit);
      // Before the slot goes to another: what this unit made ready may come first.
      this.#callReady();
    } catch (error) {
      // Before the slot goes to another, too: nothing begins after a failure.
      this.#stop.abort(error);
      throw error;
    } finally {
      release();
    }
  }

  /** All attempts at one unit; rejects with FAILED when none succeeded. */
  async #runUnit(unit: ProtocolUnit): Promise<void> {
    for (let attempt = 0; attempt <= (this.#options.retries ?? 0); attempt++) {
      this.#report('started', unit, attempt);
      const result = await this.#runAttempt(unit, attempt);
      this.results.push(result);
      if (result.ok) this.#successes.set(unit.key, result);
      this.#report(result.ok ? 'succeeded' : 'failed', unit, attempt);
      if (result.ok) return await this.#cache?.keep(result);
      if (this.#options.raiseErrors) throw new UnitFailedError(result);
    }
    throw FAILED;
  }

  async #runAttempt(unit: ProtocolUnit, attempt: number): Promise<AnyUnitResult> {
    const inputs = substituteResults(unit.inputs, key => this.#successes.get(key) ?? null);
    const { job: folder, ...folders } = await makeUnitFolders(this.#bases, unit.key, attempt);
    this.#sharedFolders.push(folders.shared);
    const engines = { gmx: DEFAULT_GMX, ...this.#options.engines };
    const startTime = DateTime.naive(new Date());
    try {
      const job = new UnitJob({ unit, inputs, folders, engines });
      const outcome = await this.#runJob(job, folder);
      const common = {
        name: unit.name,
        sourceKey: unit.key,
        inputs: inputs as ReadonlyMap<string, GufeInput>,
        stdout: await readCaptured(folders.stdout),
        stderr: await readCaptured(folders.stderr),
        startTime,
        endTime: DateTime.naive(new Date()),
      };
      if (!outcome.ok) return new ProtocolUnitFailure({ ...common, ...outcome });
      return new ProtocolUnitResult({
        ...common,
        outputs: outcome.outputs as ReadonlyMap<string, GufeInput>,
      });
    } finally {
      const scratch = this.#options.keepScratch ? null : folders.scratch;
      await removeFolders([folder, folders.stdout, folders.stderr, scratch]);
    }
  }

  #runJob(job: UnitJob, folder: string): Promise<UnitOutcome> {
    const { signal } = this.#stop;
    if (this.#options.inProcess) return runJob(job, signal);
    return runUnitProcess({ job, folder, signal, graceMs: this.#options.graceMs ?? DEFAULT_GRACE_MS });
  }

  #report(kind: UnitProgress['kind'], unit: ProtocolUnit, attempt: number): void {
    this.#options.onProgress?.({
      kind,
      unitKey: unit.key,
      unitName: unit.name,
      attempt,
      unitsDone: this.#successes.size,
      unitsTotal: this.#dag.protocolUnits.length,
    });
  }
}
