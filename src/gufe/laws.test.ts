// What holds for every class: the same parts give the same key, every form (keyed chain, full dict, MessagePack) reads back to
// an equal object of the same class, what is written again is the same, and copies are equal but for what was replaced.
// Checked on values from a generator.
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
import { keyedChainEntries, MAX_JSON_DEPTH } from '../lib/json-scan.ts';
import { GUFE_CLASSES } from './classes.ts';
import {
  AlchemicalArchive,
  AlchemicalNetwork,
  Bytes,
  ChemicalSystem,
  CONNECTIVITY_STRATEGY_SETTINGS,
  ConnectivityStrategy,
  DateTime,
  decodeGufe,
  decodeJson,
  decodeKeyedChain,
  decodeMsgpack,
  encodeKeyedChain,
  fromDict,
  type GufeDict,
  type GufeDictInput,
  GufeError,
  type GufeInput,
  type GufeObject,
  type GufeTokenizable,
  IntKeyedDict,
  LigandAtomMapping,
  LigandNetwork,
  NdArray,
  NonTransformation,
  NumpyScalar,
  PosixPath,
  ProteinComponent,
  ProteinMembraneComponent,
  type ProteinParts,
  ProtocolDAG,
  ProtocolDAGResult,
  ProtocolUnitFailure,
  ProtocolUnitResult,
  Quantity,
  RADIAL_GROWTH_STRATEGY_SETTINGS,
  RadialGrowthStrategy,
  Settings,
  SmallMoleculeComponent,
  type SolvatedParts,
  SolvatedPDBComponent,
  SolventComponent,
  StrategyResult,
  Transformation,
  Unit,
  Uuid,
} from './index.ts';
import { KeyChecker } from './key-check.ts';
import { absoluteSolvationProtocol, relativeHybridTopologyProtocol } from './known-protocols/openfe.ts';
import {
  AbsoluteSolvationProtocolResult,
  RelativeHybridTopologyProtocolResult,
} from './known-protocols/openfe-results.ts';

/** Characters of every kind. (fast-check's own unit for that takes seconds to set up.) */
const character = fc
  .oneof(fc.nat(0x7f), fc.nat(0xff), fc.nat(0xffff), fc.nat(0x10ffff))
  .map(code => (code >= 0xd800 && code < 0xe000 ? 'x' : String.fromCodePoint(code)));
const text = fc.oneof(
  { weight: 30, arbitrary: fc.string({ unit: character, maxLength: 12 }) },
  { weight: 1, arbitrary: fc.constantFrom('\ud800', 'a\udfffb', '__proto__', ':gufe-key:', '\u0000') },
);
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

/** Of objects that keep the key they were made with. */
const TOKEN = '0'.repeat(32);

const water = new SolventComponent();
const moleculeOf = (name: string): SmallMoleculeComponent =>
  SmallMoleculeComponent.fromAtoms({
    name,
    atoms: [{ element: 'Na', charge: 1 }],
    bonds: [],
    coordinates: [[0, 0, 0]],
  });
const ion = moleculeOf('Na+');
/** With so many atoms that indexes of one, two and three digits are in a mapping. */
const crystal = SmallMoleculeComponent.fromAtoms({
  name: 'crystal',
  atoms: Array.from({ length: 301 }, () => ({ element: 'Ar' })),
  bonds: [],
  coordinates: Array.from({ length: 301 }, (_, i) => [4 * i, 0, 0] as const),
});
const system = new ChemicalSystem({ water });
const unit = new ToyUnit({ inputs: { water }, name: 'first' });

