import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findNamedProtocol } from '../gufe/known-protocols/named-protocol.ts';
import { plainSettings } from '../gufe/settings/settings-model.ts';
import { GromacsHydrationProtocol } from './gromacs/protocol.ts';
import { gromacsHydrationSettings } from './gromacs/settings.ts';
import { HarmonicProtocol } from './harmonic/protocol.ts';
import { NAMED_PROTOCOLS } from './named-protocols.ts';

const make = (name: string, overrides?: unknown) => findNamedProtocol(NAMED_PROTOCOLS, name).make(overrides);

test('names are told apart', () => {
  const names = NAMED_PROTOCOLS.map(({ name }) => name.toLowerCase());
  assert.equal(new Set(names).size, names.length);
});

test('without overrides each has its defaults, and the defaults as plain values change nothing', () => {
  for (const { name, make: build, defaults } of NAMED_PROTOCOLS) {
    const protocol = build();
    assert.deepEqual(protocol.fields().get('settings'), defaults(), name);
    const plain = JSON.parse(JSON.stringify(plainSettings(defaults())));
    assert.equal(build(plain).key, protocol.key, name);
  }
});

test('built-in protocols take settings with units', () => {
  const harmonic = make('harmonicprotocol', { temperature: '25 degC', n_samples: 10, seed: 4 });
  assert.ok(harmonic instanceof HarmonicProtocol);
  assert.deepEqual(
    [harmonic.options.temperatureK, harmonic.options.nSamples, harmonic.options.seed],
    [298.15, 10, 4],
  );
  const quick = make('GromacsHydrationProtocol-quick', { timestep: '1 fs' });
  assert.ok(quick instanceof GromacsHydrationProtocol);
  assert.equal(
    make('GromacsHydrationProtocol').key,
    new GromacsHydrationProtocol(gromacsHydrationSettings()).key,
  );
  assert.throws(() => make('HarmonicProtocol', { temperature: 300 }), { path: 'temperature' });
  assert.throws(() => make('GromacsHydrationProtocol', { box_edge: '1 nm' }), {
    message: /'box_edge' must be at least/,
  });
});
