import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { AlchemiscaleError } from './errors.ts';
import { readStrategyChain, readSubmission, type Submission, type SubmittedChain } from './submission.ts';

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

function end<T>(reading: Generator<undefined, T>): T {
  for (;;) {
    const step = reading.next();
    if (step.done === true) return step.value;
  }
}

const read = (text: string | Uint8Array): Submission =>
  end(readSubmission(typeof text === 'string' ? bytesOf(text) : text));

const to = (key: string): string => `{":gufe-key:": "${key}"}`;
const entry = (key: string, members: string): string =>
  `["${key}", {${members}${members === '' ? '' : ', '}"__qualname__": "${key.split('-')[0]}", "__module__": "m"}]`;

const SOLVENT = entry('SolventComponent-1', '"smiles": "O"');
const A = entry('ChemicalSystem-a', `"components": {"solvent": ${to('SolventComponent-1')}}, "name": "A"`);
const B = entry('ChemicalSystem-b', `"components": {}, "name": null`);
const PROTOCOL = entry('MyProtocol-p', '"settings": {"n": 1.0}');
const edge = (key: string, stateB: string): string =>
  entry(
    key,
    `"stateA": ${to('ChemicalSystem-a')}, "stateB": ${to(stateB)}, "protocol": ${to('MyProtocol-p')}`,
  );
const EDGE = edge('Transformation-t', 'ChemicalSystem-b');
const network = (...edges: readonly string[]): string =>
  entry(
    'AlchemicalNetwork-n',
    `"nodes": [${to('ChemicalSystem-a')}, ${to('ChemicalSystem-b')}], "edges": [${edges.map(to).join(', ')}], "name": "net"`,
  );
const chain = (...entries: readonly string[]): string => `[${entries.join(', ')}]`;
const GOOD = [SOLVENT, A, B, PROTOCOL, EDGE, network('Transformation-t')] as const;

describe('readSubmission', () => {
  test('objects with class, name, references and depth, dependencies first', () => {
    const { network: root, objects, transformations } = read(chain(...GOOD));
    const byKey = new Map(objects.map(object => [object.gufeKey, object]));
    assert.equal(objects.length, 6);
    assert.equal(objects.at(-1), root);
    assert.equal(root.gufeKey, 'AlchemicalNetwork-n');
    assert.equal(root.name, 'net');
    assert.equal(byKey.get('ChemicalSystem-b')?.name, null);
    assert.deepEqual(
      ['SolventComponent-1', 'ChemicalSystem-a', 'Transformation-t', 'AlchemicalNetwork-n'].map(
        key => byKey.get(key)?.depth,
      ),
      [0, 1, 2, 3],
    );
    assert.deepEqual(byKey.get('Transformation-t')?.references, [
      { attribute: 'stateA', gufeKey: 'ChemicalSystem-a' },
      { attribute: 'stateB', gufeKey: 'ChemicalSystem-b' },
      { attribute: 'protocol', gufeKey: 'MyProtocol-p' },
    ]);
    assert.deepEqual(transformations, [{ gufeKey: 'Transformation-t', protocol: 'MyProtocol' }]);
  });

  test('the bytes of an object are those that came', () => {
    const odd = entry('MyProtocol-p', '"x" :\t[1.0,1e-05, NaN,12345678901234567890, "\\u0000é"]');
    const { objects } = read(chain(SOLVENT, A, B, odd, EDGE, network('Transformation-t')));
    const kept = objects.find(object => object.gufeKey === 'MyProtocol-p');
    assert.equal(`["MyProtocol-p", ${textOf(kept?.bytes ?? new Uint8Array())}]`, odd);
  });

  test('a key that occurs again is skipped, and what the network does not lead to is left out', () => {
    const again = entry('ChemicalSystem-b', '"name": "another"');
    const stray = entry('SolventComponent-2', '');
    const { objects } = read(chain(SOLVENT, A, B, again, stray, PROTOCOL, EDGE, network('Transformation-t')));
    assert.equal(objects.length, 6);
    assert.equal(objects.find(object => object.gufeKey === 'ChemicalSystem-b')?.name, null);
  });

  test('a NonTransformation is an edge; other classes are objects only', () => {
    const non = entry(
      'NonTransformation-x',
      `"system": ${to('ChemicalSystem-a')}, "protocol": ${to('MyProtocol-p')}`,
    );
    const other = edge('MyTransformation-y', 'ChemicalSystem-b');
    const root = network('NonTransformation-x', 'MyTransformation-y');
    const { objects, transformations } = read(chain(SOLVENT, A, B, PROTOCOL, non, other, root));
    assert.deepEqual(transformations, [{ gufeKey: 'NonTransformation-x', protocol: 'MyProtocol' }]);
    assert.ok(objects.some(object => object.gufeKey === 'MyTransformation-y'));
  });

  test('a network without edges', () => {
    const { transformations } = read(chain(SOLVENT, A, B, network()));
    assert.deepEqual(transformations, []);
  });

  test('is paused within an entry that refers to very many', () => {
    const keys = Array.from({ length: 10_000 }, (_, i) => `X-${i}`);
    const entries = keys.map(key => entry(key, ''));
    const reading = readSubmission(bytesOf(chain(...entries, SOLVENT, A, B, network(...keys))));
    let pauses = 0;
    while (reading.next().done !== true) pauses += 1;
    assert.equal(pauses, keys.length + 4 + 5);
  });

  test('a network as gufe writes it', () => {
    const bytes = readFileSync(
      new URL('../../test/fixtures/gufe/chains/nontransformations.json', import.meta.url),
    );
    const { objects, transformations } = read(new Uint8Array(bytes));
    const parsed = JSON.parse(bytes.toString()) as [string, { edges?: unknown[]; name?: string }][];
    assert.deepEqual(objects.map(object => object.gufeKey).sort(), parsed.map(([key]) => key).sort());
    assert.equal(transformations.length, parsed.at(-1)?.[1].edges?.length);
  });
});