const shortInteger = fc.integer({ min: -9999, max: 99999 });
/** Proteins with any places and coordinates. */
const proteinParts: fc.Arbitrary<ProteinParts> = fc
  .array(fc.tuple(fc.nat(118), text, shortInteger, text, fc.boolean(), fc.double(), fc.double()), {
    minLength: 2,
    maxLength: 5,
  })
  .map(rows => ({
    name: rows[0]?.[1] ?? '',
    atoms: rows.map(([atomicNumber, chainId, serial, label, isHetero], i) => ({
      atomicNumber,
      chainId,
      serial,
      segment: i,
      insertionCode: chainId,
      name: label,
      residueName: label,
      residueNumber: -serial,
      isHetero,
      charge: i - 2,
    })),
    bonds: rows.slice(1).map((row, i) => ({ begin: i, end: i + 1, type: 'SINGLE', isAromatic: row[4] })),
    conformers: [rows.flatMap(row => [row[5], row[6], -0]), rows.flatMap(row => [1, row[5], row[6]])],
  }));
const solvatedParts: fc.Arbitrary<SolvatedParts> = fc
  .tuple(
    proteinParts,
    fc.double({ min: 0.1, max: 99, noNaN: true }),
    fc.constantFrom('nanometer', 'angstrom'),
  )
  .map(([parts, length, unit]) => {
    const box = NdArray.float64([length, 0, 0, length / 4, length, 0, -length / 4, 0, length], [3, 3]);
    return { ...parts, boxVectors: new Quantity(box, unit) };
  });

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
  ProteinComponent: proteinParts.map(parts => () => new ProteinComponent(parts)),
  SolvatedPDBComponent: solvatedParts.map(parts => () => new SolvatedPDBComponent(parts)),
  ProteinMembraneComponent: solvatedParts.map(parts => () => new ProteinMembraneComponent(parts)),
  ChemicalSystem: fc.tuple(fc.array(fc.tuple(text, fc.constantFrom(water, ion)), { maxLength: 4 }), name).map(
    ([components, label]) =>
      () =>
        new ChemicalSystem(new Map(components), label),
  ),
  LigandAtomMapping: fc.tuple(fc.array(fc.tuple(fc.nat(300), fc.nat(300)), { maxLength: 12 }), dict).map(
    ([atoms, annotations]) =>
      () =>
        new LigandAtomMapping({
          componentA: crystal,
          componentB: crystal,
          atoms: new Map(atoms),
          annotations,
        }),
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
  LigandNetwork: fc.tuple(text, dict).map(([label, annotations]) => () => {
    const [a, b] = [moleculeOf(`${label}a`), moleculeOf(`${label}b`)];
    const edge = { componentA: a, componentB: b, atoms: new Map([[0, 0]]), annotations };
    return new LigandNetwork({ edges: [new LigandAtomMapping(edge)], smilesOf: ({ name: of }) => of });
  }),
  AlchemicalArchive: fc.tuple(dict, fc.nat(3)).map(([metadata, count]) => () => {
    const protocol = new ToyProtocol(toySettings(1n, 1));
    const edges = Array.from(
      { length: 3 },
      (_, i) => new NonTransformation({ system, protocol, name: `${i}` }),
    );
    const result = new ProtocolDAGResult({ protocolUnits: [], protocolUnitResults: [] });
    const results = edges.slice(0, count).map(edge => [edge, [result]] as const);
    return new AlchemicalArchive({
      network: new AlchemicalNetwork({ edges }),
      transformationResults: results,
      metadata,
    });
  }),
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
  RelativeHybridTopologyProtocol: fc
    .integer({ min: 1, max: 99 })
    .map(n => () => relativeHybridTopologyProtocol({ protocol_repeats: n })),
  AbsoluteSolvationProtocol: fc
    .double({ min: 1, max: 999, noNaN: true })
    .map(
      T => () => absoluteSolvationProtocol({ thermo_settings: { temperature: new Quantity(T, 'kelvin') } }),
    ),
  RelativeHybridTopologyProtocolResult: fc.tuple(fc.nat(), dict).map(
    ([n, data]) =>
      () =>
        new RelativeHybridTopologyProtocolResult({ nProtocolDagResults: n, data }),
  ),
  AbsoluteSolvationProtocolResult: fc.tuple(fc.nat(), dict).map(
    ([n, data]) =>
      () =>
        new AbsoluteSolvationProtocolResult({ nProtocolDagResults: n, data }),
  ),
  ConnectivityStrategy: fc
    .tuple(fc.double({ min: 0.01, max: 0.99, noNaN: true }), fc.option(fc.integer({ min: 1, max: 9 })))
    .map(([decay_rate, max_runs]) => () => {
      const given = { decay_rate, max_runs, cutoff: decay_rate };
      return new ConnectivityStrategy(CONNECTIVITY_STRATEGY_SETTINGS.make(given));
    }),
  RadialGrowthStrategy: fc
    .integer({ min: 1, max: 9 })
    .map(n => () => new RadialGrowthStrategy(RADIAL_GROWTH_STRATEGY_SETTINGS.make({ max_runs: n }))),
  StrategyResult: fc
    .array(fc.tuple(text, fc.oneof(fc.constant(null), number)), { maxLength: 4 })
    .map(weights => () => new StrategyResult(new Map(weights))),
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
        new ToyUnit({ inputs, name: label, key: `ToyUnit-${TOKEN}` }),
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
          key: `ProtocolUnitResult-${TOKEN}`,
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
          key: `ProtocolUnitFailure-${TOKEN}`,
        }),
  ),
  ProtocolDAGResult: fc.tuple(name, dict).map(([label, outputs]) => () => {
    const done = {
      name: null,
      sourceKey: unit.key,
      inputs: {},
      outputs,
      key: `ProtocolUnitResult-${TOKEN.replaceAll('0', '2')}`,
    };
    return new ProtocolDAGResult({
      name: label,
      protocolUnits: [unit],
      protocolUnitResults: [new ProtocolUnitResult(done)],
    });
  }),
};

