// What holds for every class: the same parts give the same key, every form reads back to an equal object of the same class,
// and text written again is the same text. Checked on values from a generator.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  TOY_REGISTRY,
  ToyProtocol,
  ToyResult,
  ToyUnit,
  toySettings,
} from '../../test/support/toy-protocol.ts';
import { MAX_JSON_DEPTH } from '../lib/json-scan.ts';
import {
  AlchemicalNetwork,
  Bytes,
  ChemicalSystem,
  DateTime,
  decodeKeyedChain,
  encodeKeyedChain,
  type GufeDictInput,
  type GufeInput,
  type GufeTokenizable,
  LigandAtomMapping,
  NdArray,
  NonTransformation,
  NumpyScalar,
  PosixPath,
  ProtocolDAG,
  ProtocolDAGResult,
  ProtocolUnitFailure,
  ProtocolUnitResult,
  Quantity,
  Settings,
  SmallMoleculeComponent,
  SolventComponent,
  Transformation,
  Unit,
  Uuid,
} from './index.ts';

const text = fc.string({ unit: 'binary', maxLength: 12 });
const number = fc.oneof(fc.bigInt(), fc.double());
const bytes = fc.uint8Array({ maxLength: 40 }).map(data => Bytes.from(data));
const name = fc.oneof(fc.constant(null), text);

const coded: fc.Arbitrary<GufeInput> = fc.oneof(
  bytes,
  fc.tuple(number, text).map(([magnitude, unit]) => new Quantity(magnitude, unit)),
  text.map(unit => new Unit(unit)),
  text.map(path => new PosixPath(path)),
  fc.uuid().map(uuid => new Uuid(uuid)),
  fc.date({ noInvalidDate: true, min: new Date(0), max: new Date(4e12) }).map(date => DateTime.utc(date)),
  fc.array(fc.double(), { maxLength: 5 }).map(values => NdArray.float64(values)),
  bytes.map(data => new NumpyScalar('float32', 'float32', data)),
  fc
    .dictionary(text, number, { maxKeys: 3 })
    .map(fields => new Settings('AnySettings', 'some.module', new Map(Object.entries(fields)))),
);

const value: fc.Arbitrary<GufeInput> = fc.letrec<{ value: GufeInput }>(tie => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom(null, true, false),
    number,
    text,
    coded,
    fc.array(tie('value'), { maxLength: 3 }),
    fc.array(fc.tuple(text, tie('value')), { maxLength: 3 }).map(entries => new Map(entries)),
  ),
})).value;
/** What a dict may hold beside gufe objects, those included that are mistaken for tags and references. */
const dict: fc.Arbitrary<GufeDictInput> = fc.oneof(
  fc.array(fc.tuple(text, value), { maxLength: 4 }).map(entries => new Map(entries)),
  fc.constantFrom<GufeDictInput>(
    { x: { ':is_custom:': true, __class__: 'Nope' } },
    { x: { ':is_custom:': true, __class__: 'datetime', __module__: 'datetime', isotime: 'never' } },
    { x: { ':is_custom:': true, pint_unit_registry: 'openff_units', unit: 'kelvin' } },
    { x: { ':gufe-key:': 'K', more: 1n } },
  ),
);

const water = new SolventComponent();
const ion = SmallMoleculeComponent.fromAtoms({
  name: 'Na+',
  atoms: [{ element: 'Na', charge: 1 }],
  bonds: [],
  coordinates: [[0, 0, 0]],
});
const system = new ChemicalSystem({ water });
const unit = new ToyUnit({ inputs: { water }, name: 'first' });

