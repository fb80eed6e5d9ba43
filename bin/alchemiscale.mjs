#!/usr/bin/env node
// The published command. Plain JavaScript that Node 20 can read: it starts the program on Node 24.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { runOnNode24 } from './node24.mjs';

const built = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));
const source = fileURLToPath(new URL('../src/cli/main.ts', import.meta.url));

runOnNode24([existsSync(built) ? built : source, ...process.argv.slice(2)]);
