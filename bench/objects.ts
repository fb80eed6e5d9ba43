// How long do a push and a pull of a result take over HTTP, by size? The floor is the same bytes written durably to a file of a folder
// (temporary name, sync, rename, sync of the folder), and read from it.
import { randomBytes, randomUUID } from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  mkdtempSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zstdCompressSync } from 'node:zlib';
import { AlchemiscaleComputeClient } from '../src/client/compute.ts';
import { AlchemiscaleClient } from '../src/client/user.ts';
import type { ScopedKey } from '../src/domain/scoped-key.ts';
import { type Benchmark, bestOf, formatMs, type Row } from './measure.ts';
import { startServer } from './server-process.ts';
import { syntheticChain } from './synthetic-network.ts';

const RUNS = 5;
const SIZES = { '10 KB': 1e4, '1 MB': 1e6, '30 MB': 3e7 } as const;

export const OBJECTS: Benchmark = {
  name: 'objects',
  question: 'How long do a push and a pull of a result take over HTTP?',
  async run({ quick }) {
    const folder = mkdtempSync(join(tmpdir(), 'alchemiscale-bench-'));
    try {
      await using server = await startServer(folder);
      const user = new AlchemiscaleClient({ apiUrl: server.userUrl, ...server.user });
      const compute = new AlchemiscaleComputeClient({ apiUrl: server.computeUrl, ...server.compute });
      const network = await user.createNetwork(syntheticChain(3, 'objects'), 'bench-bench-bench');
      const [transformation] = await user.getNetworkTransformations(network);
      if (transformation === undefined) throw new Error('the network has no transformations');
      const rows: Row[] = [];
      for (const [name, size] of Object.entries(SIZES).slice(0, quick ? 1 : 3)) {
        const frames = Array.from({ length: RUNS }, () => resultFrame(size));
        rows.push(...(await measureSize({ name, frames, folder, user, compute, transformation })));
      }
      return rows;
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

interface SizeCase {
  readonly name: string;
  readonly frames: readonly Uint8Array[];
  readonly folder: string;
  readonly user: AlchemiscaleClient;
  readonly compute: AlchemiscaleComputeClient;
  readonly transformation: ScopedKey;
}

async function measureSize({
  name,
  frames,
  folder,
  user,
  compute,
  transformation,
}: SizeCase): Promise<readonly Row[]> {
  const [frame = new Uint8Array()] = frames;
  const writeFloor = await bestOf(RUNS, () => writeDurably(frame, folder));
  const readFloor = await bestOf(RUNS, () => readFileSync(join(folder, 'floor')));
  const tasks = await user.createTasks(transformation, { count: frames.length });
  let run = 0;
  let ref: ScopedKey | null = null;
  const push = await bestOf(RUNS, async () => {
    ref = await compute.setTaskResult(tasks[run] ?? '', frames[run] ?? frame, null, { compress: false });
    run += 1;
  });
  const pull = await bestOf(RUNS, () => user.getResultBytes(transformation, ref ?? ''));
  return [
    { what: `push ${name}`, ours: formatMs(push), floor: formatMs(writeFloor), ratio: push / writeFloor },
    { what: `pull ${name}`, ours: formatMs(pull), floor: formatMs(readFloor), ratio: pull / readFloor },
  ];
}

/** A result of one unit whose output is text that hardly compresses, as the zstd frame a compute service sends. */
function resultFrame(size: number): Uint8Array {
  const common = (qualname: string) => ({ __qualname__: qualname, __module__: 'bench', ':version:': 1 });
  const [unit, result, root] = ['Unit', 'ProtocolUnitResult', 'ProtocolDAGResult'].map(
    name => `${name}-${randomUUID().replaceAll('-', '')}`,
  );
  const chain = [
    [unit, { inputs: {}, name: 'unit', _key: unit, ...common('Unit') }],
    [
      result,
      {
        name: 'unit',
        _key: result,
        source_key: unit,
        inputs: {},
        stderr: {},
        stdout: {},
        start_time: null,
        end_time: null,
        outputs: { data: randomBytes(Math.round(size * 0.75)).toString('base64') },
        ...common('ProtocolUnitResult'),
        __module__: 'gufe.protocols.protocolunit',
      },
    ],
    [
      root,
      {
        name: 'bench',
        protocol_units: [{ ':gufe-key:': unit }],
        protocol_unit_results: [{ ':gufe-key:': result }],
        transformation_key: null,
        extends_key: null,
        ...common('ProtocolDAGResult'),
        __module__: 'gufe.protocols.protocoldag',
      },
    ],
  ];
  return zstdCompressSync(JSON.stringify(chain));
}

function writeDurably(bytes: Uint8Array, folder: string): void {
  const temporary = openSync(join(folder, 'floor.tmp'), 'w');
  writeSync(temporary, bytes);
  fsyncSync(temporary);
  closeSync(temporary);
  renameSync(join(folder, 'floor.tmp'), join(folder, 'floor'));
  const directory = openSync(folder, 'r');
  fsyncSync(directory);
  closeSync(directory);
}
