// `alchemiscale identity …`: who may use the two APIs, and in which scopes. Works on the store itself, beside a running
// server too.
import type { Command } from 'commander';
import { AlchemiscaleError } from '../../domain/errors.ts';
import { IDENTITY_TYPES, type IdentityType } from '../../domain/identity.ts';
import { Scope } from '../../domain/scope.ts';
import type { IdentityStore } from '../../store/state-store.ts';
import { addCommand, addGroup, type CliContext } from '../command.ts';
import { openExistingStore } from '../open-store.ts';
import type { OptionValues } from '../options.ts';
import { choiceOption, requiredText, requiredTexts, switchOption } from '../options.ts';
import { pythonList } from '../python-repr.ts';
import { STORE_OPTIONS } from '../stores.ts';

const TYPE = {
  identityType: choiceOption('-t, --identity-type <type>', 'user or compute', IDENTITY_TYPES, 'user'),
} as const;
const NAME = { ...TYPE, identifier: requiredText('-i, --identifier <text>', 'identifier') } as const;
const SCOPES = {
  scope: requiredTexts('-s, --scope <scope>', 'scope, e.g. org-campaign-*; may be repeated'),
} as const;
const KEY = { key: requiredText('-k, --key <text>', 'key') } as const;
const JSON_OUTPUT = { json: switchOption('--json', 'print JSON in place of a Python list') } as const;

type StoreValues = OptionValues<typeof STORE_OPTIONS>;
type Named = { readonly identityType: IdentityType; readonly identifier: string };

/** Adds `identity` with its commands. */
export function addIdentityCommands(program: Command, context: CliContext): void {
  const group = addGroup(program, 'identity', 'Subcommands for managing identities', [
    'alchemiscale identity add -t user -i alice -k SECRET',
    "alchemiscale identity add-scope -t user -i alice -s 'my_org-my_campaign-*'",
    'alchemiscale identity list -t compute',
  ]);
  addKeyCommands(group, context);
  addScopeCommands(group, context);
}

function addKeyCommands(group: Command, context: CliContext): void {
  addCommand(group, 'add', context, {
    summary: 'Add a credentialed identity to the database.',
    description: 'An identity that is there gets the new key and keeps its scopes.',
    examples: ['alchemiscale identity add -t compute -i cluster -k SECRET'],
    options: { ...STORE_OPTIONS, ...NAME, ...KEY },
    run: async (options, { env }) => {
      const { hashKey } = await import('../../server/key-hash.ts');
      const hashedKey = await hashKey(options.key);
      await using store = await openExistingStore(options, env);
      // Differs from alchemiscale: there a new key empties the scopes.
      await store.identities.put({ ...nameOf(options), hashedKey });
    },
  });
  addCommand(group, 'list', context, {
    summary: 'List all credentialed entities of the given type.',
    examples: ['alchemiscale identity list', 'alchemiscale identity list -t compute --json'],
    options: { ...STORE_OPTIONS, ...TYPE, ...JSON_OUTPUT },
    run: async (options, { env, out }) => {
      await using store = await openExistingStore(options, env);
      out(listText(await store.identities.list({ type: options.identityType }), options.json));
    },
  });
  addCommand(group, 'remove', context, {
    summary: 'Remove a credentialed identity from the database.',
    examples: ['alchemiscale identity remove -t user -i alice'],
    options: { ...STORE_OPTIONS, ...NAME },
    run: async (options, { env, note }) => {
      await using store = await openExistingStore(options, env);
      if (!(await store.identities.remove(nameOf(options)))) note(`there was no ${label(options)}`);
    },
  });
}

function addScopeCommands(group: Command, context: CliContext): void {
  addCommand(group, 'add-scope', context, {
    summary: 'Add a scope for the given identity.',
    examples: ["alchemiscale identity add-scope -i alice -s 'org_one-*-*' -s org_two-campaign-project"],
    options: { ...STORE_OPTIONS, ...NAME, ...SCOPES },
    run: changeScopes((identities, named, scopes) => identities.addScopes({ ...named, scopes })),
  });
  addCommand(group, 'remove-scope', context, {
    summary: 'Remove a scope for the given identity(s).',
    examples: ["alchemiscale identity remove-scope -i alice -s 'org_one-*-*'"],
    options: { ...STORE_OPTIONS, ...NAME, ...SCOPES },
    run: changeScopes((identities, named, scopes) => identities.removeScopes({ ...named, scopes })),
  });
  addCommand(group, 'list-scope', context, {
    summary: 'List all scopes for the given identity.',
    examples: ['alchemiscale identity list-scope -t compute -i cluster'],
    options: { ...STORE_OPTIONS, ...NAME, ...JSON_OUTPUT },
    run: async (options, { env, out }) => {
      await using store = await openExistingStore(options, env);
      const scopes = await store.identities.listScopes(nameOf(options));
      if (scopes === null) throw unknownIdentity(options);
      out(
        listText(
          scopes.map(scope => new Scope(scope).toString()),
          options.json,
        ),
      );
    },
  });
}

type Change = (
  identities: IdentityStore,
  named: ReturnType<typeof nameOf>,
  scopes: readonly Scope[],
) => Promise<boolean>;

function changeScopes(change: Change) {
  return async (
    options: StoreValues & Named & { readonly scope: readonly string[] },
    { env }: CliContext,
  ): Promise<void> => {
    const scopes = options.scope.map(Scope.parse);
    await using store = await openExistingStore(options, env);
    const dicts = scopes.map(scope => new Scope(scope));
    if (!(await change(store.identities, nameOf(options), dicts))) throw unknownIdentity(options);
  };
}

function nameOf({ identityType, identifier }: Named): {
  readonly type: IdentityType;
  readonly identifier: string;
} {
  return { type: identityType, identifier };
}

function listText(texts: readonly string[], asJson: boolean): string {
  return asJson ? JSON.stringify(texts) : pythonList(texts);
}

function label({ identityType, identifier }: Named): string {
  return `${identityType} identity '${identifier}'`;
}

/** Differs from alchemiscale: there a misspelt name is silently accepted. */
function unknownIdentity(named: Named): AlchemiscaleError {
  const { identityType, identifier } = named;
  return new AlchemiscaleError(
    'NO_SUCH_OBJECT',
    `there is no ${label(named)}; 'alchemiscale identity list -t ${identityType}' shows those there are`,
    { facts: { identityType, identifier } },
  );
}
