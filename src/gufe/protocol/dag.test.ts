import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ToyProtocol, ToyUnit, toySettings } from '../../../test/support/toy-protocol.ts';
import {
  type AnyUnitResult,
  ChemicalSystem,
  NonTransformation,
  ProtocolDAG,
  ProtocolDAGResult,
  ProtocolUnitFailure,
  ProtocolUnitResult,
  Quantity,
  SolventComponent,
  substituteResults,
  Transformation,
  type TransformationOptions,
} from '../index.ts';
import { dagOrder } from './dag-order.ts';

const none = new Set<string>();
const node = (key: string, ...dependencies: string[]) => ({ key, dependencies: new Set(dependencies) });
const keysOf = (nodes: readonly { readonly key: string }[]): string => nodes.map(({ key }) => key).join(' ');

function resultOf(unit: ToyUnit, inputs = unit.inputs): ProtocolUnitResult {
  return new ProtocolUnitResult({ name: unit.name, sourceKey: unit.key, inputs, outputs: { sum: 1 } });
}

function failureOf(unit: ToyUnit): ProtocolUnitFailure {
  const exception = { className: 'ValueError', args: ['no'] };
  return new ProtocolUnitFailure({
    name: null,
    sourceKey: unit.key,
    inputs: {},
    exception,
    traceback: 'Traceback',
  });
}

describe('order', () => {
  test('is networkx’s lexicographical sort, reversed', () => {
    const graph = [node('a'), node('b', 'a'), node('c', 'a'), node('d', 'b', 'c'), node('e')];
    assert.equal(keysOf(dagOrder(graph)), 'e a c b d');
    assert.equal(keysOf(dagOrder(graph.toReversed())), 'e a c b d');
    assert.deepEqual(dagOrder([]), []);
  });

  test('circles and unlisted dependencies are refused', () => {
    assert.throws(() => dagOrder([node('a', 'b'), node('b', 'a'), node('c')]), { message: /in a circle$/ });
    assert.throws(() => dagOrder([node('a', 'a')]), { message: /in a circle$/ });
    assert.throws(() => dagOrder([node('a', 'b')]), { message: 'b is depended on but not listed' });
    assert.equal(dagOrder([{ key: 'a', dependencies: none }]).length, 1);
  });
});

describe('ProtocolDAG', () => {
  const first = new ToyUnit({ inputs: {}, key: 'ToyUnit-1' });
  const second = new ToyUnit({ inputs: { before: first }, key: 'ToyUnit-2' });
  const third = new ToyUnit({ inputs: { list: [first, 1n], dict: { x: second } }, key: 'ToyUnit-0' });

  test('finds dependencies directly and one level down, and orders by them', () => {
    const dag = new ProtocolDAG({ protocolUnits: [third, second, first] });
    assert.equal(keysOf(dag.protocolUnits), 'ToyUnit-1 ToyUnit-2 ToyUnit-0');
    assert.equal(keysOf(dag.dependenciesOf(third)), 'ToyUnit-1 ToyUnit-2');
    assert.deepEqual(dag.dependenciesOf(first), []);
  });

  test('does not look deeper, as gufe does not', () => {
    const deep = new ToyUnit({ inputs: { list: [[first]] } });
    assert.deepEqual(new ProtocolDAG({ protocolUnits: [deep] }).dependenciesOf(deep), []);
  });

  test('refuses a dependency that is not listed', () => {
    assert.throws(() => new ProtocolDAG({ protocolUnits: [second] }), {
      message: 'ToyUnit-2 depends on ToyUnit-1, which is not among the units of the DAG',
    });
  });

  test('results take the place of units at any depth', () => {
    const results = new Map([[first.key, resultOf(first)] as const]);
    const inputs = new ToyUnit({ inputs: { a: first, b: [[{ c: first }], second] } }).inputs;
    const given = substituteResults(inputs, key => results.get(key) ?? null);
    assert.equal(given.get('a'), results.get(first.key));
    assert.deepEqual(given.get('b'), [[new Map([['c', results.get(first.key)]])], second]);
  });
});

