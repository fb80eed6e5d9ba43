import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ToyProtocol, toySettings } from '../../test/support/toy-protocol.ts';
import {
  AlchemicalNetwork,
  ChemicalSystem,
  decodeKeyedChain,
  decodeKeyedChainAs,
  GUFE_REGISTRY,
  NonTransformation,
  OpaqueTokenizable,
  Quantity,
  SolventComponent,
  Transformation,
} from './index.ts';

const WATER =
  '["SolventComponent-1", {"smiles": "O", "positive_ion": "Na+", "negative_ion": "Cl-", "ion_concentration": "0.15 molar", "neutralize": true, "__qualname__": "SolventComponent", "__module__": "gufe.components.solventcomponent", ":version:": 1}]';
const foreign = (key: string, entries: string): string =>
  `["${key}", {${entries}, "__qualname__": "${key.split('-')[0]}", "__module__": "else.where", ":version:": 2}]`;
const SYSTEM = (label: string): string =>
  `["ChemicalSystem-1", {"components": {"${label}": {":gufe-key:": "SolventComponent-1"}}, "name": "", "__qualname__": "ChemicalSystem", "__module__": "gufe.chemicalsystem", ":version:": 1}]`;

describe('reading chains', () => {
  test('stated keys resolve references; known objects have the key of their content', () => {
    const system = decodeKeyedChainAs(ChemicalSystem, `[${WATER}, ${SYSTEM('solvent')}]`);
    assert.equal(system.key, 'ChemicalSystem-fed9973d1274c4ca7a68fc66a0a753da');
    assert.ok(system.components.get('solvent')?.equals(new SolventComponent()));
  });

  test('an entry whose key came before is passed over', () => {
    const system = decodeKeyedChain(`[${WATER}, ${WATER.replace('"O"', '"CO"')}, ${SYSTEM('w')}]`);
    assert.ok((system as ChemicalSystem).components.get('w')?.equals(new SolventComponent()));
  });

  test('a fault names the object, the place in the text and the entry', () => {
    const cases: readonly (readonly [string, string, RegExp])[] = [
      ['[]', 'GufeError', /^the keyed chain is empty$/],
      [
        `[${SYSTEM('a')}]`,
        'GufeError',
        /^ChemicalSystem-1, at byte 22: refers to SolventComponent-1, which is not in the chain$/,
      ],
      [
        '[["A-1", {"x": 1}]]',
        'GufeError',
        /^A-1, at byte 9: '__qualname__' and '__module__' must name the class$/,
      ],
      [`[${WATER.replace('"Na+"', '"Xe+"')}]`, 'GufeError', /'Xe\+' is not an ion of Cs, K, Li, Na, Rb$/],
      [`[${WATER.replace('"O"', '1')}]`, 'GufeError', /'smiles' must be a string; it is bigint 1$/],
      [`[${WATER.replace('"smiles": "O", ', '')}]`, 'GufeError', /'smiles' must be a string; it is missing$/],
      [
        `[${WATER}, ${SYSTEM('a').replace('"name": ""', '"name": 1.5')}]`,
        'GufeError',
        /'name' must be a string; it is number 1.5$/,
      ],
      [
        `[${WATER}, ${SYSTEM('a').replace('{":gufe-key:": "SolventComponent-1"}', '3')}]`,
        'GufeError',
        /'components.a' must be a component/,
      ],
      [`[${WATER}`, 'GufeError', /^text ends where ',' or '\]' must come, at byte \d+$/],
      [`[${WATER.replace('true', 'True')}]`, 'GufeError', /^expected a value at byte 135$/],
      [`[${WATER}] x`, 'GufeError', /^expected the end of the text at byte \d+$/],
      ['[["A-1", {"x": "\ud800"}]]', 'GufeError', /raw lone surrogate/],
    ];
    for (const [text, name, message] of cases) {
      assert.throws(() => decodeKeyedChain(text), { name, message }, text);
    }
  });

  test('the wrong class for a root is said', () => {
    assert.throws(() => decodeKeyedChainAs(AlchemicalNetwork, `[${WATER}]`), {
      message: 'expected AlchemicalNetwork, got SolventComponent-26b4034ad9dbd9f908dfc298ea8d449f',
    });
    assert.throws(() => decodeKeyedChainAs(AlchemicalNetwork, `[${foreign('Foo-1', '"x": 1')}]`), {
      message: 'expected AlchemicalNetwork, got Foo-1 (unknown class)',
    });
  });
});

