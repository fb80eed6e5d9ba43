// How long do a submission and a read of a network take? The floor is what the bytes alone cost: for a submission, hashing every
// object and writing the text durably; for a read, reading it from disk.
import { createHash } from 'node:crypto';
import { closeSync, fsyncSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AlchemiscaleClient } from '../src/client/user.ts';
import { keyedChainEntries } from '../src/lib/json-scan.ts';
import { type Benchmark, bestOf, formatMs, type Row } from './measure.ts';
import { startServer } from './server-process.ts';
import { syntheticChain } from './synthetic-network.ts';

const RUNS = 3;

export const SUBMIT: Benchmark = {
  name: 'submit',
  question: 'How long do a submission and a read of a network take over HTTP?',
  async run({ quick }) {
    const folder = mkdtempSync(join(tmpdir(), 'alchemiscale-bench-'));
    try {
      await using server = await startServer(folder);
      const client = new AlchemiscaleClient({ apiUrl: server.userUrl, ...server.user });
      const rows: Row[] = [];
      for (const size of quick ? [100] : [100, 1000, 5000])
        rows.push(...(await measureNetwork(client, folder, size)));
      return rows;
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

async function measureNetwork(
  client: AlchemiscaleClient,
  folder: string,
  size: number,
): Promise<readonly Row[]> {
  const chains = Array.from({ length: RUNS }, (_, run) => syntheticChain(size, `submit${run}`));
  const file = join(folder, 'floor');
  const writeFloor = await bestOf(RUNS, () => writeDurably(chains[0] ?? new Uint8Array(), file));
  const readFloor = await bestOf(RUNS, () => readFileSync(file));
  let run = 0;
  let key = '';
  const submitted = await bestOf(RUNS, async () => {
    key = String(
      await client.createNetwork(chains[run] ?? new Uint8Array(), 'bench-bench-bench', { compress: false }),
    );
    run += 1;
  });
  const read = await bestOf(RUNS, () => client.getNetworkBytes(key));
  const what = `${size.toLocaleString('en-US')} transformations, ${((chains[0]?.length ?? 0) / 1e6).toFixed(1)} MB`;
  return [
    {
      what: `submit ${what}`,
      ours: formatMs(submitted),
      floor: formatMs(writeFloor),
      ratio: submitted / writeFloor,
    },
    { what: `read ${what}`, ours: formatMs(read), floor: formatMs(readFloor), ratio: read / readFloor },
  ];
}

function writeDurably(chain: Uint8Array, path: string): void {
  for (const { bytes } of keyedChainEntries(chain)) createHash('sha256').update(bytes).digest();
  const file = openSync(path, 'w');
  writeSync(file, chain);
  fsyncSync(file);
  closeSync(file);
}
