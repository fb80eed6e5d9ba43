// Identities: who may log in, with which hashed key and scopes. Identifiers and scopes are parameters of statements and
// so inert whatever they contain.
import type { Identity, IdentityType } from '../../domain/identity.ts';
import { Scope, type ScopeDict } from '../../domain/scope.ts';
import type { IdentityName, IdentityStore } from '../state-store.ts';
import { type Connection, type Database, statement } from './database.ts';

/** The identity slice of a SQL store. */
export function createIdentityStore(database: Database): IdentityStore {
  return {
    put: ({ type, identifier, hashedKey }) =>
      database.write(async connection => {
        await connection.run(PUT(type, identifier, hashedKey));
      }),
    get: name => database.read(connection => getIdentity(connection, name)),
    list: ({ type }) =>
      database.read(async connection => {
        return (await connection.all(LIST(type))).map(({ identifier }) => identifier);
      }),
    remove: ({ type, identifier }) =>
      database.write(async connection => (await connection.run(REMOVE(type, identifier))) > 0),
    listScopes: name =>
      database.read(async connection => {
        const found = await connection.first(FIND(name.type, name.identifier));
        return found === null ? null : listScopes(connection, found.id);
      }),
    addScopes: ({ scopes, ...name }) => changeScopes(database, name, ADD_SCOPE, scopes),
    removeScopes: ({ scopes, ...name }) => changeScopes(database, name, REMOVE_SCOPE, scopes),
  };
}

const PUT = statement<[type: IdentityType, identifier: string, hashedKey: string]>(
  `INSERT INTO identity (type, identifier, hashed_key)
  VALUES (?, ?, ?)
  ON CONFLICT (type, identifier) DO UPDATE
  SET hashed_key = excluded.hashed_key`,
);
const LIST = statement<[type: IdentityType], { readonly identifier: string }>(
  'SELECT identifier FROM identity WHERE type = ? ORDER BY identifier',
);
const REMOVE = statement<[type: IdentityType, identifier: string]>(
  'DELETE FROM identity WHERE type = ? AND identifier = ?',
);

interface IdentityRow {
  readonly id: number;
  readonly hashed_key: string;
  readonly disabled: number;
  readonly expires: number | null;
}

const FIND = statement<[type: IdentityType, identifier: string], IdentityRow>(
  'SELECT id, hashed_key, disabled, expires FROM identity WHERE type = ? AND identifier = ?',
);

async function getIdentity(connection: Connection, name: IdentityName): Promise<Identity | null> {
  const row = await connection.first(FIND(name.type, name.identifier));
  if (row === null) return null;
  return {
    type: name.type,
    identifier: name.identifier,
    hashedKey: row.hashed_key,
    disabled: row.disabled === 1,
    expires: row.expires === null ? null : new Date(row.expires),
    scopes: await listScopes(connection, row.id),
  };
}

const HOLD = statement<[type: IdentityType, identifier: string], { readonly id: number }>(
  'SELECT id FROM identity WHERE type = ? AND identifier = ? FOR NO KEY UPDATE',
);

const LIST_SCOPES = statement<[identity: number], { readonly scope: string }>(
  'SELECT scope FROM identity_scope WHERE identity = ? ORDER BY id',
);

async function listScopes(connection: Connection, identity: number): Promise<readonly ScopeDict[]> {
  const rows = await connection.all(LIST_SCOPES(identity));
  return rows.map(({ scope }) => Scope.parse(scope).toDict());
}

const ADD_SCOPE = 'INSERT INTO identity_scope (identity, scope) VALUES (?, ?) ON CONFLICT DO NOTHING';
const REMOVE_SCOPE = 'DELETE FROM identity_scope WHERE identity = ? AND scope = ?';

async function changeScopes(
  database: Database,
  { type, identifier }: IdentityName,
  change: string,
  scopes: readonly ScopeDict[],
): Promise<boolean> {
  const texts = scopes.map(scope => new Scope(scope).toString());
  return database.write(async connection => {
    const found = await connection.first(HOLD(type, identifier));
    if (found === null) return false;
    await connection.runEach(
      change,
      texts.map(text => [found.id, text]),
    );
    return true;
  });
}
