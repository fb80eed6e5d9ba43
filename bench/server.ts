// How heavy is the server? Start-up and memory beside those of bare Node, and how long the event loop is held while a large
// network is submitted.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { AlchemiscaleClient } from '../src/client/user.ts';
import { type Benchmark, bestOf, formatMs, type Row } from './measure.ts';
import { startServer } from './server-process.ts';
import { syntheticChain } from './synthetic-network.ts';

const IDLE_MS = 2000;

export const SERVER: Benchmark = {
  name: 'server',
  question: 'How heavy is the server?',
  async run({ quick }) {
    const bareStartMs = await bestOf(3, () => execFileSync(process.execPath, ['-e', '']));
    const bareBytes = Number(execFileSync(process.execPath, ['-p', 'process.memoryUsage.rss()']));
    const folder = mkdtempSync(join(tmpdir(), 'alchemiscale-bench-'));
    try {
      await using server = await startServer(folder);
      await sleep(IDLE_MS);
      const idle = server.memory();
      const size = quick ? 100 : 5000;
      const client = new AlchemiscaleClient({ apiUrl: server.userUrl, ...server.user });
      await client.getInfo();
      const chain = syntheticChain(size, 'server');
      const [quietMs] = await longestAnswer(server.userUrl, sleep(IDLE_MS));
      const [busyMs] = await longestAnswer(server.userUrl, client.createNetwork(chain, 'bench-bench-bench'));
      return [
        row('start to ready, first start (makes keys)', server.readyMs, bareStartMs, formatMs),
        row('memory when idle', idle, bareBytes, formatMemory),
        row(`memory after ${size} transformations`, server.memory(), bareBytes, formatMemory),
        row(
          `longest answer to /ping while ${size} are submitted (floor: while nothing is)`,
          busyMs,
          quietMs,
          formatMs,
        ),
      ];
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

/** Asks for a sign of life over and over while `work` goes on; the longest wait bounds the longest turn of the event loop. */
async function longestAnswer(url: string, work: Promise<unknown>): Promise<readonly [milliseconds: number]> {
  let isDone = false;
  const done = work.finally(() => {
    isDone = true;
  });
  let longest = 0;
  while (!isDone) {
    const before = performance.now();
    await (await fetch(new URL('/ping', url))).arrayBuffer();
    longest = Math.max(longest, performance.now() - before);
  }
  await done;
  return [longest];
}

function row(what: string, ours: number, floor: number, format: (value: number) => string): Row {
  return { what, ours: format(ours), floor: format(floor), ratio: ours / floor };
}

function formatMemory(bytes: number): string {
  return `${Math.round(bytes / 1e6)} MB`;
}
