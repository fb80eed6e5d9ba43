// Identities: nodes of two labels, one that both kinds have and one of the kind, with the scopes as a list of texts.
//
// Differs from alchemiscale: identifiers and scopes are parameters and so inert whatever they contain; there they are written
// into the statement.
import type { Identity, IdentityType } from '../../domain/identity.ts';
import { Scope, type ScopeDict } from '../../domain/scope.ts';
import type { IdentityName, IdentityStore } from '../state-store.ts';
import { type Database, statement } from './database.ts';

/** The identity slice of a Neo4j store. */
export function createIdentityStore(database: Database): IdentityStore {
  return {
    put: ({ type, identifier, hashedKey }) =>
      database.write(tx => tx.run(STATEMENTS[type].put({ identifier, hashedKey }))),
    async get({ type, identifier }) {
      const row = await database.read(tx => tx.first(STATEMENTS[type].get({ identifier })));
      return row === null ? null : identityOf(type, row.identity);
    },
    async list({ type }) {
      const rows = await database.read(tx => tx.all(STATEMENTS[type].list({})));
      return rows.map(({ identifier }) => identifier);
    },
    async remove({ type, identifier }) {
      return (await database.write(tx => tx.first(STATEMENTS[type].remove({ identifier })))) !== null;
    },
    async listScopes({ type, identifier }) {
      const row = await database.read(tx => tx.first(STATEMENTS[type].get({ identifier })));
      return row === null ? null : scopesOf(row.identity);
    },
    addScopes: ({ scopes, ...name }) => changeScopes(database, name, 'addScopes', scopes),
    removeScopes: ({ scopes, ...name }) => changeScopes(database, name, 'removeScopes', scopes),
  };
}

/** As the original writes them: `disabled` always, the rest when it is set. */
interface IdentityNode {
  readonly identifier: string;
  readonly hashed_key: string;
  readonly disabled?: boolean | null;
  readonly expires?: Date | null;
  readonly scopes?: readonly string[] | null;
}

type Name = { readonly identifier: string };
type Change = Name & { readonly scopes: readonly string[] };

const STATEMENTS = {
  user: statementsFor('CredentialedUserIdentity'),
  compute: statementsFor('CredentialedComputeIdentity'),
};

function statementsFor(label: string) {
  const found = `MATCH (n:${label} {identifier: $identifier})`;
  return {
    put: statement<Name & { readonly hashedKey: string }>(
      `MERGE (n:${label} {identifier: $identifier})
      ON CREATE SET n:CredentialedEntity, n.disabled = false, n.scopes = []
      SET n.hashed_key = $hashedKey`,
    ),
    get: statement<Name, { readonly identity: IdentityNode }>(`${found} RETURN properties(n) AS identity`),
    list: statement<Record<never, never>, Name>(
      `MATCH (n:${label}) RETURN n.identifier AS identifier ORDER BY identifier`,
    ),
    remove: statement<Name, Name>(
      `${found}
      WITH n, n.identifier AS identifier
      DETACH DELETE n
      RETURN identifier`,
    ),
    // The node is locked before its list is read, so that two changes at once both stay.
    addScopes: statement<Change, Name>(
      `${found}
      SET n.identifier = n.identifier
      WITH n, coalesce(n.scopes, []) AS old
      SET n.scopes = old + [scope IN $scopes WHERE NOT scope IN old]
      RETURN n.identifier AS identifier`,
    ),
    removeScopes: statement<Change, Name>(
      `${found}
      SET n.identifier = n.identifier
      WITH n
      SET n.scopes = [scope IN coalesce(n.scopes, []) WHERE NOT scope IN $scopes]
      RETURN n.identifier AS identifier`,
    ),
  };
}

async function changeScopes(
  database: Database,
  { type, identifier }: IdentityName,
  change: 'addScopes' | 'removeScopes',
  scopes: readonly ScopeDict[],
): Promise<boolean> {
  const texts = [...new Set(scopes.map(scope => new Scope(scope).toString()))];
  const ask = STATEMENTS[type][change]({ identifier, scopes: texts });
  return (await database.write(tx => tx.first(ask))) !== null;
}

function identityOf(type: IdentityType, node: IdentityNode): Identity {
  return {
    type,
    identifier: node.identifier,
    hashedKey: node.hashed_key,
    disabled: node.disabled ?? false,
    expires: node.expires ?? null,
    scopes: scopesOf(node),
  };
}

function scopesOf(node: IdentityNode): readonly ScopeDict[] {
  return (node.scopes ?? []).map(scope => Scope.parse(scope).toDict());
}
