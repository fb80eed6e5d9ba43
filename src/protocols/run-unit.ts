// The process of one unit: reads the job from its folder, runs it, writes the outcome there, ends. It is the leader of a
// process group, so that whatever the unit starts can be ended with it.
//
// Its standard input is a pipe that nobody writes to: when it closes, the process that wanted the result is gone, and so
// must this one be, with everything it started.
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeKeyedChainAs } from '../gufe/keyed-chain.ts';
import { useGmx } from './gromacs/gmx.ts';
import { PROTOCOL_REGISTRY } from './registry.ts';
import { runJob, UNIT_JOB_CLASSES, UnitJob, UnitOutcomeRecord } from './unit-job.ts';
import { INTERRUPTED_EXIT_CODE, JOB_FILE, OUTCOME_FILE } from './unit-process.ts';

/** How long a unit may take to stop what it started once nobody waits for it. */
const ORPHAN_GRACE_MS = 2000;

const controller = new AbortController();

function endGroup(): void {
  // Signals the whole group, this process included; where there are no groups, only itself.
  process.kill(process.platform === 'win32' ? process.pid : -process.pid, 'SIGKILL');
}

/** Runs the job in a folder and ends the process. */
export async function runUnitMain(folder: string): Promise<never> {
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
    process.on(signal, () => controller.abort(new Error(`stopped by ${signal}`)));
  }
  let orphaned = false;
  process.stdin.on('close', () => {
    orphaned = true;
    controller.abort(new Error('the process that started this unit is gone'));
    setTimeout(endGroup, ORPHAN_GRACE_MS);
  });
  process.stdin.resume();
  const registry = PROTOCOL_REGISTRY.with(...UNIT_JOB_CLASSES);
  const job = decodeKeyedChainAs(UnitJob, await readFile(join(folder, JOB_FILE)), { registry });
  useGmx(job.engines.gmx);
  try {
    const outcome = await runJob(job, controller.signal);
    const path = join(folder, OUTCOME_FILE);
    await writeFile(`${path}.part`, new UnitOutcomeRecord(outcome).toJson());
    await rename(`${path}.part`, path);
    process.exit(0);
  } catch (error) {
    if (!controller.signal.aborted) throw error;
    if (orphaned) endGroup();
    process.exit(INTERRUPTED_EXIT_CODE);
  }
}
