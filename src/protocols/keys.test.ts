// Names and values of our protocols are hashed into keys that databases keep for ever, and a Python client must come to the
// same keys: this holds them against what Python's gufe computed.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { decodeKeyedChain } from '../gufe/keyed-chain.ts';
import type { GufeTokenizable } from '../gufe/tokenizable.ts';
import { alkane } from './gromacs/alkanes.ts';
import { ALKANES, type AlkaneName } from './gromacs/freesolv.ts';
import { hydrationNetwork } from './gromacs/network.ts';
import { GromacsHydrationProtocol } from './gromacs/protocol.ts';
import { gromacsHydrationSettings } from './gromacs/settings.ts';
import { harmonicNetwork } from './harmonic/network.ts';
import { HarmonicProtocol, HarmonicProtocolResult } from './harmonic/protocol.ts';
import { harmonicSettings } from './harmonic/settings.ts';
import { HarmonicWell } from './harmonic/well.ts';
import { PROTOCOL_REGISTRY } from './registry.ts';
import { repeatsData } from './repeats.ts';
import { FailingProtocol, SlowProtocol } from './testing/protocols.ts';

const FIXTURE = new URL('../../test/fixtures/protocols/keys.json', import.meta.url);
const { 'its estimate and uncertainty': answer, ...keys } = JSON.parse(readFileSync(FIXTURE, 'utf8'));

const result = new HarmonicProtocolResult({
  nProtocolDagResults: 2,
  data: repeatsData([
    { repeatId: 'a', generation: 0, estimateKcalPerMol: 1, errorKcalPerMol: 0.25, overlap: 0.5 },
    { repeatId: 'b', generation: 0, estimateKcalPerMol: 1.5, errorKcalPerMol: 0.5, overlap: 0.5 },
  ]),
});

const OBJECTS: Readonly<Record<string, GufeTokenizable>> = {
  'well A': new HarmonicWell({ name: 'A', forceConstant: 1000, minimum: 0, offset: 0 }),
  'well B': new HarmonicWell({ name: 'B', forceConstant: 2000, minimum: 0.04, offset: 4 }),
  HarmonicProtocol: new HarmonicProtocol(),
  'HarmonicProtocol, all settings': new HarmonicProtocol(
    harmonicSettings({
      temperatureK: 300,
      nRepeats: 1,
      nWindows: 5,
      nSamples: 1000,
      estimator: 'BAR',
      seed: 7,
      workSeconds: 0.5,
    }),
  ),
  'harmonicNetwork()': harmonicNetwork(),
  GromacsHydrationProtocol: new GromacsHydrationProtocol(),
  'GromacsHydrationProtocol, quick': new GromacsHydrationProtocol(gromacsHydrationSettings('quick')),
  FailingProtocol: new FailingProtocol(),
  SlowProtocol: new SlowProtocol(),
  'hydrationNetwork, methane and ethane, quick': hydrationNetwork({
    molecules: ['methane', 'ethane'],
    preset: 'quick',
  }),
  HarmonicProtocolResult: result,
  ...Object.fromEntries(
    Object.keys(ALKANES).map(name => [`alkane ${name}`, alkane(name as AlkaneName)] as const),
  ),
};

describe('keys of the built-in protocols', () => {
  it('covers what Python made', () => {
    assert.deepEqual(Object.keys(OBJECTS).sort(), Object.keys(keys).sort());
  });

  for (const [name, object] of Object.entries(OBJECTS)) {
    it(`${name} has the key that Python computes, also after a round trip`, () => {
      assert.equal(object.key, keys[name]);
      const read = decodeKeyedChain(object.toJson(), { registry: PROTOCOL_REGISTRY });
      assert.equal(read.constructor, object.constructor);
      assert.equal(read.key, keys[name]);
    });
  }

  it('comes to the same estimate and uncertainty', () => {
    assert.deepEqual([result.estimate?.toNumber(), result.uncertainty?.toNumber()], answer);
  });
});
