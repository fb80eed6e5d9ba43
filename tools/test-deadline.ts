// Preloaded into the process of every test file. One that does not end, say for a server that a failed test left open, would keep
// the whole run waiting: it fails instead, and says what held it.
import { Worker } from 'node:worker_threads';

const FILE_LIMIT_MS = 20 * 60_000;

setTimeout(() => {
  const held = process.getActiveResourcesInfo().join(', ');
  console.error(`this test file has not ended in ${FILE_LIMIT_MS / 60_000} minutes; it is held by ${held}`);
  process.exit(1);
}, FILE_LIMIT_MS).unref();

// In a loop without end no timer comes: another thread has to look.
const LOOK = `setTimeout(() => {
  require('node:fs').writeSync(2, 'this test file is in a loop without end\\n');
  process.kill(process.pid, 'SIGKILL');
}, ${FILE_LIMIT_MS + 10_000})`;

new Worker(LOOK, { eval: true, execArgv: [] }).unref();
