// One look at a file of a keyed chain in a process of its own, so that its memory can be told: `gufe-scan.ts FILE scan|keys|read`.
// Prints a line of JSON: milliseconds, those of the processor, and the most memory that was in use, in bytes.
import { createReadStream, readFileSync } from 'node:fs';
import { alchemiscaleKeyRule } from '../src/domain/key-rules.ts';
import { KeyChecker, streamKeyedChain } from '../src/gufe/index.ts';

const [file = '', what = 'scan'] = process.argv.slice(2);
const source = createReadStream(file, { highWaterMark: 1024 * 1024 });
const [start, cpuStart] = [performance.now(), process.cpuUsage()];
let seen = 0;
if (what === 'read') {
  // The floor: the bytes are read and nothing is asked of them.
  for await (const piece of source) seen += (piece as Uint8Array).length;
} else {
  const checker = what === 'keys' ? new KeyChecker({ rules: alchemiscaleKeyRule }) : null;
  for await (const entry of streamKeyedChain(source)) {
    seen += entry.bytes.length;
    if (checker?.check(entry).ok === false) throw new Error(`${entry.key} is not the key of its content`);
  }
}
const elapsedMs = performance.now() - start;
const cpu = process.cpuUsage(cpuStart);
if (seen === 0) throw new Error(`nothing in ${file}`);
console.log(JSON.stringify({ elapsedMs, cpuMs: (cpu.user + cpu.system) / 1000, peakBytes: peakBytes() }));

/** The kernel's mark for this process; what `resourceUsage` tells is of the parent as well, before it became this one. */
function peakBytes(): number {
  try {
    const mark = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'));
    if (mark !== null) return Number(mark[1]) * 1024;
  } catch {
    // Not Linux.
  }
  return process.resourceUsage().maxRSS * 1024;
}
