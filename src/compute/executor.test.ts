import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { ChemicalSystem } from '../gufe/chemical-system.ts';
import { Transformation } from '../gufe/transformation.ts';
import { SlowProtocol, slowSettings } from '../protocols/testing/protocols.ts';
import { DagExecutor } from './executor.ts';

const SYSTEM = new ChemicalSystem({});

function slowDag(seconds: number, nUnits: number) {
  const protocol = new SlowProtocol(slowSettings({ seconds, nUnits }));
  return new Transformation({ stateA: SYSTEM, stateB: SYSTEM, protocol }).createDag({ name: 'a task' });
}

function make(t: { after(fn: () => void): void }, slots: number) {
  const folder = mkdtempSync(join(tmpdir(), 'alchemiscale-executor-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const [sharedBasedir, scratchBasedir] = [join(folder, 'shared'), join(folder, 'scratch')];
  const settings = {
    slots,
    sharedBasedir,
    scratchBasedir,
    keepShared: false,
    keepScratch: false,
    nRetries: 0,
  };
  const executor = new DagExecutor(settings, { debug: () => undefined, warn: () => undefined });
  const left = () => [...readdirSync(sharedBasedir), ...readdirSync(scratchBasedir)];
  return { executor, left };
}

test('DAGs share the slots; idle ones are announced; nothing is left in the folders', async t => {
  const { executor, left } = make(t, 3);
  const announced: number[] = [];
  executor.onIdle(() => announced.push(executor.idle));
  const never = new AbortController().signal;
  assert.equal(executor.idle, 3);
  const running = executor.execute(slowDag(0.2, 2), never);
  assert.ok(executor.idle < 3, 'a DAG that has begun has its place before its units run');
  const other = executor.execute(slowDag(0.2, 2), never);
  const results = await Promise.all([running, other]);
  await new Promise(resolve => setImmediate(resolve));
  assert.deepEqual(
    results.map(result => [result.ok, result.name]),
    [
      [true, 'a task'],
      [true, 'a task'],
    ],
  );
  assert.equal(executor.idle, 3);
  assert.equal(announced.at(-1), 3);
  assert.deepEqual(left(), []);
});

test('aborting stops the units and leaves nothing behind', async t => {
  const { executor, left } = make(t, 1);
  const stop = new AbortController();
  const running = executor.execute(slowDag(60, 1), stop.signal);
  setTimeout(() => stop.abort(new Error('stopped')), 200);
  await assert.rejects(running, /stopped/);
  assert.deepEqual([left(), executor.idle], [[], 1]);
});