describe('what is refused, as 422', () => {
  const REFUSED: Record<string, readonly [text: string, message: RegExp]> = {
    'no JSON': ['{"nodes": ', /not a keyed chain: .*byte/],
    'not a list': ['{}', /not a keyed chain/],
    'text after the end': [`${chain(...GOOD)} x`, /not a keyed chain/],
    'cut off': [chain(...GOOD).slice(0, -30), /not a keyed chain/],
    'an empty list': ['[]', /empty/],
    'another root': [chain(SOLVENT, A), /must be an AlchemicalNetwork, not 'ChemicalSystem-a'/],
    'a reference to what comes later': [
      chain(A, SOLVENT, B, PROTOCOL, EDGE, network('Transformation-t')),
      /precede/,
    ],
    'a reference to nothing': [
      chain(SOLVENT, A, B, PROTOCOL, network('Transformation-t')),
      /'Transformation-t'/,
    ],
    'a key with a dot': [chain(entry('Outer.Inner-1', ''), ...GOOD), /'Outer.Inner-1' is not a gufe key/],
    'a key that no route would take': [
      chain(entry(`X-${'1'.repeat(300)}`, ''), ...GOOD),
      /'X-1{98}…' is a key of more than 256 characters/,
    ],
    'a key without a token': [chain('["X", {}]', ...GOOD), /'X' is not a gufe key/],
    'another class than the key says': [
      chain('["X-1", {"__qualname__": "Y", "__module__": "m"}]', ...GOOD),
      /'X-1' must have `__qualname__` 'X'/,
    ],
    'no module': [chain('["X-1", {"__qualname__": "X"}]', ...GOOD), /`__module__`/],
    'an edge without a protocol': [
      chain(
        A.replace(to('SolventComponent-1'), 'null'),
        B,
        entry('Transformation-t', ''),
        network('Transformation-t'),
      ),
      /'Transformation-t' has no protocol/,
    ],
    'a transformation from a state to itself': [
      chain(
        SOLVENT,
        A,
        B,
        PROTOCOL,
        edge('Transformation-t', 'ChemicalSystem-a'),
        network('Transformation-t'),
      ),
      /`Transformation` 'Transformation-t' uses the same `ChemicalSystem` 'ChemicalSystem-a' for both states/,
    ],
  };
  for (const [name, [text, message]] of Object.entries(REFUSED)) {
    test(name, () => {
      assert.throws(
        () => read(text),
        (error: unknown) =>
          error instanceof AlchemiscaleError && error.status === 422 && message.test(error.message),
      );
    });
  }
});

describe('readStrategyChain', () => {
  const readStrategy = (...entries: readonly string[]): SubmittedChain =>
    end(readStrategyChain(bytesOf(chain(...entries))));
  const SETTINGS = entry('Settings-s', '"n": 1.0');
  const STRATEGY = entry('MyStrategy-m', `"settings": ${to('Settings-s')}`);

  test('any object may be the last one; what it does not lead to is left out', () => {
    const { root, objects } = readStrategy(SOLVENT, SETTINGS, STRATEGY);
    assert.equal(root.gufeKey, 'MyStrategy-m');
    assert.deepEqual(
      objects.map(({ gufeKey }) => gufeKey),
      ['Settings-s', 'MyStrategy-m'],
    );
    assert.equal(textOf(root.bytes), STRATEGY.slice('["MyStrategy-m", '.length, -1));
  });

  test('refusals name the strategy', () => {
    for (const entries of [[], [STRATEGY], [SETTINGS.replace('"__module__": "m"', '"x": 1')]]) {
      assert.throws(
        () => readStrategy(...entries),
        (error: unknown) =>
          error instanceof AlchemiscaleError &&
          error.code === 'INVALID_BODY' &&
          error.message.startsWith('Invalid strategy: '),
      );
    }
  });
});
