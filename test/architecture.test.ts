// The rules of the house, read from the source and asserted: who may import whom, what runs in a browser, where a
// third-party package may be named, how long a file may be, and that every runtime dependency has been argued for.
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const SRC = join(ROOT, 'src');

/** Arrows point one way, toward `lib`. A name with a slash allows that one file only. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  lib: [],
  gufe: ['lib'],
  chem: ['gufe', 'lib'],
  domain: ['gufe', 'lib'],
  wire: ['domain', 'gufe', 'lib'],
  store: ['domain', 'gufe', 'lib'],
  objects: ['domain', 'gufe', 'lib'],
  client: ['wire', 'domain', 'gufe', 'lib'],
  server: ['wire', 'store/state-store.ts', 'objects/object-store.ts', 'domain', 'gufe', 'lib'],
  moving: [
    'store/state-store.ts',
    'store/slices/transfer.ts',
    'objects/object-store.ts',
    'domain',
    'gufe',
    'lib',
  ],
  strategist: ['store/state-store.ts', 'objects/object-store.ts', 'domain', 'gufe', 'lib'],
  protocols: ['gufe', 'lib'],
  compute: ['client', 'protocols', 'domain', 'gufe', 'lib'],
  stack: [
    'moving',
    'store',
    'objects',
    'server',
    'strategist',
    'client',
    'compute',
    'protocols',
    'wire',
    'domain',
    'gufe',
    'lib',
  ],
  cli: [
    'stack',
    'moving',
    'store',
    'objects',
    'server',
    'strategist',
    'client',
    'compute',
    'protocols',
    'wire',
    'domain',
    'chem',
    'gufe',
    'lib',
  ],
  'index.ts': ['client', 'domain', 'gufe'],
};

const BROWSER_SAFE = ['gufe', 'chem', 'domain', 'wire', 'client', 'index.ts'];

/** The layers (or folders in them) that may name a package. */
const MAY_NAME: Record<string, readonly string[]> = {
  fastify: ['server', 'stack'],
  jose: ['server'],
  '@node-rs/bcrypt': ['server'],
  typebox: ['wire', 'server', 'compute'],
  kysely: ['store/sql'],
  pino: ['server', 'stack', 'cli', 'compute', 'strategist'],
  commander: ['cli'],
  yaml: ['cli', 'compute', 'stack', 'strategist'],
  '@noble/hashes': ['lib'],
  re2js: ['lib'],
  'fast-xml-parser': ['gufe'],
  'csv-parse': ['cli'],
  '@rdkit/rdkit': ['chem'],
  openchemlib: ['chem'],
  'neo4j-driver': ['store/neo4j'],
  pg: ['store/sql/dialects'],
  '@aws-sdk/client-s3': ['objects'],
  '@aws-sdk/lib-storage': ['objects'],
  '@aws-sdk/s3-request-presigner': ['objects'],
};

const MAX_LINES = 500;
const MAX_TEST_LINES = 800;

const files = globSync('src/**/*.ts', { cwd: ROOT }).map(path => path.replaceAll('\\', '/'));
const sources = files.filter(path => !path.endsWith('.test.ts'));

/** `src/store/sql/tasks.ts` → `store`; `src/index.ts` → `index.ts`. */
function moduleOf(path: string): string {
  return path.split('/')[1] ?? '';
}

