// What do gufe's forms cost? A network of 2,000 transformations is built from numbers, keyed, written and read; a keyed chain of
// 100 MB is scanned from a file, checked, and its keys are recomputed, in a process of its own whose memory is told. The floors:
// hashing and encoding the finished text; parsing it with JSON.parse; reading the file; unpacking it. In brackets stands what the
// processor was busy with it, which says more where the machine has other work.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync, gzipSync, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { decodeKeyedChain, decodeMsgpack } from '../src/gufe/index.ts';
import { PROTOCOL_REGISTRY } from '../src/protocols/index.ts';
import { type Benchmark, formatMs, type Row } from './measure.ts';
import { syntheticChain, syntheticNetwork } from './synthetic-network.ts';

const RUNS = 9;
const LOOKS = 6;
const SCAN = fileURLToPath(new URL('./gufe-scan.ts', import.meta.url));

export const GUFE: Benchmark = {
  name: 'gufe',
  question: 'What do keys, forms and large files of gufe objects cost?',
  file: 'RESULTS-gufe.md',
  run({ quick }) {
    const load = loadavg()[0] ?? 0;
    const rows = [...measureForms(quick ? 50 : 2000), ...measureFile(quick ? 2e6 : 1e8)];
    const note = `load of the machine at the beginning and the end`;
    const loads = `${load.toFixed(1)}, ${(loadavg()[0] ?? 0).toFixed(1)}`;
    return Promise.resolve([...rows, { what: note, ours: loads, floor: 'below 1', ratio: null }]);
  },
};

interface Cost {
  readonly elapsedMs: number;
  readonly cpuMs: number;
}

/** The least of several runs, by the clock and by the processor. */
function costOf(call: () => unknown, runs = RUNS): Cost {
  let [elapsedMs, cpuMs] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (let run = 0; run < runs; run += 1) {
    const [start, cpuStart] = [performance.now(), process.cpuUsage()];
    call();
    elapsedMs = Math.min(elapsedMs, performance.now() - start);
    const { user, system } = process.cpuUsage(cpuStart);
    cpuMs = Math.min(cpuMs, (user + system) / 1000);
  }
  return { elapsedMs, cpuMs };
}

function measureForms(size: number): readonly Row[] {
  let run = 0;
  const chain = syntheticChain(size, 'gufe');
  const text = new TextDecoder().decode(chain);
  const options = { registry: PROTOCOL_REGISTRY };
  const network = syntheticNetwork(size, 'gufe');
  const packed = network.toMsgpack();
  const encode = costOf(() => {
    createHash('md5').update(text).digest();
    return new TextEncoder().encode(text);
  });
  const parse = costOf(() => JSON.parse(text));
  const compress = costOf(() => zstdCompressSync(chain));
  const what = `${size.toLocaleString('en-US')} transformations, ${(chain.length / 1e6).toFixed(1)} MB`;
  const row = (doing: string, ours: Cost, floor: Cost): Row => ({
    what: `${doing}: ${what}`,
    ours: `${formatMs(ours.elapsedMs)} (${formatMs(ours.cpuMs)})`,
    floor: `${formatMs(floor.elapsedMs)} (${formatMs(floor.cpuMs)})`,
    ratio: ours.cpuMs / floor.cpuMs,
  });
  return [
    row(
      'build, key and serialize',
      costOf(() => syntheticChain(size, `gufe${run++}`)),
      encode,
    ),
    row(
      'read and key',
      costOf(() => decodeKeyedChain(chain, options).key),
      parse,
    ),
    row(
      'write as MessagePack in zstd',
      costOf(() => network.toMsgpack()),
      compress,
    ),
    row(
      'read and key from MessagePack',
      costOf(() => decodeMsgpack(packed, options).key),
      parse,
    ),
    row(
      'write as a full dict',
      costOf(() => network.toDictText()),
      encode,
    ),
  ];
}

interface Look extends Cost {
  readonly peakBytes: number;
}

function measureFile(size: number): readonly Row[] {
  const folder = mkdtempSync(join(tmpdir(), 'alchemiscale-bench-'));
  try {
    const text = repeatedChain(size);
    const path = join(folder, 'chain.json');
    writeFileSync(path, text);
    writeFileSync(`${path}.zst`, zstdCompressSync(text));
    writeFileSync(`${path}.gz`, gzipSync(text, { level: 1 }));
    writeFileSync(`${path}.small`, repeatedChain(size / 10));
    const unpack = (suffix: string, unpackFile: (bytes: Uint8Array) => unknown): Cost =>
      costOf(() => unpackFile(readFileSync(path + suffix)), 3);
    const megabytes = text.length / 1e6;
    const read = look(path, 'read');
    const scan = look(path, 'scan');
    const rate = (doing: string, ours: Cost, floor: Cost): Row => ({
      what: `${doing}, ${megabytes.toFixed(0)} MB`,
      ours: formatRates(megabytes, ours),
      floor: formatRates(megabytes, floor),
      ratio: ours.cpuMs / floor.cpuMs,
    });
    const memory = (doing: string, ours: Look): Row => ({
      what: `memory for ${doing}`,
      ours: formatMb(ours.peakBytes),
      floor: formatMb(read.peakBytes),
      ratio: ours.peakBytes / read.peakBytes,
    });
    const keys = look(path, 'keys');
    return [
      rate('scan a keyed chain', scan, read),
      rate('scan it from .zst', look(`${path}.zst`, 'scan'), unpack('.zst', zstdDecompressSync)),
      rate('scan it from .gz', look(`${path}.gz`, 'scan'), unpack('.gz', gunzipSync)),
      rate('recompute its keys', keys, read),
      memory(`the scan of ${(megabytes / 10).toFixed(0)} MB`, look(`${path}.small`, 'scan')),
      memory(`the scan of ${megabytes.toFixed(0)} MB`, scan),
      memory(`the keys of ${megabytes.toFixed(0)} MB`, keys),
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The best of some looks, each in a process of its own; the most memory of any. */
function look(path: string, what: 'scan' | 'keys' | 'read'): Look {
  const looks = Array.from({ length: what === 'keys' ? 2 : LOOKS }, () => {
    const args = [...process.execArgv, SCAN, path, what];
    return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' })) as Look;
  });
  return {
    elapsedMs: Math.min(...looks.map(one => one.elapsedMs)),
    cpuMs: Math.min(...looks.map(one => one.cpuMs)),
    peakBytes: Math.max(...looks.map(one => one.peakBytes)),
  };
}

/** The pairs of one network again and again, which is as much text as many networks. */
function repeatedChain(size: number): Buffer {
  const chain = Buffer.from(syntheticChain(Math.min(2000, Math.ceil(size / 20_000)), 'scan'));
  const pairs = chain.subarray(1, chain.length - 1);
  const times = Math.max(1, Math.round(size / pairs.length));
  const parts = Array.from({ length: times }, (_, i) =>
    i === 0 ? [pairs] : [Buffer.from(', '), pairs],
  ).flat();
  return Buffer.concat([Buffer.from('['), ...parts, Buffer.from(']')]);
}

function formatRates(megabytes: number, { elapsedMs, cpuMs }: Cost): string {
  const rate = (ms: number): string => `${Math.round((megabytes / ms) * 1000).toLocaleString('en-US')} MB/s`;
  return `${rate(elapsedMs)} (${rate(cpuMs)})`;
}

function formatMb(bytes: number): string {
  return `${Math.round(bytes / 1e6)} MB`;
}
