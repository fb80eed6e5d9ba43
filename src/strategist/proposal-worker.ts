// The other thread's end of proposer.ts: asks one strategy, answers, and is over.
import { parentPort, workerData } from 'node:worker_threads';
import { explainHere, readStrategy } from '../domain/strategy-proposal.ts';
import type { PlainJob } from './proposer.ts';

const { chain, edges, progress } = workerData as PlainJob;
parentPort?.postMessage(explainHere({ strategy: readStrategy(chain), edges, progress }));
