// One task, from its key to its result: fetch what it is, make the units, run them. Whatever goes wrong with the task
// becomes a result that says so; what goes wrong with the server is waited out.
import type { Logger } from 'pino';
import type { AlchemiscaleComputeClient, TaskWork } from '../client/compute.ts';
import { AlchemiscaleClientError, AlchemiscaleConnectionError } from '../client/errors.ts';
import type { ScopedKey } from '../domain/scoped-key.ts';
import type { ProtocolDAG } from '../gufe/protocol/dag.ts';
import type { ProtocolDAGResult } from '../gufe/protocol/result.ts';
import { UnitInterruptedError } from '../protocols/unit-process.ts';
import { type Backoff, backoffMs, isPassing } from './backoff.ts';
import { type Clock, inSeconds } from './clock.ts';
import { creationFailure } from './creation-failure.ts';

/** What runs DAGs, on slots that all tasks of a service share. */
export interface Executor {
  /** How many slots no unit runs on. */
  readonly idle: number;
  /** Calls back when a slot becomes idle. */
  onIdle(callback: () => void): void;
  /** Runs all units, failures recorded in the result. Rejects when aborted, or when units cannot be started at all. */
  execute(dag: ProtocolDAG, signal: AbortSignal): Promise<ProtocolDAGResult>;
}

export interface TaskRunOptions {
  readonly api: Pick<AlchemiscaleComputeClient, 'getTaskTransformation' | 'retrieveTaskTransformation'>;
  readonly executor: Executor;
  readonly clock: Clock;
  readonly log: Pick<Logger, 'warn'>;
  readonly backoff: Backoff;
  /** Called when the task is about to run, or never will. */
  readonly prepared: () => void;
  /** Once aborted a server that is away is not waited for. */
  readonly stopped: AbortSignal;
  /** Once aborted units are stopped. */
  readonly aborted: AbortSignal;
}

/** The result of a task, failed or not. Rejects when nothing can be said about it: aborted, or the server knows no such task. */
export async function resultOfTask(task: ScopedKey, options: TaskRunOptions): Promise<ProtocolDAGResult> {
  const startTime = new Date();
  const failed = (
    error: unknown,
    of: { transformationKey: string; extendsKey: string | null },
  ): ProtocolDAGResult =>
    creationFailure({ task: task.toString(), ...of, error, startTime, endTime: new Date() });

  let work: TaskWork;
  try {
    work = await fetchWork(task, options);
  } catch (error) {
    if (options.aborted.aborted || error instanceof AlchemiscaleConnectionError) throw error;
    // What cannot be read has a key all the same, and with it a failure has its place.
    const { gufeKey } = await options.api.getTaskTransformation(task, { signal: options.aborted });
    return failed(error, { transformationKey: gufeKey, extendsKey: null });
  }
  try {
    const dag = work.transformation.createDag({ extends: work.extends, name: task.toString() });
    const running = run(dag, options);
    options.prepared();
    return await running;
  } catch (error) {
    options.aborted.throwIfAborted();
    if (error instanceof UnitInterruptedError) throw error;
    return failed(error, {
      transformationKey: work.transformation.key,
      extendsKey: work.extends?.key ?? null,
    });
  }
}

/**
 * Runs a DAG, and again when somebody else stopped one of its units: that is nobody's failure. While the service is on its
 * way out the interruption is passed on, and the task goes back with it.
 */
async function run(dag: ProtocolDAG, options: TaskRunOptions): Promise<ProtocolDAGResult> {
  const { executor, clock, log, stopped, aborted } = options;
  for (let interruptions = 1; ; interruptions += 1) {
    try {
      return await executor.execute(dag, aborted);
    } catch (error) {
      if (!(error instanceof UnitInterruptedError)) throw error;
      const waitMs = backoffMs(options.backoff, interruptions);
      log.warn(
        { err: error, task: dag.name, waitSeconds: inSeconds(waitMs) },
        'a unit was interrupted; running the task again',
      );
      await clock.sleep(waitMs, stopped);
      if (stopped.aborted) throw error;
    }
  }
}

/** Asks until the server answers: giving up would leave the task in this service's hands, unrun. */
async function fetchWork(task: ScopedKey, options: TaskRunOptions): Promise<TaskWork> {
  const { api, clock, log, stopped, aborted } = options;
  for (let failures = 1; ; failures += 1) {
    try {
      return await api.retrieveTaskTransformation(task, { signal: aborted });
    } catch (error) {
      // A 500 is a stored object that cannot be read: it will be no different next time.
      const away = isPassing(error) && !(error instanceof AlchemiscaleClientError && error.status === 500);
      if (!away || stopped.aborted) throw error;
      const waitMs = backoffMs(options.backoff, failures);
      log.warn(
        { err: error, task: task.toString(), waitSeconds: inSeconds(waitMs) },
        'cannot fetch the task; trying again',
      );
      await clock.sleep(waitMs, stopped);
    }
  }
}
