// Keyed chains that gufe wrote: read and written again they are the same bytes, in gufe's own order, and the root has the
// key that gufe gave it.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, test } from 'node:test';
import {
  AlchemicalNetwork,
  decodeKeyedChain,
  decodeKeyedChainAs,
  encodeKeyedChain,
  ProtocolDAGResult,
} from '../../src/gufe/index.ts';
import { keyedChainEntries } from '../../src/lib/json-scan.ts';
import { nodeZstd, type Zstd } from '../../src/lib/zstd.ts';
import { fixtures, GOLDEN, NO_GOLDEN, readGolden } from '../support/golden.ts';

function checkRoundTrip(bytes: Uint8Array): void {
  const entries = [...keyedChainEntries(bytes)];
  const root = decodeKeyedChain(bytes);
  assert.equal(root.key, entries.at(-1)?.key);
  assert.deepEqual(
    root.toKeyedChain().map(([key]) => key),
    entries.map(entry => entry.key),
  );
  assert.equal(Buffer.compare(encodeKeyedChain(root), bytes), 0);
}

interface ResultFacts {
  readonly key: string;
  readonly ok: boolean;
  readonly tracebacks: readonly string[];
  readonly source_keys: readonly string[];
  readonly failure_keys: readonly string[];
}

function checkResult(bytes: Uint8Array, facts: ResultFacts): void {
  checkRoundTrip(bytes);
  const result = decodeKeyedChainAs(ProtocolDAGResult, bytes);
  assert.equal(result.key, facts.key);
  assert.equal(result.ok, facts.ok);
  assert.deepEqual(
    result.failures.map(failure => failure.key),
    facts.failure_keys,
  );
  assert.deepEqual(
    result.failures.map(failure => failure.sourceKey),
    facts.source_keys,
  );
  assert.deepEqual(
    result.failures.map(failure => failure.traceback),
    facts.tracebacks,
  );
}

describe('networks', () => {
  const folder = join(fixtures('gufe'), 'chains');
  for (const file of readdirSync(folder)) {
    test(basename(file, '.json'), () => {
      const bytes = readGolden(join(folder, file));
      checkRoundTrip(bytes);
      assert.ok(decodeKeyedChainAs(AlchemicalNetwork, bytes).edges.length > 0);
    });
  }

  test('of the full golden set', { skip: NO_GOLDEN }, () => {
    for (const name of ['one', 'twelve', 'nontransformations', 'mapped', 'rich', 'synthetic_200']) {
      checkRoundTrip(readGolden(join(GOLDEN as string, 'chains', `${name}.chain.json`)));
    }
  });
});

describe('results', () => {
  const folder = fixtures('results');
  const index = JSON.parse(readFileSync(join(folder, 'index.json'), 'utf8')) as Record<string, ResultFacts>;
  const zstd = nodeZstd() as Zstd;
  for (const [name, facts] of Object.entries(index)) {
    test(name, () => {
      const frame = readFileSync(join(folder, `${name}.obj.json.zst`));
      checkResult(new Uint8Array(zstd.decompress(frame, 2 ** 26)), facts);
    });
  }
});
