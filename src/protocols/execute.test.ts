import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ChemicalSystem } from '../gufe/chemical-system.ts';
import { decodeKeyedChainAs } from '../gufe/keyed-chain.ts';
import { ProtocolDAG } from '../gufe/protocol/dag.ts';
import type { Protocol } from '../gufe/protocol/protocol.ts';
import { ProtocolDAGResult } from '../gufe/protocol/result.ts';
import { ProtocolUnit } from '../gufe/protocol/unit.ts';
import { ProtocolUnitFailure } from '../gufe/protocol/unit-result.ts';
import { NonTransformation } from '../gufe/transformation.ts';
import type { GufeDictInput } from '../gufe/values.ts';
import { type ExecuteOptions, executeDag, type UnitProgress } from './execute.ts';
import { alkane } from './gromacs/alkanes.ts';
import { gromacsHydrationSettings } from './gromacs/settings.ts';
import { GromacsSetUpUnit } from './gromacs/units.ts';
import { harmonicNetwork } from './harmonic/network.ts';
import { HarmonicProtocol, wellOf } from './harmonic/protocol.ts';
import { exactFreeEnergy } from './harmonic/well.ts';
import { PROTOCOL_REGISTRY } from './registry.ts';
import { SlotPool } from './slots.ts';
import { FailingProtocol, failingSettings, SlowProtocol, slowSettings } from './testing/protocols.ts';
import { FailingUnit, SlowUnit } from './testing/units.ts';

let base = '';
let count = 0;
before(() => {
  base = mkdtempSync(join(tmpdir(), 'alchemiscale-execute-'));
});
after(() => rmSync(base, { recursive: true, force: true }));

/** An empty folder of its own for each run. */
function folder(): string {
  return mkdtempSync(join(base, `run-${count++}-`));
}

async function execute(dag: ProtocolDAG, options: Partial<ExecuteOptions> = {}): Promise<ProtocolDAGResult> {
  const place = folder();
  try {
    return await executeDag(dag, { sharedBase: place, scratchBase: place, ...options });
  } finally {
    assert.deepEqual(readdirSync(place), [], 'folders are left behind');
    assert.deepEqual(processesWith(place), [], 'processes are left behind');
  }
}

function dagOf(protocol: Protocol): ProtocolDAG {
  return new NonTransformation({ system: new ChemicalSystem({}), protocol }).createDag({ name: 'a run' });
}

/** The process ids whose command line holds a text. */
function processesWith(text: string): number[] {
  const lines = execFileSync('ps', ['-A', '-o', 'pid=,args='], { encoding: 'utf8' }).split('\n');
  return lines
    .filter(line => line.includes(text) && !line.includes('ps -A'))
    .map(line => Number.parseInt(line, 10));
}

async function until(condition: () => boolean, what: string): Promise<void> {
  for (let i = 0; i < 200; i++) {
    if (condition()) return;
    await sleep(50);
  }
  assert.fail(`not within 10 s: ${what}`);
}

