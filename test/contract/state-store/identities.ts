// Identities: who may log in, with which scopes.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Scope } from '../../../src/domain/scope.ts';
import { describeStore, type OpenStore } from './world.ts';

const scopes = (
  ...texts: readonly string[]
): { org: string | null; campaign: string | null; project: string | null }[] =>
  texts.map(text => Scope.parse(text).toDict());

export function identitiesContract(open: OpenStore): void {
  describeStore('identities', open, world => {
    for (const type of ['user', 'compute'] as const) {
      test(`put, get, list and remove: ${type}`, async () => {
        const { identities } = world().store;
        const name = { type, identifier: 'ada' };
        assert.equal(await identities.get(name), null);
        await identities.put({ ...name, hashedKey: '$2b$12$first' });
        await identities.put({ type, identifier: 'bob', hashedKey: '$2b$12$other' });
        assert.deepEqual(await identities.get(name), {
          ...name,
          hashedKey: '$2b$12$first',
          disabled: false,
          expires: null,
          scopes: [],
        });
        assert.deepEqual(await identities.list({ type }), ['ada', 'bob']);
        assert.equal(await identities.remove(name), true);
        assert.equal(await identities.remove(name), false);
        assert.equal(await identities.get(name), null);
        assert.deepEqual(await identities.list({ type }), ['bob']);
      });
    }

    test('another key leaves the scopes; the two types do not meet', async () => {
      const { identities } = world().store;
      const [user, compute] = [
        { type: 'user', identifier: 'eve' },
        { type: 'compute', identifier: 'eve' },
      ] as const;
      await identities.put({ ...user, hashedKey: '$2b$12$a' });
      await identities.put({ ...compute, hashedKey: '$2b$12$b' });
      await identities.addScopes({ ...user, scopes: scopes('a-b-c') });
      await identities.put({ ...user, hashedKey: '$2b$12$c' });
      assert.deepEqual((await identities.get(user))?.hashedKey, '$2b$12$c');
      assert.deepEqual((await identities.get(user))?.scopes, scopes('a-b-c'));
      assert.deepEqual((await identities.get(compute))?.scopes, []);
      await identities.remove(user);
      await identities.put({ ...user, hashedKey: '$2b$12$d' });
      assert.deepEqual(await identities.listScopes(user), []);
    });

    test('scopes of four widths, in the order added, each once', async () => {
      const { identities } = world().store;
      const name = { type: 'user', identifier: 'scoped' } as const;
      await identities.put({ ...name, hashedKey: '$2b$12$x' });
      const all = scopes('o-c-p', '*-*-*', 'o-*-*', 'o-c-*');
      assert.equal(await identities.addScopes({ ...name, scopes: all }), true);
      assert.equal(await identities.addScopes({ ...name, scopes: scopes('o-*-*', 'o-*-*') }), true);
      assert.deepEqual(await identities.listScopes(name), all);
      assert.equal(await identities.removeScopes({ ...name, scopes: scopes('*-*-*', 'x-y-z') }), true);
      assert.equal(await identities.removeScopes({ ...name, scopes: scopes('*-*-*') }), true);
      assert.deepEqual(await identities.listScopes(name), scopes('o-c-p', 'o-*-*', 'o-c-*'));
    });

    test('unknown identities', async () => {
      const { identities } = world().store;
      const name = { type: 'user', identifier: 'nobody' } as const;
      assert.equal(await identities.listScopes(name), null);
      assert.equal(await identities.addScopes({ ...name, scopes: scopes('*-*-*') }), false);
      assert.equal(await identities.removeScopes({ ...name, scopes: scopes('*-*-*') }), false);
    });

    test('identifiers with quotes and query syntax are inert', async () => {
      const { identities } = world().store;
      const before = await identities.list({ type: 'user' });
      const hostile = [
        `x' OR '1'='1`,
        '"; DROP TABLE identity; --',
        '`}) DETACH DELETE n //',
        '\u0000',
        'é😀',
        '%',
      ];
      for (const identifier of hostile) {
        const name = { type: 'user', identifier } as const;
        await identities.put({ ...name, hashedKey: '$2b$12$x' });
        await identities.addScopes({ ...name, scopes: scopes('o-c-p') });
        assert.equal((await identities.get(name))?.identifier, identifier);
        assert.deepEqual(await identities.listScopes(name), scopes('o-c-p'));
      }
      assert.equal((await identities.list({ type: 'user' })).length, before.length + hostile.length);
      for (const identifier of hostile) await identities.remove({ type: 'user', identifier });
      assert.deepEqual(await identities.list({ type: 'user' }), before);
    });
  });
}