const options = { registry: TOY_REGISTRY };

function checkSame(found: GufeObject, object: GufeObject): void {
  assert.equal(found.constructor, object.constructor);
  assert.ok(found.equals(object) && object.equals(found));
  assert.equal(found.toJson(), object.toJson());
}

function checkForms(object: GufeTokenizable): void {
  const chain = encodeKeyedChain(object);
  assert.equal(new TextDecoder().decode(chain), object.toJson());
  checkSame(decodeKeyedChain(chain, { ...options, checkKeys: true }), object);
  checkSame(decodeJson(object.toJson(), options), object);
  checkSame(decodeGufe(chain, options), object);

  checkSame(fromDict(object.toDict(), options), object);
  checkSame(decodeJson(object.toDictText(), options), object);
  // The order of entries is not hashed.
  assert.equal(decodeJson(object.toDictText({ sortKeys: true }), options).key, object.key);

  const packed = packedOf(object);
  if (packed !== null) {
    checkSame(decodeMsgpack(packed, options), object);
    checkSame(decodeGufe(packed, options), object);
    const again = decodeMsgpack(packed, options).toMsgpack({ compress: false });
    assert.equal(Buffer.compare(again, object.toMsgpack({ compress: false })), 0);
  }

  // Without the class the object is opaque, and still the same text, or the same values.
  const foreign = object.toJson().replaceAll('"__module__": "toyproto"', '"__module__": "other"');
  const opaque = decodeKeyedChain(foreign);
  assert.equal(opaque.toJson(), foreign);
  if (packed !== null) assert.equal(decodeMsgpack(opaque.toMsgpack()).toJson(), foreign);
}

/** Null where there is something in it that MessagePack has no form for. */
function packedOf(object: GufeObject): Uint8Array | null {
  try {
    return object.toMsgpack();
  } catch (error) {
    assert.ok(error instanceof GufeError && /has no form in MessagePack/.test(error.message), String(error));
    assert.match(object.toJson(), /\\ud[89a-f]|"unit_name"/);
    return null;
  }
}

