// Whether npm has installed what package-lock.json lists, however it was called. Node 20 can read this file.

/**
 * Compares the lock with npm's own record of what it installed (node_modules/.package-lock.json). Of optional packages only
 * those for this machine need be there; nothing else may be.
 *
 * @param {string} lockText
 * @param {string} recordText empty when there is no record
 * @param {{ os: string, cpu: string, libc: string | null }} machine
 */
export function isInstalled(lockText, recordText, machine) {
  const [listed, there] = [packagesOf(lockText), packagesOf(recordText)];
  if (listed === null || there === null) return false;
  const isSame = path =>
    listed[path]?.version === there[path]?.version && listed[path]?.integrity === there[path]?.integrity;
  const isMissing = path =>
    path !== '' && there[path] === undefined && (!listed[path].optional || isFor(machine, listed[path]));
  return Object.keys(there).every(isSame) && !Object.keys(listed).some(isMissing);
}

/** The machine this runs on. */
export function thisMachine() {
  const { platform: os, arch: cpu } = process;
  if (os !== 'linux') return { os, cpu, libc: null };
  const { glibcVersionRuntime } = process.report.getReport().header;
  return { os, cpu, libc: glibcVersionRuntime === undefined ? 'musl' : 'glibc' };
}

/** An optional package that names no system is a part of others, and comes with those of them that do. */
function isFor({ os, cpu, libc }, entry) {
  if (entry.os === undefined || entry.cpu === undefined) return false;
  const has = (words, word) => [words].flat().includes(word);
  return has(entry.os, os) && has(entry.cpu, cpu) && (entry.libc === undefined || has(entry.libc, libc));
}

function packagesOf(text) {
  try {
    return JSON.parse(text).packages ?? null;
  } catch {
    return null;
  }
}
