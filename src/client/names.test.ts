// Every public method of the Python clients is here, under its name in camelCase.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { AlchemiscaleClient, AlchemiscaleComputeClient, AlchemiscaleComputeManagerClient } from '../index.ts';

const FIXTURE = new URL('../../test/fixtures/client/python-names.json', import.meta.url);
const PYTHON_NAMES: Record<string, readonly string[]> = JSON.parse(readFileSync(FIXTURE, 'utf8'));

const CLIENTS = { AlchemiscaleClient, AlchemiscaleComputeClient, AlchemiscaleComputeManagerClient };

/** Python writes two words as one in some names: the class is ChemicalSystem, the hub a TaskHub. */
function camelCase(name: string): string {
  return name
    .replace('chemicalsystem', 'chemical_system')
    .replace('taskhub', 'task_hub')
    .replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

test('the list is complete', () => {
  assert.equal(new Set(PYTHON_NAMES.AlchemiscaleClient).size, 64);
  assert.deepEqual(Object.keys(PYTHON_NAMES).sort(), Object.keys(CLIENTS).sort());
});

for (const [client, made] of Object.entries(CLIENTS)) {
  describe(client, () => {
    for (const name of PYTHON_NAMES[client] ?? []) {
      test(`${name} is ${camelCase(name)}`, () => {
        const method: unknown = Reflect.get(made.prototype, camelCase(name));
        assert.equal(typeof method, 'function');
      });
    }
  });
}
