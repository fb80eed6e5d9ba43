// Runs the DAGs of a service's tasks, all on one pool of slots, each in folders of its own named by the DAG's key as in the
// original.
import { mkdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Logger } from 'pino';
import type { ProtocolDAG } from '../gufe/protocol/dag.ts';
import type { ProtocolDAGResult } from '../gufe/protocol/result.ts';
import { type ExecuteOptions, executeDag, type UnitProgress } from '../protocols/execute.ts';
import { SlotPool } from '../protocols/slots.ts';
import { removeFolders } from '../protocols/unit-folders.ts';
import type { ComputeServiceSettings } from './settings.ts';
import type { Executor } from './task-run.ts';

type ExecutorSettings = Pick<
  ComputeServiceSettings,
  'slots' | 'sharedBasedir' | 'scratchBasedir' | 'keepShared' | 'keepScratch' | 'nRetries'
>;

/** The programs that units call; those not named are looked for where they usually are. */
export type EnginePaths = NonNullable<ExecuteOptions['engines']>;

/** Slots that can be asked how many are idle, and that say when one becomes so. */
class WatchedSlots extends SlotPool {
  /** Units that run or wait for a slot. */
  #wanted = 0;
  #onIdle: () => void = () => undefined;

  get idle(): number {
    return Math.max(0, this.size - this.#wanted);
  }

  onIdle(callback: () => void): void {
    this.#onIdle = callback;
  }

  override async acquire(signal: AbortSignal): Promise<() => void> {
    this.#wanted += 1;
    try {
      const release = await super.acquire(signal);
      return () => {
        release();
        this.#leave();
      };
    } catch (error) {
      this.#leave();
      throw error;
    }
  }

  /** Later, when the units that waited for what just ended have asked for slots of their own. */
  announce(): void {
    if (this.idle > 0) setImmediate(this.#onIdle);
  }

  #leave(): void {
    this.#wanted -= 1;
    this.announce();
  }
}

/** Units run as child processes in the folders that the settings name. */
export class DagExecutor implements Executor {
  readonly #settings: ExecutorSettings;
  readonly #slots: WatchedSlots;
  readonly #log: Pick<Logger, 'debug' | 'warn'>;
  readonly #engines: EnginePaths;
  /** DAGs that have begun and of which no unit runs yet. */
  #beginning = 0;

  constructor(settings: ExecutorSettings, log: Pick<Logger, 'debug' | 'warn'>, engines: EnginePaths = {}) {
    this.#settings = settings;
    this.#engines = engines;
    this.#slots = new WatchedSlots(settings.slots);
    this.#log = log;
  }

  get idle(): number {
    return Math.max(0, this.#slots.idle - this.#beginning);
  }

  onIdle(callback: () => void): void {
    this.#slots.onIdle(callback);
  }

  async execute(dag: ProtocolDAG, signal: AbortSignal): Promise<ProtocolDAGResult> {
    const { sharedBasedir, scratchBasedir, keepShared, keepScratch, nRetries } = this.#settings;
    // Absolute, since units run in folders of their own.
    const [shared, scratch] = [resolve(sharedBasedir, dag.key), resolve(scratchBasedir, dag.key)];
    const begun = this.#begin();
    try {
      await mkdir(shared, { recursive: true });
      await mkdir(scratch, { recursive: true });
      return await executeDag(dag, {
        sharedBase: shared,
        scratchBase: scratch,
        slots: this.#slots,
        retries: nRetries,
        engines: this.#engines,
        keepShared,
        keepScratch,
        signal,
        onProgress: progress => {
          begun();
          this.#report(dag, progress);
        },
      });
    } finally {
      begun();
      // Those of the units are in them, so what is left of those is told here too.
      const left = await removeFolders([keepShared ? null : shared, keepScratch ? null : scratch]);
      for (const err of left) this.#log.warn({ err, task: dag.name }, 'a folder could not be removed');
    }
  }

  /** Holds a place for a DAG; the function it returns gives it up, once. */
  #begin(): () => void {
    this.#beginning += 1;
    let holds = true;
    return () => {
      if (!holds) return;
      holds = false;
      this.#beginning -= 1;
      this.#slots.announce();
    };
  }

  #report(dag: ProtocolDAG, { kind, unitName, attempt, unitsDone, unitsTotal }: UnitProgress): void {
    this.#log.debug({ task: dag.name, unit: unitName, attempt, unitsDone, unitsTotal }, `unit ${kind}`);
  }
}
