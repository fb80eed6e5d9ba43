// openfe's protocols: their keys with openfe's defaults, and what is gathered of their results.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { NO_BENCHMARKS, readBenchmark } from '../../../test/support/benchmarks.ts';
import { fixtures } from '../../../test/support/golden.ts';
import {
  ChemicalSystem,
  decodeKeyedChainAs,
  ProtocolDAGResult,
  ProtocolResult,
  Transformation,
} from '../index.ts';
import { SettingsError } from '../settings/settings-error.ts';
import { ExternalProtocol } from './external-protocol.ts';
import { findNamedProtocol } from './named-protocol.ts';
import { absoluteSolvationProtocol, OPENFE_PROTOCOLS, relativeHybridTopologyProtocol } from './openfe.ts';
import { AbsoluteSolvationProtocolResult } from './openfe-results.ts';

describe('protocols', () => {
  test('with openfe’s defaults have openfe’s keys', () => {
    const keys = [relativeHybridTopologyProtocol().key, absoluteSolvationProtocol().key];
    assert.deepEqual(keys, [
      'RelativeHybridTopologyProtocol-c003e537a2b18d24062609cad50ed79a',
      'AbsoluteSolvationProtocol-15439cb7d8ce43304ab6dd07ead32901',
    ]);
  });

  test('are written as in the networks of real systems', { skip: NO_BENCHMARKS }, () => {
    for (const [system, protocol] of [
      ['tyk2', relativeHybridTopologyProtocol()],
      ['freesolv', absoluteSolvationProtocol()],
    ] as const) {
      const chain = readBenchmark(system, 'network.chain.json').toString();
      assert.ok(chain.includes(`["${protocol.key}", ${protocol.keyedDictText()}]`), system);
    }
  });

  test('take other settings, and are read back', () => {
    const short = { simulation_settings: { production_length: '1000 ps' }, protocol_repeats: 1 };
    const protocol = findNamedProtocol(OPENFE_PROTOCOLS, 'relativehybridtopologyprotocol').make(short);
    assert.notEqual(protocol.key, relativeHybridTopologyProtocol().key);
    const again = decodeKeyedChainAs(ExternalProtocol, protocol.toJson());
    assert.equal(again.toJson(), protocol.toJson());
    assert.equal(again.copyWithReplacements({}).key, protocol.key);
    assert.throws(() => relativeHybridTopologyProtocol({ n_repeats: 3 }), {
      name: 'SettingsError',
      path: 'n_repeats',
    });
    assert.throws(() => absoluteSolvationProtocol({ lambda_settings: { lambda_vdw: [0, 0.5, 0.4] } }), {
      path: 'lambda_settings.lambda_vdw',
      message: /must not decrease/,
    });
    assert.throws(
      () => absoluteSolvationProtocol({ integrator_settings: { surface_tension: '1 bar*nm' } }),
      /'integrator_settings' is wrong: 'surface_tension' must be 0/,
    );
    assert.throws(() => findNamedProtocol(OPENFE_PROTOCOLS, 'Nope'), SettingsError);
  });

  test('are not run here', () => {
    const system = new ChemicalSystem({});
    const edge = new Transformation({
      stateA: system,
      stateB: system,
      protocol: relativeHybridTopologyProtocol(),
    });
    assert.throws(() => edge.createDag(), {
      name: 'GufeError',
      message: /no implementation of .* is known here$/,
    });
  });
});

interface GatherCase {
  readonly name: string;
  readonly results: readonly string[];
  readonly gathered: string;
  readonly key: string;
  readonly estimate: readonly [number, string];
  readonly uncertainty: readonly [number, string];
}

describe('results', () => {
  const cases = JSON.parse(
    readFileSync(join(fixtures('openfe'), 'results.json'), 'utf8'),
  ) as readonly GatherCase[];
  for (const golden of cases) {
    test(golden.name, () => {
      const results = golden.results.map(chain => decodeKeyedChainAs(ProtocolDAGResult, chain));
      const protocol = golden.name.startsWith('afe')
        ? absoluteSolvationProtocol()
        : relativeHybridTopologyProtocol();
      const gathered = protocol.gather(results);
      assert.equal(gathered.nProtocolDagResults, results.length);
      assert.equal(gathered.key, golden.key);
      const stated = decodeKeyedChainAs(ProtocolResult, golden.gathered);
      assert.equal(stated.key, golden.key);
      for (const result of [gathered, stated]) {
        for (const [quantity, [value, unit]] of [
          [result.estimate, golden.estimate],
          [result.uncertainty, golden.uncertainty],
        ] as const) {
          assert.equal(quantity?.unit, unit);
          assert.ok(Math.abs((quantity?.toNumber() ?? Number.NaN) - value) < 1e-12);
        }
      }
    });
  }

  test('without any there is no estimate', () => {
    assert.equal(relativeHybridTopologyProtocol().gather([]).estimate, null);
    assert.equal(relativeHybridTopologyProtocol().gather([]).uncertainty, null);
    const none = AbsoluteSolvationProtocolResult.gather([]);
    assert.deepEqual([none.estimate, none.uncertainty], [null, null]);
  });
});
