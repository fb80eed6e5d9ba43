// A PostgreSQL server with TLS: what each `sslmode` lets through and refuses, and in which words.
import assert from 'node:assert/strict';
import {
  appendFileSync,
  chownSync,
  copyFileSync,
  mkdtempSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { openStateStore } from '../../src/store/open.ts';
import { refusal } from '../contract/state-store/world.ts';
import { type Certified, certify, makeAuthority, NO_OPENSSL } from '../support/certificates.ts';
import { findPostgres, type PrivateServer, privateServer } from '../support/services.ts';

const found = await findPostgres();
const skip = NO_OPENSSL || ('skip' in found ? found.skip : false);

describe('PostgreSQL with TLS', { skip, timeout: 60_000 }, () => {
  const undo = new AsyncDisposableStack();
  let folder = '';
  let server: PrivateServer<{ readonly url: string; readonly folder: string }>;
  let [ours, other, client]: Certified[] = [];

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'alchemiscale-tls-'));
    undo.defer(() => rmSync(folder, { recursive: true }));
    [ours, other] = [makeAuthority(folder, 'ours'), makeAuthority(folder, 'other')];
    client = certify(folder, ours, 'alchemiscale');
    const started = await privateServer('postgres');
    assert.ok('service' in started);
    server = undo.use(started.service);
    await server.stop('SIGINT');
    const data = join(server.service.folder, 'data');
    const { certificate, key } = certify(folder, ours, 'localhost');
    const { uid, gid } = statSync(data);
    for (const [from, to] of [
      [certificate, 'server.crt'],
      [key, 'server.key'],
      [ours.certificate, 'ca.crt'],
    ] as const) {
      copyFileSync(from, join(data, to));
      if (process.getuid?.() === 0) chownSync(join(data, to), uid, gid);
    }
    appendFileSync(join(data, 'postgresql.conf'), "ssl = on\nssl_ca_file = 'ca.crt'\n");
    // Under its first name by password, under its second by certificate; nobody without TLS.
    writeFileSync(
      join(data, 'pg_hba.conf'),
      'hostssl all plain all password\nhostssl postgres all all scram-sha-256\nhostssl template1 all all cert\n',
    );
    await server.start();
    const store = await openStateStore(urlWith({ sslmode: 'require' }));
    await store.initialize();
    await store[Symbol.asyncDispose]();
  });
  after(() => undo.disposeAsync());

  interface Asked {
    readonly user?: string;
    readonly binding?: string;
    readonly sslmode: string;
    readonly root?: Certified | undefined;
    readonly host?: string;
    readonly database?: string;
    readonly client?: Certified | undefined;
  }

  function urlWith(asked: Asked): string {
    const { sslmode, root, host = 'localhost', database = 'postgres', client, user, binding } = asked;
    const url = new URL(server.service.url);
    url.hostname = host;
    url.pathname = database;
    if (user !== undefined) url.username = user;
    if (binding !== undefined) url.searchParams.set('channel_binding', binding);
    url.searchParams.set('sslmode', sslmode);
    if (root !== undefined) url.searchParams.set('sslrootcert', root.certificate);
    if (client !== undefined) {
      url.searchParams.set('sslcert', client.certificate);
      url.searchParams.set('sslkey', client.key);
    }
    return url.href;
  }

  const ask = async (asked: Asked): Promise<void> => {
    await using store = await openStateStore(urlWith(asked));
    await store.ping();
  };
  const isRefused = (asked: Asked, message: RegExp): Promise<void> =>
    assert.rejects(ask(asked), refusal('STORE_UNAVAILABLE', message));

  test('a certificate that the root vouches for, for that host', async () => {
    await ask({ sslmode: 'verify-full', root: ours });
    await ask({ sslmode: 'verify-ca', root: ours, host: '127.0.0.1' });
    await ask({ sslmode: 'require' });
    await ask({ sslmode: 'require', root: ours });
    await ask({ sslmode: 'prefer' });
  });

  test('a certificate of somebody else', async () => {
    const untrusted =
      /^the certificate of the database postgres:\/\/alchemiscale@\S+ is not trusted: self-signed/;
    for (const sslmode of ['verify-full', 'verify-ca', 'require']) {
      await isRefused({ sslmode, root: other }, untrusted);
    }
    // The roots that this machine trusts do not vouch for it.
    await isRefused({ sslmode: 'verify-full' }, untrusted);
  });

  test('a certificate for another host', () =>
    isRefused(
      { sslmode: 'verify-full', root: ours, host: '127.0.0.1' },
      /is not trusted: .*127\.0\.0\.1 is not in the cert's list/,
    ));

  test('no TLS where the server wants it: its own words', () =>
    isRefused({ sslmode: 'disable' }, /does not let this user in: no pg_hba\.conf entry .* no encryption$/));

  test('a log-in that is bound to TLS, or none', async () => {
    const bound = { sslmode: 'require', binding: 'require' };
    await ask(bound);
    await ask({ ...bound, sslmode: 'prefer' });
    // The password is asked for, and not sent.
    const unbound = /does not bind the log-in to TLS, as channel_binding=require wants it$/;
    await isRefused({ ...bound, user: 'plain' }, unbound);
    await isRefused({ sslmode: 'require', user: 'plain' }, /refuses the user or the password$/);
    await isRefused({ ...bound, database: 'template1', client }, unbound);
    const message = /wants channel_binding=require, for which there must be TLS$/;
    await assert.rejects(ask({ ...bound, sslmode: 'disable' }), refusal('BAD_REQUEST', message));
  });

  test('log-in by certificate', async () => {
    const byCertificate = { sslmode: 'verify-full', root: ours, database: 'template1' };
    await isRefused(
      byCertificate,
      /does not let this user in: connection requires a valid client certificate$/,
    );
    // It is let in, and finds no schema there.
    await isRefused({ ...byCertificate, client }, /has not been initialized$/);
  });
});
