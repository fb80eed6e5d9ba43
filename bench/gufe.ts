// What do gufe's forms cost? A network of 2,000 transformations is built from numbers, keyed, written and read; a keyed chain of
// 100 MB is scanned from a file, checked, and its keys are recomputed, in a process of its own whose memory is told. The floors:
// hashing and encoding the finished text; parsing it with JSON.parse; reading the file; unpacking it.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync, gzipSync, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { decodeKeyedChain, decodeMsgpack } from '../src/gufe/index.ts';
import { PROTOCOL_REGISTRY } from '../src/protocols/index.ts';
import { type Benchmark, bestOf, formatMs, type Row } from './measure.ts';
import { syntheticChain, syntheticNetwork } from './synthetic-network.ts';

const RUNS = 9;
const LOOKS = 6;
const SCAN = fileURLToPath(new URL('./gufe-scan.ts', import.meta.url));

export const GUFE: Benchmark = {
  name: 'gufe',
  question: 'What do keys, forms and large files of gufe objects cost?',
  file: 'RESULTS-gufe.md',
  async run({ quick }) {
    const load = loadavg()[0] ?? 0;
    const rows = [...(await measureForms(quick ? 50 : 2000)), ...(await measureFile(quick ? 2e6 : 1e8))];
    const note = `load of the machine at the beginning and the end`;
    const loads = `${load.toFixed(1)}, ${(loadavg()[0] ?? 0).toFixed(1)}`;
    return [...rows, { what: note, ours: loads, floor: 'below 1', ratio: null }];
  },
};

async function measureForms(size: number): Promise<readonly Row[]> {
  let run = 0;
  const build = await bestOf(RUNS, () => syntheticChain(size, `gufe${run++}`));
  const chain = syntheticChain(size, 'gufe');
  const text = new TextDecoder().decode(chain);
  const encode = await bestOf(RUNS, () => {
    createHash('md5').update(text).digest();
    return new TextEncoder().encode(text);
  });
  const options = { registry: PROTOCOL_REGISTRY };
  const read = await bestOf(RUNS, () => decodeKeyedChain(chain, options).key);
  const parse = await bestOf(RUNS, () => JSON.parse(text));
  const network = syntheticNetwork(size, 'gufe');
  const packed = network.toMsgpack();
  const pack = await bestOf(RUNS, () => network.toMsgpack());
  const compress = await bestOf(RUNS, () => zstdCompressSync(chain));
  const unpack = await bestOf(RUNS, () => decodeMsgpack(packed, options).key);
  const decompress = await bestOf(RUNS, () =>
    JSON.parse(zstdDecompressSync(zstdCompressSync(chain)).toString()),
  );
  const full = await bestOf(RUNS, () => network.toDictText());
  const what = `${size.toLocaleString('en-US')} transformations, ${(chain.length / 1e6).toFixed(1)} MB`;
  const row = (doing: string, ours: number, floor: number): Row => ({
    what: `${doing} ${what}`,
    ours: formatMs(ours),
    floor: formatMs(floor),
    ratio: ours / floor,
  });
  return [
    row('build, key and serialize', build, encode),
    row('read and key', read, parse),
    row('write as MessagePack in zstd', pack, compress),
    row('read and key from that', unpack, decompress),
    row('write as a full dict', full, encode),
  ];
}

interface Look {
  readonly elapsedMs: number;
  readonly peakBytes: number;
}

async function measureFile(size: number): Promise<readonly Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'alchemiscale-bench-'));
  try {
    const text = repeatedChain(size);
    const path = join(folder, 'chain.json');
    writeFileSync(path, text);
    writeFileSync(`${path}.zst`, zstdCompressSync(text));
    writeFileSync(`${path}.gz`, gzipSync(text, { level: 1 }));
    writeFileSync(`${path}.small`, repeatedChain(size / 10));
    const unpack = (suffix: string, unpackFile: (bytes: Uint8Array) => unknown): Promise<number> =>
      bestOf(3, () => unpackFile(readFileSync(path + suffix)));
    const megabytes = text.length / 1e6;
    const read = look(path, 'read');
    const scan = look(path, 'scan');
    const rate = (doing: string, ours: Look, floorMs: number): Row => ({
      what: `${doing}, ${megabytes.toFixed(0)} MB`,
      ours: formatRateMb(megabytes, ours.elapsedMs),
      floor: formatRateMb(megabytes, floorMs),
      ratio: ours.elapsedMs / floorMs,
    });
    const memory = (doing: string, ours: Look): Row => ({
      what: `memory for ${doing}`,
      ours: formatMb(ours.peakBytes),
      floor: formatMb(read.peakBytes),
      ratio: ours.peakBytes / read.peakBytes,
    });
    const keys = look(path, 'keys');
    return [
      rate('scan a keyed chain', scan, read.elapsedMs),
      rate('scan it from .zst', look(`${path}.zst`, 'scan'), await unpack('.zst', zstdDecompressSync)),
      rate('scan it from .gz', look(`${path}.gz`, 'scan'), await unpack('.gz', gunzipSync)),
      rate('recompute its keys', keys, read.elapsedMs),
      memory(`the scan of ${(megabytes / 10).toFixed(0)} MB`, look(`${path}.small`, 'scan')),
      memory(`the scan of ${megabytes.toFixed(0)} MB`, scan),
      memory(`the keys of ${megabytes.toFixed(0)} MB`, keys),
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The best of some looks, each in a process of its own. */
function look(path: string, what: 'scan' | 'keys' | 'read'): Look {
  const looks = Array.from({ length: what === 'keys' ? 2 : LOOKS }, () => {
    const args = [...process.execArgv, SCAN, path, what];
    return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' })) as Look;
  });
  return looks.reduce((best, one) => (one.elapsedMs < best.elapsedMs ? one : best));
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

function formatRateMb(megabytes: number, elapsedMs: number): string {
  return `${Math.round((megabytes / elapsedMs) * 1000).toLocaleString('en-US')} MB/s`;
}

function formatMb(bytes: number): string {
  return `${Math.round(bytes / 1e6)} MB`;
}