function importsOf(path: string): readonly string[] {
  const text = readFileSync(join(ROOT, path), 'utf8');
  const found = text.matchAll(
    /(?:^|[\s;])(?:import|export)\s(?:[^'"`;]*?\sfrom\s)?'([^']+)'|import\(\s*'([^']+)'\s*\)/g,
  );
  return [...found].map(match => match[1] ?? match[2] ?? '');
}

/** The file in src/ that a relative import means, as a path from src/. */
function target(path: string, specifier: string): string {
  return relative(SRC, resolve(ROOT, dirname(path), specifier)).replaceAll('\\', '/');
}

function packageOf(specifier: string): string {
  const parts = specifier.split('/');
  return specifier.startsWith('@') ? parts.slice(0, 2).join('/') : (parts[0] ?? '');
}

function isAllowed(allowed: readonly string[], path: string): boolean {
  return allowed.some(place => path === place || path.startsWith(`${place}/`));
}

describe('who may import whom', () => {
  for (const path of sources) {
    test(path, () => {
      const module = moduleOf(path);
      const allowed = MAY_IMPORT[module];
      assert.ok(allowed, `${path}: '${module}' is no module of the house`);
      for (const specifier of importsOf(path)) {
        if (specifier.startsWith('.')) {
          assert.match(specifier, /\.(ts|json)$/, `${path}: relative imports end in .ts: '${specifier}'`);
          const to = target(path, specifier);
          assert.ok(
            to.split('/')[0] === module || isAllowed(allowed, to),
            `${path} may not import '${to}': ${module} may import only ${allowed.join(', ') || 'nothing of ours'}`,
          );
        } else if (!specifier.startsWith('node:')) {
          const places = MAY_NAME[packageOf(specifier)];
          assert.ok(
            places && isAllowed(places, path.slice('src/'.length)),
            `${path} may not name the package '${specifier}'`,
          );
        }
      }
    });
  }
});

describe('one backend never imports another', () => {
  for (const [folder, backends] of [
    ['store', ['sql', 'neo4j']],
    ['objects', ['memory.ts', 'fs.ts', 's3.ts']],
  ] as const) {
    test(folder, () => {
      for (const path of sources.filter(file => file.startsWith(`src/${folder}/`))) {
        const own = path.split('/')[2] ?? '';
        if (!(backends as readonly string[]).includes(own)) continue;
        for (const specifier of importsOf(path).filter(name => name.startsWith('.'))) {
          const to = target(path, specifier).split('/')[1] ?? '';
          assert.ok(
            to === own || !(backends as readonly string[]).includes(to),
            `${path} imports ${specifier}`,
          );
        }
      }
    });
  }
});

test('there are no import cycles', () => {
  const graph = new Map(
    sources.map(path => [
      path.slice('src/'.length),
      importsOf(path)
        .filter(specifier => specifier.startsWith('.'))
        .map(specifier => target(path, specifier)),
    ]),
  );
  const done = new Set<string>();
  const visit = (file: string, trail: readonly string[]): void => {
    assert.ok(!trail.includes(file), `cycle: ${[...trail.slice(trail.indexOf(file)), file].join(' → ')}`);
    if (done.has(file)) return;
    for (const next of graph.get(file) ?? []) visit(next, [...trail, file]);
    done.add(file);
  };
  for (const file of graph.keys()) visit(file, []);
});

test('what a browser may load imports nothing of Node', () => {
  const seen = new Set<string>();
  const visit = (path: string): void => {
    if (seen.has(path)) return;
    seen.add(path);
    for (const specifier of importsOf(path)) {
      assert.ok(!specifier.startsWith('node:'), `${path} imports '${specifier}' and a browser may load it`);
      if (specifier.startsWith('.') && specifier.endsWith('.ts')) visit(`src/${target(path, specifier)}`);
    }
  };
  for (const path of sources.filter(file => BROWSER_SAFE.includes(moduleOf(file)))) visit(path);
});

test('a file has one idea: none is over the line limit, and none is called utils or helpers', () => {
  const all = globSync(['src/**/*.ts', 'test/**/*.ts', 'tools/**/*.{ts,mjs}', 'bench/**/*.ts'], {
    cwd: ROOT,
  });
  for (const path of all.map(file => file.replaceAll('\\', '/'))) {
    const lines = readFileSync(join(ROOT, path), 'utf8').split('\n').length - 1;
    const limit = path.endsWith('.test.ts') || path.startsWith('test/') ? MAX_TEST_LINES : MAX_LINES;
    assert.ok(lines <= limit, `${path} has ${lines} lines, ${limit} are allowed`);
    assert.doesNotMatch(path, /(^|\/)(utils|helpers)\.ts$/);
  }
});

test('only the command line reads the environment', () => {
  for (const path of sources.filter(file => file !== 'src/cli/env.ts')) {
    assert.doesNotMatch(
      readFileSync(join(ROOT, path), 'utf8'),
      /process\.env\b/,
      `${path} reads process.env: src/cli/env.ts does that and hands values on`,
    );
  }
});

test('every runtime dependency has its reason written down', () => {
  const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  const reasons = readFileSync(join(ROOT, 'docs/decisions/dependencies.md'), 'utf8');
  for (const [name, version] of Object.entries<string>(manifest.dependencies)) {
    assert.match(version, /^\d/, `${name} is not pinned: '${version}'`);
    assert.ok(
      reasons.includes(`\`${name}\``),
      `docs/decisions/dependencies.md does not say why we depend on ${name}`,
    );
    assert.ok(MAY_NAME[name], `test/architecture.test.ts does not say where '${name}' may be named`);
  }
});