describe('a transformation makes its DAG', () => {
  const system = new ChemicalSystem({ water: new SolventComponent() });
  const protocol = new ToyProtocol(toySettings(3n, 1.5));

  test('with its key, a name and what it extends', () => {
    const edge = new Transformation({ stateA: system, stateB: new ChemicalSystem({}), protocol });
    const dag = edge.createDag({ name: 'Task-1-a-b-c' });
    assert.deepEqual([dag.name, dag.transformationKey, dag.extendsKey], ['Task-1-a-b-c', edge.key, null]);
    assert.deepEqual(
      dag.protocolUnits.map(unit => (unit as ToyUnit).name),
      ['step 0', 'step 1', 'step 2'],
    );
    assert.notEqual(edge.createDag().key, edge.createDag().key);
    const before = new ProtocolDAGResult({ protocolUnits: [], protocolUnitResults: [] });
    assert.equal(edge.createDag({ extends: before }).extendsKey, before.key);
  });

  test('mappings may come as a dict, and are a list from then on', () => {
    const [a, b] = [new SolventComponent(), new SolventComponent({ positiveIon: 'K' })];
    const make = (mapping: TransformationOptions['mapping']) =>
      new Transformation({
        stateA: system,
        stateB: system,
        protocol,
        ...(mapping === undefined ? {} : { mapping }),
      });
    assert.deepEqual(make({ x: a, y: b }).mapping, [a, b]);
    assert.equal(make({ x: a, y: b }).key, make([a, b]).key);
    assert.equal(make(a).mapping, a);
    assert.equal(make(undefined).mapping, null);
  });

  test('a NonTransformation has one system for both states', async () => {
    const still = new NonTransformation({ system, protocol });
    const dag = still.createDag();
    const context = {
      shared: '',
      scratch: '',
      stdout: null,
      stderr: null,
      signal: new AbortController().signal,
    };
    const results: AnyUnitResult[] = [];
    for (const unit of dag.protocolUnits as readonly ToyUnit[]) {
      const inputs = substituteResults(
        unit.inputs,
        key => results.find(result => result.sourceKey === key) ?? null,
      );
      const outputs = await unit.execute(context, inputs);
      results.push(new ProtocolUnitResult({ name: unit.name, sourceKey: unit.key, inputs, outputs }));
    }
    const result = new ProtocolDAGResult({ protocolUnits: dag.protocolUnits, protocolUnitResults: results });
    const gathered = still.gather([result, result]);
    still.validate();
    assert.equal(gathered.nProtocolDagResults, 2);
    assert.deepEqual(gathered.estimate, new Quantity(4.5, 'kilocalorie_per_mole'));
    assert.equal(protocol.gather([]).estimate, null);
  });
});

describe('ProtocolDAGResult', () => {
  const [a, b] = [new ToyUnit({ inputs: {} }), new ToyUnit({ inputs: {} })];
  const make = (...protocolUnitResults: AnyUnitResult[]): ProtocolDAGResult =>
    new ProtocolDAGResult({ protocolUnits: [a, b], protocolUnitResults });

  test('is ok when each unit has succeeded once', () => {
    assert.equal(make(resultOf(a), resultOf(b)).ok, true);
    assert.equal(make(failureOf(a), resultOf(a), resultOf(b)).ok, true);
    assert.equal(make(resultOf(a), failureOf(b)).ok, false);
    assert.equal(make(resultOf(a)).ok, false);
    assert.equal(make().ok, false);
    assert.equal(new ProtocolDAGResult({ protocolUnits: [], protocolUnitResults: [] }).ok, true);
  });

  test('tells successes, failures and terminal results apart', () => {
    const done = resultOf(a);
    const later = resultOf(b, new Map([['before', done]]));
    const failed = failureOf(b);
    const result = make(later, failed, done);
    assert.deepEqual(result.failures, [failed]);
    assert.deepEqual(result.successes, [done, later]);
    assert.deepEqual(new Set(result.terminal), new Set([failed, later]));
    assert.equal(result.resultOf(b), later);
    assert.equal(make(failed).resultOf(b), null);
  });

  test('refuses a result of a unit that is not listed', () => {
    const stranger = new ToyUnit({ inputs: {} });
    assert.throws(() => make(resultOf(stranger)), { message: /which is not among the units$/ });
    assert.throws(() => new ProtocolUnitFailure({ ...failureOf(a), traceback: '' }), {
      message: 'a failure needs a traceback',
    });
  });

  test('says which results are of a unit, and which unit a result is of', () => {
    const [first, again, failed] = [resultOf(a), resultOf(a), failureOf(a)];
    const result = make(failed, again, first);
    assert.deepEqual(result.resultsOf(a), [failed, again, first]);
    assert.equal(result.resultOf(a), again, 'the first success in the order of execution');
    assert.deepEqual(result.resultsOf(b), []);
    assert.equal(result.unitOf(first), a);
    assert.deepEqual(result.terminal, [failed, again, first]);
    const stranger = new ToyUnit({ inputs: {} });
    assert.throws(() => result.resultOf(stranger), { name: 'GufeError', message: /not among the units/ });
    assert.throws(() => result.unitOf(resultOf(stranger)), {
      name: 'GufeError',
      message: /not among the units/,
    });
  });
});
