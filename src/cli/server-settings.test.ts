import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { serverSettings } from './server-settings.ts';

const FLAGS = {
  workers: 1,
  host: '127.0.0.1',
  port: 9120,
  loglevel: 'info',
  configFile: null,
  configJson: null,
};
const json = (value: unknown) => serverSettings({ ...FLAGS, configJson: JSON.stringify(value) });

test('flags alone', async () => {
  assert.deepEqual(await serverSettings(FLAGS), {
    host: '127.0.0.1',
    port: 9120,
    workers: 1,
    loglevel: 'info',
    ignored: [],
  });
});

test('inline JSON wins over the file, the file over flags; what means nothing here is named', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'alchemiscale-gunicorn-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const configFile = join(folder, 'gunicorn.yaml');
  writeFileSync(configFile, 'bind: 0.0.0.0:81\nloglevel: WARNING\nworkers: 2\ntimeout: 77\n');
  const settings = await serverSettings({
    ...FLAGS,
    configFile,
    configJson: '{"workers": 1, "keepalive": 5}',
  });
  assert.deepEqual(settings, {
    host: '0.0.0.0',
    port: 81,
    workers: 1,
    loglevel: 'warn',
    ignored: ['timeout', 'keepalive'],
  });
});

describe('bind', () => {
  const cases: readonly (readonly [unknown, string, number])[] = [
    ['127.0.0.1:1', '127.0.0.1', 1],
    [':8080', '0.0.0.0', 8080],
    ['localhost', 'localhost', 8000],
    [['[::1]:9000'], '::1', 9000],
  ];
  for (const [bind, host, port] of cases) {
    test(JSON.stringify(bind), async () => {
      const settings = await json({ bind });
      assert.deepEqual([settings.host, settings.port], [host, port]);
    });
  }
  for (const bind of ['unix:/run/x.sock', ['a:1', 'b:2'], 'a:99999', 7, 'fd://3']) {
    test(`${JSON.stringify(bind)} is refused`, async () => {
      await assert.rejects(json({ bind }), {
        name: 'MisuseError',
        message: /^bind must be one 'host:port'; got /,
      });
    });
  }
});

describe('refusals', () => {
  const rejects = (more: object, message: RegExp) =>
    assert.rejects(serverSettings({ ...FLAGS, ...more }), { name: 'MisuseError', message });

  test('broken JSON', () => rejects({ configJson: '{nope' }, /^Invalid value for '--config-json' \/ '-j': /));
  test('JSON that is no mapping', () =>
    rejects({ configJson: '[1]' }, /a mapping of names to values is expected/));
  test('no such file', () =>
    rejects({ configFile: '/nowhere/x.yaml' }, /'\/nowhere\/x.yaml': No such file or directory$/));
  test('a folder', () => rejects({ configFile: '/' }, /Is a directory$/));
  test('unknown level', () =>
    rejects({ loglevel: 'loud' }, /'--loglevel': 'loud' is not one of critical, error/));
  test('workers', () =>
    rejects({ configJson: '{"workers": 0}' }, /workers must be a whole number of at least 1; got 0/));
});
