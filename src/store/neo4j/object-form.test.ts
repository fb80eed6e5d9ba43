import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { AlchemiscaleError } from '../../domain/errors.ts';
import { dependenciesFirst } from './dependency-order.ts';
import { formOf } from './object-form.ts';
import { dictText } from './object-text.ts';

const SCOPE = { org: 'o', campaign: 'c', project: 'p' };

/** The form of a dict with these members, as JSON text. */
function form(members: string, qualname = 'P') {
  const text = `{${members}${members === '' ? '' : ', '}"__qualname__": "${qualname}", "__module__": "m", ":version:": 1}`;
  const bytes = new TextEncoder().encode(text);
  return formOf({ gufeKey: `${qualname}-1`, qualname, name: null, bytes, references: [], depth: 0 }, SCOPE);
}

/** What is left of members after they have been in the graph. */
function roundTrip(members: string, qualname = 'P'): string {
  const { properties, links } = form(members, qualname);
  const text = dictText(properties, links);
  return text.replace(/^\{/, '').replace(/(, )?"__qualname__.*$/, '');
}

function refusal(members: string, qualname = 'P'): string {
  try {
    form(members, qualname);
  } catch (error) {
    assert.ok(error instanceof AlchemiscaleError, String(error));
    assert.equal(error.code, 'INVALID_BODY');
    return error.message;
  }
  throw new assert.AssertionError({ message: 'accepted' });
}

const reference = (key: string): string => `{":gufe-key:": "${key}"}`;

describe('a keyed dict in the graph', () => {
  test('what every node carries', () => {
    assert.deepEqual(form(''), {
      gufeKey: 'P-1',
      qualname: 'P',
      properties: {
        _scoped_key: 'P-1-o-c-p',
        _gufe_key: 'P-1',
        _org: 'o',
        _campaign: 'c',
        _project: 'p',
        _json_props: [],
        __qualname__: 'P',
        __module__: 'm',
        ':version:': 1n,
      },
      links: [],
    });
  });

  test('scalars and lists of one kind are properties; integers and floats stay apart', () => {
    const { properties } = form(
      '"i": 1, "f": 1.0, "b": false, "s": "é\\n", "l": [1, 2], "m": ["a"], "z": [true]',
    );
    const { i, f, b, s, l, m, z, _json_props } = properties;
    assert.deepEqual(
      { i, f, b, s, l, m, z },
      { i: 1n, f: 1, b: false, s: 'é\n', l: [1n, 2n], m: ['a'], z: [true] },
    );
    assert.deepEqual(_json_props, []);
  });

  test('everything else is JSON text as it came', () => {
    const odd = {
      mixed: '[1, 2.5]',
      truth: '[1, true]',
      nested: '[[1.0], {"a": 1e-05}]',
      empty: '[]',
      dict: '{"b": 1.50, "a": NaN}',
      large: '9223372036854775808',
      lone: '"\\ud800"',
    };
    const { properties } = form(
      Object.entries(odd)
        .map(([name, text]) => `"${name}": ${text}`)
        .join(', '),
    );
    assert.deepEqual(properties._json_props, Object.keys(odd));
    for (const [name, text] of Object.entries(odd)) assert.equal(properties[name], text);
  });

  test('references, alone, in a dict, in a list', () => {
    const { links, properties } = form(
      `"a": ${reference('A-1')}, "d": {"x": ${reference('B-1')}}, "l": [${reference('C-1')}, ${reference('C-2')}]`,
    );
    assert.deepEqual(links, [
      { attribute: 'a', key: null, index: null, target: 'A-1' },
      { attribute: 'd', key: 'x', index: null, target: 'B-1' },
      { attribute: 'l', key: null, index: 0n, target: 'C-1' },
      { attribute: 'l', key: null, index: 1n, target: 'C-2' },
    ]);
    for (const attribute of ['a', 'd', 'l']) assert.equal(attribute in properties, false);
  });

  test('what comes back', () => {
    for (const members of [
      '"f": 1.0, "g": 1e-05, "i": 1, "l": [1, 2], "n": NaN, "s": "\\u0000\\u00e9\\n"',
      '"d": {"z": 1, "a": [1.50]}, "e": [], "large": 9223372036854775808, "lone": "\\ud800"',
      `"a": ${reference('A-1')}, "d": {"x": ${reference('B-1')}, "y": ${reference('B-2')}}, "l": [${reference('C-2')}, ${reference('C-1')}]`,
    ]) {
      assert.equal(roundTrip(members), members);
    }
  });

  test('the order of gufe’s own classes, and what the graph leaves out of them', () => {
    const members = `"stateA": ${reference('S-1')}, "stateB": ${reference('S-2')}, "protocol": ${reference('P-1')}, "mapping": null, "name": null, "metadata": {}`;
    assert.deepEqual(form(members, 'Transformation').links.length, 3);
    assert.equal(roundTrip(members, 'Transformation'), members);
    assert.equal(roundTrip('"name": null, "x": {}'), '', 'of other classes nobody knows');
  });

  test('what the graph cannot keep is refused', () => {
    assert.match(refusal(`"x": [{"y": ${reference('A-1')}}]`), /'P-1' has references inside of `x`/);
    assert.match(refusal(`"x": {"y": 1, "z": ${reference('A-1')}}`), /references inside of `x`/);
    assert.match(refusal(`"x": ${reference('A-1')}, "y": ${reference('A-1')}`), /two references to 'A-1'/);
    assert.match(refusal('"name": null', 'ChemicalSystem'), /an empty `name`/);
    assert.match(refusal('"components": {}, "name": "n"', 'ChemicalSystem'), /an empty `components`/);
    assert.match(refusal('"componentA_to_componentB": {}', 'LigandAtomMapping'), /an empty `componentA/);
  });
});

describe('the order of a chain', () => {
  test('of what is ready the smallest key first', () => {
    const children = { r: ['b', 'c'], c: ['d'], b: [], d: [], a: ['b'] };
    assert.deepEqual(dependenciesFirst(new Map(Object.entries(children))), ['b', 'a', 'd', 'c', 'r']);
  });

  test('many, in any order', () => {
    const keys = Array.from({ length: 500 }, (_, place) => `k${(place * 7919) % 500}`);
    const children = new Map<string, readonly string[]>(keys.map(key => [key, []]));
    const order = dependenciesFirst(children.set('a', keys));
    assert.deepEqual(order, [...keys].sort().concat('a'));
  });

  test('a circle is no chain', () => {
    assert.throws(
      () =>
        dependenciesFirst(
          new Map([
            ['a', ['b']],
            ['b', ['a']],
          ]),
        ),
      /circle/,
    );
  });
});