function checkCopies(object: GufeTokenizable): void {
  const same = object.copyWithReplacements({});
  assert.notEqual(same, object);
  checkSame(same, object);
  for (const [name, value] of object.fields()) {
    checkSame(object.copyWithReplacements(new Map([[name, value as GufeInput]])), object);
  }
  assert.throws(() => object.copyWithReplacements({ nothing: 1n }), {
    name: 'GufeError',
    message: new RegExp(`^${object.qualname} has no entry 'nothing' but `),
  });
  const before = object.fields().get('name');
  if (before === undefined) return;
  const renamed = object.copyWithReplacements({ name: 'another name altogether' });
  assert.equal(renamed.constructor, object.constructor);
  assert.equal(renamed.fields().get('name'), 'another name altogether');
  // Units and their results keep their key, which stands for an occasion.
  assert.equal(renamed.equals(object), object.fields().has('_key'));
  checkSame(renamed.copyWithReplacements(new Map([['name', before as GufeInput]])), object);
}

/** Keys computed from the text alone are those of the objects; of an object with a value that gufe cannot read there is none. */
function checkKeys(object: GufeObject): void {
  const checker = new KeyChecker(options);
  for (const entry of keyedChainEntries(encodeKeyedChain(object))) {
    const { recomputed, ok, hint } = checker.check(entry);
    const isUnreadable = recomputed === null && /gufe cannot read/.test(hint ?? '');
    assert.deepEqual([recomputed, ok], isUnreadable ? [null, null] : [entry.key, true], String(hint));
  }
}

describe('laws', () => {
  for (const [className, objects] of Object.entries(CLASSES)) {
    test(className, () => {
      fc.assert(
        fc.property(objects, make => {
          const object = make();
          assert.match(object.key, new RegExp(`^${className}-[0-9a-f]+$`));
          assert.equal(object.qualname, className);
          assert.ok(object.equals(make()), 'the same parts, the same key');
          assert.ok(!object.equals(new ChemicalSystem({}, 'none of these')));
          checkForms(object);
          checkCopies(object);
          checkKeys(object);
        }),
        { numRuns: 40, seed: 7 },
      );
    });
  }

  test('are checked for every class that is read', () => {
    const checked = new Set(Object.keys(CLASSES));
    assert.deepEqual(
      GUFE_CLASSES.map(({ qualname }) => qualname).filter(qualname => !checked.has(qualname)),
      [],
    );
  });

  test('dicts with integers for keys stay such in values and MessagePack; JSON makes them names, as in Python', () => {
    const keys = fc.uniqueArray(fc.bigInt({ min: -(10n ** 25n), max: 10n ** 25n }), {
      minLength: 1,
      maxLength: 5,
    });
    fc.assert(
      fc.property(keys, value, (integers, member) => {
        const table = new IntKeyedDict(integers.map(key => [key, member]));
        const object = new ToyUnit({
          inputs: { table, inside: [{ table }], water },
          key: `ToyUnit-${TOKEN}`,
        });
        checkSame(fromDict(object.toDict(), options), object);
        const packed = packedOf(object);
        const again = packed === null ? null : decodeMsgpack(packed, options);
        if (again !== null) {
          checkSame(again, object);
          assert.deepEqual((again.fields().get('inputs') as GufeDict).get('table'), table);
        }
        const inputs = decodeKeyedChain(object.toJson(), options).fields().get('inputs') as GufeDict;
        assert.ok(inputs.get('table') instanceof Map);
        assert.equal(decodeKeyedChain(object.toJson(), options).toJson(), object.toJson());
      }),
      { numRuns: 100, seed: 7 },
    );
  });

  test('an opaque object is its own copy, and no other', () => {
    const opaque = decodeKeyedChain(
      '[["Foo-1", {"x": 1, "__qualname__": "Foo", "__module__": "else.where"}]]',
    );
    assert.equal(opaque.copyWithReplacements({}), opaque);
    assert.throws(() => opaque.copyWithReplacements({ x: 2n }), {
      name: 'GufeError',
      message: "Foo-1 cannot be copied with another 'x': unknown class",
    });
  });

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