/** For each class: objects made anew at every call from generated parts. */
const CLASSES: Readonly<Record<string, fc.Arbitrary<() => GufeTokenizable>>> = {
  SolventComponent: fc
    .record({
      smiles: text,
      positiveIon: fc.constantFrom('Na', 'K+'),
      neutralize: fc.boolean(),
      ionConcentration: fc.double({ min: 0, max: 5, noNaN: true }).map(c => new Quantity(c, 'molar')),
    })
    .map(options => () => new SolventComponent(options)),
  SmallMoleculeComponent: fc
    .tuple(
      text,
      dict,
      fc.array(fc.tuple(fc.nat(118), fc.double(), fc.double()), { minLength: 2, maxLength: 5 }),
    )
    .map(
      ([label, properties, atoms]) =>
        () =>
          SmallMoleculeComponent.fromAtoms({
            name: label,
            atoms: atoms.map(([element]) => ({ element, properties })),
            bonds: atoms.slice(1).map((_, i) => ({ begin: i, end: i + 1, properties })),
            coordinates: atoms.map(([, x, y]) => [x, y, -0] as const),
            properties,
          }),
    ),
  ChemicalSystem: fc.tuple(fc.array(fc.tuple(text, fc.constantFrom(water, ion)), { maxLength: 4 }), name).map(
    ([components, label]) =>
      () =>
        new ChemicalSystem(new Map(components), label),
  ),
  LigandAtomMapping: fc.tuple(fc.array(fc.tuple(fc.nat(300), fc.nat(300)), { maxLength: 12 }), dict).map(
    ([atoms, annotations]) =>
      () =>
        new LigandAtomMapping({ componentA: ion, componentB: ion, atoms: new Map(atoms), annotations }),
  ),
  Transformation: fc.tuple(name, dict, fc.constantFrom(null, ion, [ion, water])).map(
    ([label, metadata, mapping]) =>
      () =>
        new Transformation({
          stateA: system,
          stateB: new ChemicalSystem({}),
          protocol: new ToyProtocol(toySettings(1n, 1)),
          mapping,
          name: label,
          metadata,
        }),
  ),
  NonTransformation: fc.tuple(name, dict).map(
    ([label, metadata]) =>
      () =>
        new NonTransformation({
          system,
          protocol: new ToyProtocol(toySettings(2n, 1)),
          name: label,
          metadata,
        }),
  ),
  AlchemicalNetwork: fc.tuple(name, fc.uniqueArray(text, { maxLength: 4 })).map(
    ([label, names]) =>
      () =>
        new AlchemicalNetwork({
          name: label,
          edges: names.map(
            edge =>
              new NonTransformation({ system, protocol: new ToyProtocol(toySettings(1n, 1)), name: edge }),
          ),
        }),
  ),
  ToyProtocol: fc.tuple(fc.bigInt(), fc.double()).map(
    ([n, t]) =>
      () =>
        new ToyProtocol(toySettings(n, t)),
  ),
  ToyResult: fc.tuple(fc.nat(), dict).map(
    ([n, data]) =>
      () =>
        new ToyResult({ nProtocolDagResults: n, data }),
  ),
  ToyUnit: fc.tuple(dict, name).map(
    ([inputs, label]) =>
      () =>
        new ToyUnit({ inputs, name: label, key: 'ToyUnit-1' }),
  ),
  ProtocolDAG: name.map(label => () => new ProtocolDAG({ protocolUnits: [unit], name: label })),
  ProtocolUnitResult: fc.tuple(dict, dict, bytes).map(
    ([inputs, outputs, log]) =>
      () =>
        new ProtocolUnitResult({
          name: null,
          sourceKey: unit.key,
          inputs,
          outputs,
          stdout: new Map([['log', log]]),
          startTime: DateTime.naive(new Date(0)),
          key: 'ProtocolUnitResult-1',
        }),
  ),
  ProtocolUnitFailure: fc.tuple(dict, fc.array(value)).map(
    ([inputs, args]) =>
      () =>
        new ProtocolUnitFailure({
          name: 'x',
          sourceKey: unit.key,
          inputs,
          exception: { className: 'ValueError', args },
          traceback: 'Traceback',
          key: 'ProtocolUnitFailure-1',
        }),
  ),
  ProtocolDAGResult: fc.tuple(name, dict).map(([label, outputs]) => () => {
    const done = { name: null, sourceKey: unit.key, inputs: {}, outputs, key: 'ProtocolUnitResult-2' };
    return new ProtocolDAGResult({
      name: label,
      protocolUnits: [unit],
      protocolUnitResults: [new ProtocolUnitResult(done)],
    });
  }),
};

describe('laws', () => {
  for (const [className, objects] of Object.entries(CLASSES)) {
    test(className, () => {
      fc.assert(
        fc.property(objects, make => {
          const object = make();
          assert.match(object.key, new RegExp(`^${className}-[0-9a-f]+$`));
          assert.equal(object.qualname, className);
          assert.ok(object.equals(make()), 'the same parts, the same key');

          const chain = encodeKeyedChain(object);
          const again = decodeKeyedChain(chain, { registry: TOY_REGISTRY });
          assert.equal(again.constructor, object.constructor);
          assert.equal(again.key, object.key);
          assert.equal(again.toJson(), object.toJson());
          assert.equal(again.toJson(), new TextDecoder().decode(chain));

          // Without the class the object is opaque, and still the same text.
          const foreign = new TextDecoder()
            .decode(chain)
            .replaceAll('"__module__": "toyproto"', '"__module__": "other"');
          assert.equal(decodeKeyedChain(foreign).toJson(), foreign);
        }),
        { numRuns: 60, seed: 7 },
      );
    });
  }

  test('keys that stand for an occasion differ each time', () => {
    const make = (): ToyUnit => new ToyUnit({ inputs: {} });
    assert.match(make().key, /^ToyUnit-[0-9a-f]{32}$/);
    assert.notEqual(make().key, make().key);
    const done = { name: null, sourceKey: 'x', inputs: {}, outputs: {} };
    assert.notEqual(new ProtocolUnitResult(done).key, new ProtocolUnitResult(done).key);
  });

  test('what was passed in can be changed afterwards without changing the object', () => {
    const inner = [1n];
    const metadata = new Map<string, GufeInput>([['list', inner]]);
    const components = new Map<string, GufeTokenizable>([['water', water]]);
    const edge = new NonTransformation({
      system: new ChemicalSystem(components),
      protocol: new ToyProtocol(toySettings(1n, 1)),
      metadata,
    });
    const before = edge.toJson();
    inner.push(2n);
    metadata.set('more', null);
    components.set('ion', ion);
    assert.equal(edge.toJson(), before);
  });

  test('values nested too deeply are refused when written, not half written', () => {
    let deep: GufeInput = 1n;
    for (let i = 0; i < MAX_JSON_DEPTH + 5; i++) deep = [deep];
    assert.throws(() => new ToyUnit({ inputs: { deep } }).toJson(), {
      name: 'GufeError',
      message: /nesting deeper/,
    });
  });
});
