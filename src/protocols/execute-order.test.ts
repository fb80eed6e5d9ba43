// The order in which units run, what is taken over from a stopped run, and errors that are not kept but thrown.
import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { decodeKeyedChainAs } from '../gufe/keyed-chain.ts';
import { ProtocolDAG } from '../gufe/protocol/dag.ts';
import type { ProtocolDAGResult } from '../gufe/protocol/result.ts';
import { ProtocolUnit, type UnitContext } from '../gufe/protocol/unit.ts';
import { ProtocolUnitResult } from '../gufe/protocol/unit-result.ts';
import type { GufeDict, GufeDictInput, GufeInput } from '../gufe/values.ts';
import { type ExecuteOptions, executeDag, UnitFailedError } from './execute.ts';
import { ProtocolExecutionError } from './result-cache.ts';

let base = '';
before(() => {
  base = mkdtempSync(join(tmpdir(), 'alchemiscale-order-'));
});
after(() => rmSync(base, { recursive: true, force: true }));

/** Names of units in the order in which they began. */
let begun: string[] = [];
/** Units that throw. */
let broken = new Set<string>();

class NotedUnit extends ProtocolUnit {
  override readonly qualname: string = 'NotedUnit';
  override readonly module: string = 'tests.order';

  override async execute(_context: UnitContext, inputs: GufeDict): Promise<GufeDictInput> {
    begun.push(this.name ?? '');
    await Promise.resolve();
    if (broken.has(this.name ?? '')) throw new RangeError(`${this.name} is broken`);
    const given = inputs.get('after') as readonly ProtocolUnitResult[];
    return { sum: 1n + given.reduce((sum, result) => sum + (result.outputs.get('sum') as bigint), 0n) };
  }
}

/** Units by name, each after some that were made before it; keys follow the names. */
function unitsOf(graph: Readonly<Record<string, readonly string[]>>): ProtocolDAG {
  const units = new Map<string, NotedUnit>();
  for (const [name, dependencies] of Object.entries(graph)) {
    const needed = dependencies.map(dependency => units.get(dependency) as GufeInput);
    units.set(name, new NotedUnit({ name, key: `NotedUnit-${name}`, inputs: { after: needed } }));
  }
  return new ProtocolDAG({ protocolUnits: [...units.values()].reverse() });
}

async function run(dag: ProtocolDAG, options: Partial<ExecuteOptions> = {}): Promise<ProtocolDAGResult> {
  const place = mkdtempSync(join(base, 'run-'));
  begun = [];
  const result = await executeDag(dag, {
    sharedBase: place,
    scratchBase: place,
    inProcess: true,
    ...options,
  });
  assert.deepEqual(readdirSync(place), [], 'folders are left behind');
  return result;
}

const namesOf = (dag: ProtocolDAG): readonly (string | null)[] =>
  dag.protocolUnits.map(unit => (unit as NotedUnit).name);

const DIAMOND = { a: [], b: ['a'], c: ['a'], d: ['b', 'c'], e: [] };

describe('with one slot units run in gufe’s order', () => {
  it('dependencies first, ties by key', async () => {
    const result = await run(unitsOf(DIAMOND));
    assert.deepEqual(begun, ['e', 'a', 'c', 'b', 'd']);
    assert.deepEqual(
      result.protocolUnitResults.map(({ name }) => name),
      begun,
    );
    assert.equal(result.protocolUnitResults.at(-1)?.outputs.get('sum'), 5n);
  });

  it('whatever the graph is', async () => {
    const graphs = fc
      .array(fc.array(fc.nat(9), { maxLength: 3 }), { minLength: 1, maxLength: 9 })
      .map(rows =>
        Object.fromEntries(rows.map((row, i) => [`u${i}`, row.filter(j => j < i).map(j => `u${j}`)])),
      );
    await fc.assert(
      fc.asyncProperty(graphs, async graph => {
        const dag = unitsOf(graph);
        await run(dag);
        assert.deepEqual(begun, namesOf(dag));
      }),
      { numRuns: 30, seed: 3 },
    );
  });

  it('and stop at the first that fails', async () => {
    broken = new Set(['c']);
    const result = await run(unitsOf(DIAMOND), { retries: 1 });
    broken = new Set();
    assert.deepEqual(begun, ['e', 'a', 'c', 'c']);
    assert.equal(result.ok, false);
    assert.deepEqual(
      result.protocolUnitResults.map(({ name, ok }) => `${name} ${ok}`),
      ['e true', 'a true', 'c false', 'c false'],
    );
  });
});

