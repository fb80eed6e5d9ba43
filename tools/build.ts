// `npm run build`: what npm publishes. TypeScript becomes JavaScript in dist/; SQL files are read at run time and copied.
import { execFileSync } from 'node:child_process';
import { cpSync, globSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

rmSync(join(root, 'dist'), { recursive: true, force: true });
execFileSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', 'tsconfig.build.json'], {
  cwd: root,
  stdio: ['ignore', 2, 2],
});
for (const path of globSync('src/**/*.sql', { cwd: root })) {
  cpSync(join(root, path), join(root, path.replace(/^src/, 'dist')));
}
