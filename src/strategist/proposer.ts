// Where a strategy is asked. Most networks take a millisecond. On large ones a RadialGrowthStrategy searches the graph many
// times (10,000 edges in one ring: a second), so these are asked on a thread of their own, and whatever else this process
// does goes on meanwhile.
import { Worker } from 'node:worker_threads';
import { type Explained, explainHere, type ProposalJob, type Proposer } from '../domain/strategy-proposal.ts';
import { encodeKeyedChain, GUFE_REGISTRY } from '../gufe/keyed-chain.ts';
import { inTurn } from '../lib/in-turn.ts';

/** A job as the thread is given it: its strategy by its chain, progress without estimates. */
export interface PlainJob {
  readonly chain: Uint8Array;
  readonly edges: ProposalJob['edges'];
  readonly progress: ProposalJob['progress'];
}

/** A ring of so many takes 12 ms, and to start a thread 100 ms. */
const EDGES_ELSEWHERE = 1000;
/** Each takes memory of its own. Whoever asks a server for one preview upon another waits, and memory does not run out. */
const THREADS_AT_ONCE = 4;

// Published, the file next to this one is JavaScript.
const WORKER: URL = import.meta.url.endsWith('.ts')
  ? new URL('./proposal-worker.ts', import.meta.url)
  : new URL('./proposal-worker.js', import.meta.url);

/** Asks here, or on a thread when the network has `edgesElsewhere` edges or more. */
export function createProposer(edgesElsewhere: number = EDGES_ELSEWHERE): Proposer {
  const onThread = inTurn(THREADS_AT_ONCE);
  return async job => {
    const { module, qualname, usesEstimates } = job.strategy;
    // Estimates do not cross threads, and the thread knows only the strategies that come with this package.
    const isPlain = !usesEstimates && GUFE_REGISTRY.find(qualname, module) !== null;
    return isPlain && job.edges.length >= edgesElsewhere
      ? onThread(() => explainElsewhere(job))
      : explainHere(job);
  };
}

async function explainElsewhere({ strategy, edges, progress }: ProposalJob): Promise<Explained> {
  const workerData: PlainJob = { chain: encodeKeyedChain(strategy), edges, progress };
  const worker = new Worker(WORKER, { workerData });
  try {
    return await new Promise<Explained>((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
      worker.once('exit', code => reject(new Error(`the thread of a strategy ended with code ${code}`)));
    });
  } finally {
    await worker.terminate();
  }
}