describe('a cache', () => {
  const folderOf = (cache: string, dag: ProtocolDAG): string => join(cache, `${dag.key}-results_cache`);
  const fileOf = (cache: string, dag: ProtocolDAG, unit: string): string =>
    join(folderOf(cache, dag), `NotedUnit-${unit}_unitresults.json`);

  it('takes over what a stopped run had done, and goes when the DAG is finished', async () => {
    const [cacheBase, dag] = [mkdtempSync(join(base, 'cache-')), unitsOf(DIAMOND)];
    broken = new Set(['b']);
    await assert.rejects(run(dag, { cacheBase, raiseErrors: true, retries: 3 }), (error: UnitFailedError) => {
      assert.ok(error instanceof UnitFailedError);
      assert.equal(error.message, 'NotedUnit-b failed: RangeError: b is broken');
      return error.failure.sourceKey === 'NotedUnit-b';
    });
    broken = new Set();
    assert.deepEqual(begun, ['e', 'a', 'c', 'b'], 'an error that is thrown is not tried again');
    assert.deepEqual(readdirSync(folderOf(cacheBase, dag)).length, 3);
    const kept = decodeKeyedChainAs(ProtocolUnitResult, readFileSync(fileOf(cacheBase, dag, 'c')));
    const result = await run(dag, { cacheBase });
    assert.deepEqual(begun, ['b', 'd']);
    assert.equal(result.ok, true);
    assert.equal(result.protocolUnitResults.length, 5);
    assert.ok(result.protocolUnitResults.some(({ key }) => key === kept.key));
    assert.deepEqual(readdirSync(cacheBase), []);
  });

  it('stays when that is asked for, and then nothing is run', async () => {
    const [cacheBase, dag] = [mkdtempSync(join(base, 'cache-')), unitsOf(DIAMOND)];
    const first = await run(dag, { cacheBase, keepCache: true });
    const again = await run(dag, { cacheBase, keepCache: true });
    assert.deepEqual(begun, []);
    assert.deepEqual(
      again.protocolUnitResults.map(({ key }) => key),
      first.protocolUnitResults.map(({ key }) => key),
    );
  });

  it('with damaged files is read as far as it goes', async () => {
    const [cacheBase, dag] = [mkdtempSync(join(base, 'cache-')), unitsOf(DIAMOND)];
    await run(dag, { cacheBase, keepCache: true });
    writeFileSync(fileOf(cacheBase, dag, 'd'), '[["ProtocolUnitResult-1", {');
    writeFileSync(join(folderOf(cacheBase, dag), 'other.json'), '{}');
    const unreadable: string[] = [];
    const result = await run(dag, { cacheBase, onUnreadableCache: path => unreadable.push(path) });
    assert.deepEqual(begun, ['d']);
    assert.equal(unreadable.length, 2);
    assert.equal(result.ok, true);
  });

  it('whose results do not fit together is refused', async () => {
    const [cacheBase, dag] = [mkdtempSync(join(base, 'cache-')), unitsOf(DIAMOND)];
    await run(dag, { cacheBase, keepCache: true });
    rmSync(fileOf(cacheBase, dag, 'a'));
    await assert.rejects(run(dag, { cacheBase }), (error: ProtocolExecutionError) => {
      assert.ok(error instanceof ProtocolExecutionError);
      return /a result of NotedUnit-[bc] but none of NotedUnit-a/.test(error.message);
    });
    assert.ok(existsSync(fileOf(cacheBase, dag, 'd')), 'nothing is removed');
  });

  it('of gufe is read: files in any folder below, results by the unit they name', async () => {
    const [cacheBase, dag] = [mkdtempSync(join(base, 'cache-')), unitsOf({ a: [], b: ['a'] })];
    const inner = join(folderOf(cacheBase, dag), 'inner');
    mkdirSync(inner, { recursive: true });
    // As gufe writes one; the names of files do not matter.
    const chain = [
      [
        'ProtocolUnitResult-0123456789abcdef0123456789abcdef',
        {
          name: 'a',
          _key: 'ProtocolUnitResult-0123456789abcdef0123456789abcdef',
          source_key: 'NotedUnit-a',
          inputs: { after: [] },
          outputs: { sum: 41 },
          stderr: {},
          stdout: {},
          start_time: null,
          end_time: null,
          __qualname__: 'ProtocolUnitResult',
          __module__: 'gufe.protocols.protocolunit',
          ':version:': 1,
        },
      ],
    ];
    writeFileSync(join(inner, 'x.json'), JSON.stringify(chain));
    const result = await run(dag, { cacheBase });
    assert.deepEqual(begun, ['b']);
    assert.equal(result.protocolUnitResults.at(-1)?.outputs.get('sum'), 42n);
  });
});