describe('opaque objects', () => {
  test('keep their text, whatever its spelling, and can be looked into', () => {
    const odd =
      '{"x":1E5, "é":[1.50,{":gufe-key:":"SolventComponent-26b4034ad9dbd9f908dfc298ea8d449f"}], "__qualname__":"Foo","__module__":"else.where"}';
    const water = WATER.replace('-1"', '-26b4034ad9dbd9f908dfc298ea8d449f"');
    const object = decodeKeyedChain(`[${water}, ["Foo-1", ${odd}]]`);
    assert.ok(object instanceof OpaqueTokenizable);
    assert.equal(object.key, 'Foo-1');
    assert.equal(object.toJson(), `[${water}, ["Foo-1", ${odd}]]`);
    assert.equal(object.fields().get('x'), 100_000);
    assert.deepEqual(
      object.references().map(referred => referred.qualname),
      ['SolventComponent'],
    );
  });

  test('a known class with an entry of a newer gufe is opaque, to lose nothing', () => {
    const newer = `[${WATER.replace('"smiles"', '"viscosity": {"magnitude": 1, "unit": "x", ":is_custom:": true, "pint_unit_registry": "openff_units"}, "smiles"')}]`;
    const object = decodeKeyedChain(newer);
    assert.ok(object instanceof OpaqueTokenizable);
    assert.equal(object.why, "unknown entry 'viscosity'");
    assert.equal(object.toJson(), newer);
    assert.deepEqual(object.fields().get('viscosity'), new Quantity(1n, 'x'));
  });

  test('refer to objects by the key these have now', () => {
    const entries = '"of": {":gufe-key:": "SolventComponent-1"}';
    const object = decodeKeyedChain(`[${WATER}, ${foreign('Foo-1', entries)}]`);
    const chain = object.toJson();
    assert.match(
      chain,
      /"of": \{":gufe-key:": "SolventComponent-26b4034ad9dbd9f908dfc298ea8d449f"\}.*":version:": 2/,
    );
    assert.equal(decodeKeyedChain(chain).toJson(), chain);
  });

  test('an unknown protocol can be passed on but not run', () => {
    const chain = `[${WATER}, ${SYSTEM('w')}, ${foreign('FooProtocol-1', '"settings": {}')}, ["NonTransformation-1", {"system": {":gufe-key:": "ChemicalSystem-1"}, "protocol": {":gufe-key:": "FooProtocol-1"}, "name": null, "__qualname__": "NonTransformation", "__module__": "gufe.transformations.transformation"}]]`;
    const edge = decodeKeyedChainAs(NonTransformation, chain);
    assert.throws(() => edge.createDag(), {
      message: /no implementation of else\.where\.FooProtocol is known here$/,
    });
    assert.match(edge.toJson(), /"metadata": \{\}/);
  });

  test('a registry that knows more reads more', () => {
    const known = GUFE_REGISTRY.with({
      qualname: 'Foo',
      module: 'else.where',
      entries: ['x'],
      decode: () => new SolventComponent(),
    });
    const newer = `[${foreign('Foo-1', '"x": 1')}]`;
    const text = newer.replace('":version:": 2', '":version:": 1');
    assert.ok(decodeKeyedChain(text, { registry: known }) instanceof SolventComponent);
    assert.ok(decodeKeyedChain(text) instanceof OpaqueTokenizable);
    assert.ok(
      decodeKeyedChain(newer, { registry: known }) instanceof OpaqueTokenizable,
      'of a version not known',
    );
  });
});

test('a long chain of objects is no deep recursion', () => {
  const pairs = [foreign('Link-0', '"x": 0')];
  for (let i = 1; i < 20_000; i++) pairs.push(foreign(`Link-${i}`, `"x": {":gufe-key:": "Link-${i - 1}"}`));
  const text = `[${pairs.join(', ')}]`;
  assert.equal(decodeKeyedChain(text).toJson(), text);
});

test('a transformation keeps its mapping as it was given', () => {
  const [system, protocol] = [new ChemicalSystem({}), new ToyProtocol(toySettings(1n, 1))];
  const parts = { stateA: system, stateB: new ChemicalSystem({ w: new SolventComponent() }), protocol };
  assert.match(new Transformation(parts).keyedDictText(), /"mapping": null/);
  assert.match(new Transformation({ ...parts, mapping: [] }).keyedDictText(), /"mapping": \[\]/);
  assert.notEqual(new Transformation(parts).key, new Transformation({ ...parts, mapping: [] }).key);
});
