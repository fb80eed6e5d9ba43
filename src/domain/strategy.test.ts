import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readStrategyKey } from './strategy.ts';

const bytes = (value: unknown): Uint8Array =>
  new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value));
const dict = (qualname: string, more: object = {}): object => ({
  ...more,
  __qualname__: qualname,
  __module__: 'strategies',
  ':version:': 1,
});

test('the last object of the chain is the strategy', () => {
  const settings = ['Settings-1', dict('Settings')];
  const strategy = ['Radial-2', dict('Radial', { settings: { ':gufe-key:': 'Settings-1' } })];
  assert.equal(readStrategyKey(bytes([settings, strategy])), 'Radial-2');
});

for (const [what, chain] of [
  ['no chain', '3'],
  ['an empty one', '[]'],
  ['a key that is none', [['Radial 2', dict('Radial')]]],
  ['another class', [['Radial-2', dict('Growth')]]],
  ['no module', [['Radial-2', { __qualname__: 'Radial' }]]],
  ['no dict', [['Radial-2', 3]]],
  ['a class name that is no text', [['Radial-2', { __qualname__: 3, __module__: 'm' }]]],
  ['a reference to what does not precede', [['Radial-2', dict('Radial', { x: { ':gufe-key:': 'Y-1' } })]]],
  ['cut text', '[["Radial-2", {"__qualname__'],
] as const) {
  test(`${what} is refused`, () => {
    assert.throws(
      () => readStrategyKey(bytes(chain)),
      (error: { readonly code: string; readonly message: string }) =>
        error.code === 'INVALID_BODY' && error.message.startsWith('Invalid strategy: '),
    );
  });
}