describe('executeDag', () => {
  it('runs units in processes of their own and gives the result gufe would', async () => {
    const [edge] = harmonicNetwork({ seed: 4, nRepeats: 2, nSamples: 300 }).edges;
    assert.ok(edge);
    const dag = edge.createDag({ name: 'task' });
    const progress: UnitProgress[] = [];
    const result = await execute(dag, { slots: 2, onProgress: event => progress.push(event) });
    assert.equal(result.ok, true);
    assert.equal(result.name, 'task');
    assert.equal(result.transformationKey, edge.key);
    assert.deepEqual(result.protocolUnits, dag.protocolUnits);
    assert.equal(result.protocolUnitResults.length, dag.protocolUnits.length);
    const before = new Set<string>();
    for (const { key, inputs, startTime, endTime } of result.protocolUnitResults) {
      const setup = inputs.get('setup');
      if (setup !== undefined)
        assert.ok(before.has((setup as { key: string }).key), 'a unit ran before its dependency');
      assert.ok(startTime !== null && endTime !== null && startTime.text <= endTime.text);
      before.add(key);
    }
    assert.deepEqual([progress[0]?.unitsDone, progress.at(-1)?.unitsDone], [0, dag.protocolUnits.length]);
    const read = decodeKeyedChainAs(ProtocolDAGResult, result.toJson(), { registry: PROTOCOL_REGISTRY });
    assert.equal(read.key, result.key);
    assert.ok(edge.protocol instanceof HarmonicProtocol);
    const { estimate, uncertainty } = edge.protocol.gather([read]);
    const exact = exactFreeEnergy(wellOf(edge.stateA, 'A'), wellOf(edge.stateB, 'B'), 298.15);
    // The error of one repeat of 300 samples a window is about 0.02 kcal/mol.
    assert.ok(Math.abs((estimate?.toNumber() ?? 0) - exact) < 0.08);
    assert.ok((uncertainty?.toNumber() ?? 1) < 0.08);
  });

  it('runs units side by side as far as there are slots, also across DAGs', async () => {
    const sequence = async (slots: number | SlotPool, dags: number): Promise<string> => {
      const kinds: string[] = [];
      const onProgress = ({ kind }: UnitProgress): void => void kinds.push(kind === 'started' ? '<' : '>');
      const run = (): Promise<ProtocolDAGResult> =>
        execute(dagOf(new SlowProtocol(slowSettings({ seconds: 0.3, nUnits: 2 }))), { slots, onProgress });
      await Promise.all(Array.from({ length: dags }, run));
      return kinds.join('');
    };
    assert.equal(await sequence(1, 1), '<><>');
    assert.equal(await sequence(2, 1), '<<>>');
    assert.match(await sequence(new SlotPool(1), 2), /^(<>)+$/);
  });

  it('keeps failed attempts, repeats them, and captures files of output when asked', async () => {
    const place = folder();
    const result = await execute(dagOf(new FailingProtocol(failingSettings({ failures: 2 }))), {
      retries: 3,
      stdoutBase: place,
      stderrBase: place,
    });
    assert.equal(result.ok, true);
    assert.deepEqual(
      result.protocolUnitResults.map(({ ok }) => ok),
      [true, false, false, true],
    );
    // In order of execution; `failures` are in the order of the DAG, which leaves attempts of one unit in any order.
    const [failure] = result.protocolUnitResults.filter(each => each instanceof ProtocolUnitFailure);
    assert.deepEqual(failure?.exception, { className: 'Error', args: ['attempt 0 fails on purpose'] });
    assert.match(failure?.traceback ?? '', /Error: attempt 0 fails on purpose\n +at FailingUnit.execute/);
    const logs = result.protocolUnitResults.map(({ stdout }) =>
      new TextDecoder().decode(stdout.get('log.txt')?.read()),
    );
    assert.deepEqual(logs, ['attempt 0\n', 'attempt 0\n', 'attempt 1\n', 'attempt 2\n']);
    assert.equal(result.protocolUnitResults[0]?.stderr.size, 0);
    assert.deepEqual(readdirSync(place), []);
  });

  it('stops the DAG when a unit fails for good: nothing later runs, what runs beside it is ended', async () => {
    const failing = new FailingUnit({ name: 'fails', inputs: { failures: null, mode: 'throw' } });
    const slow = new SlowUnit({ name: 'slow', inputs: { seconds: 60, ignore_abort: false } });
    const later = new SlowUnit({
      name: 'later',
      inputs: { after: failing, seconds: 0, ignore_abort: false },
    });
    const dag = new ProtocolDAG({ protocolUnits: [failing, slow, later] });
    const result = await execute(dag, { slots: 3, retries: 1 });
    assert.equal(result.ok, false);
    assert.deepEqual(
      result.protocolUnitResults.map(({ name, ok }) => [name, ok]),
      [
        ['fails', false],
        ['fails', false],
      ],
    );
  });

  for (const [mode, exception, traceback] of [
    ['exit', /ended without an outcome \(exit code 3\)/, /attempt 0 exits on purpose/],
    ['kill', /ended without an outcome \(SIGKILL\)/, /It wrote no error output/],
  ] as const) {
    it(`makes a failure of a process that ends by itself (${mode})`, async () => {
      const result = await execute(dagOf(new FailingProtocol(failingSettings({ mode }))));
      assert.equal(result.ok, false);
      const [failure] = result.failures as [ProtocolUnitFailure];
      assert.equal(failure.exception.className, 'UnitProcessError');
      assert.match(String(failure.exception.args[0]), exception);
      assert.match(failure.traceback, traceback);
    });
  }

  it('makes no failure of a unit that somebody else stops', async () => {
    const place = folder();
    const dag = dagOf(new SlowProtocol(slowSettings({ seconds: 60 })));
    const running = executeDag(dag, { sharedBase: place, scratchBase: place });
    running.catch(() => {});
    await until(() => processesWith(place).length > 0, 'the unit runs');
    // Early enough to come before the unit has its own handler: both deaths are interruptions.
    for (const pid of processesWith(place)) process.kill(pid, 'SIGTERM');
    await assert.rejects(running, { name: 'UnitInterruptedError' });
    assert.deepEqual(readdirSync(place), []);
  });

  it('leaves nothing when aborted, even by a unit that does not listen', async () => {
    for (const ignoreAbort of [false, true]) {
      const controller = new AbortController();
      const dag = dagOf(new SlowProtocol(slowSettings({ seconds: 60, nUnits: 3, ignoreAbort })));
      setTimeout(() => controller.abort(new Error('no longer wanted')), 700);
      const started = performance.now();
      await assert.rejects(
        execute(dag, { slots: 2, signal: controller.signal, graceMs: 300 }),
        /no longer wanted/,
      );
      assert.ok(performance.now() - started < 10_000);
    }
    await assert.rejects(
      execute(dagOf(new SlowProtocol()), { signal: AbortSignal.abort(new Error('before')) }),
      /before/,
    );
  });

  it('ends what units started together with them', async () => {
    // A program in the place of gmx that never ends and is easy to find among all processes.
    const place = folder();
    const command = join(place, 'endless-gmx');
    writeFileSync(command, `#!/bin/sh\nwhile :; do sleep 0.1; done\n`);
    chmodSync(command, 0o755);
    const controller = new AbortController();
    const unit = new GromacsSetUpUnit({
      inputs: { solute: alkane('methane'), settings: gromacsHydrationSettings('quick') },
    });
    const running = execute(new ProtocolDAG({ protocolUnits: [unit] }), {
      signal: controller.signal,
      engines: { gmx: { command, threads: 1 } },
    });
    running.catch(() => {});
    await until(() => processesWith(command).length > 0, 'the program runs');
    controller.abort(new Error('enough'));
    await assert.rejects(running, /enough/);
    await until(() => processesWith(command).length === 0, 'the program is gone');
  });

  it('takes its units with it when it is killed', async () => {
    const place = folder();
    const program = `
      import { executeDag } from ${JSON.stringify(new URL('./execute.ts', import.meta.url).href)};
      import { ProtocolDAG } from ${JSON.stringify(new URL('../gufe/protocol/dag.ts', import.meta.url).href)};
      import { SlowUnit } from ${JSON.stringify(new URL('./testing/units.ts', import.meta.url).href)};
      const unit = new SlowUnit({ inputs: { seconds: 60, ignore_abort: true } });
      const place = process.argv[1];
      await executeDag(new ProtocolDAG({ protocolUnits: [unit] }), { sharedBase: place, scratchBase: place });`;
    const parent = spawn(process.execPath, ['--input-type=module', '--eval', program, place], {
      stdio: 'ignore',
    });
    const others = (): number[] => processesWith(place).filter(pid => pid !== parent.pid);
    await until(() => others().length > 0, 'the unit runs');
    parent.kill('SIGKILL');
    await once(parent, 'exit');
    await until(() => others().length === 0, 'the unit is gone');
  });

  it('makes a failure of outputs that gufe has no form for', async () => {
    class Odd extends FailingUnit {
      override async execute(): Promise<GufeDictInput> {
        return { when: new Date() } as unknown as GufeDictInput;
      }
    }
    const unit = new Odd({ inputs: {} });
    const result = await execute(new ProtocolDAG({ protocolUnits: [unit] }), { inProcess: true });
    assert.equal(result.failures[0]?.exception.className, 'GufeError');
    assert.match(String(result.failures[0]?.exception.args[0]), /outputs.when: Date has no counterpart/);
  });

  it('refuses a DAG with units it does not know before it runs any', async () => {
    const known = dagOf(new SlowProtocol(slowSettings({ seconds: 0 })));
    const strange = decodeKeyedChainAs(ProtocolDAG, known.toJson());
    assert.ok(!(strange.protocolUnits[0] instanceof ProtocolUnit));
    await assert.rejects(
      execute(strange),
      /no implementation of alchemiscale_ts.protocols.testing.SlowUnit is known/,
    );
  });
});
