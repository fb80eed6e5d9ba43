// Our two services for one scenario: an empty store, the recorded identities, the scenario's settings, and a clock that the
// scenario's waits move.
import { pino } from 'pino';
import { Scope } from '../../src/domain/scope.ts';
import { openObjectStore } from '../../src/objects/open.ts';
import { createComputeApp, createUserApp } from '../../src/server/app.ts';
import { hashKey } from '../../src/server/key-hash.ts';
import { compileServerSettings, type ServerOptions } from '../../src/server/settings.ts';
import type { StateStore } from '../../src/store/state-store.ts';
import type { Recordings, ScenarioHead } from './scenario.ts';

type App = ReturnType<typeof createUserApp>;

export interface Services extends AsyncDisposable {
  readonly apps: Readonly<Record<'user' | 'compute', App>>;
  /** Moves the services' clock. */
  advance(seconds: number): void;
  /** What became of the objects: as when somebody removed the bucket. */
  removeObjects(): Promise<void>;
}

/** bcrypt costs a quarter of a second; the same few keys are used in every scenario. */
const hashes = new Map<string, Promise<string>>();

export async function openServices(
  store: StateStore,
  recordings: Recordings,
  head: ScenarioHead,
): Promise<Services> {
  await store.initialize();
  for (const { type, identifier, key, scopes } of recordings.identities) {
    const hashed = hashes.get(key) ?? hashKey(key);
    hashes.set(key, hashed);
    await store.identities.put({ type, identifier, hashedKey: await hashed });
    await store.identities.addScopes({
      type,
      identifier,
      scopes: scopes.map(text => Scope.parse(text).toDict()),
    });
  }
  const objects = await openObjectStore('memory:');
  let skewMs = 0;
  const deps = {
    store,
    objects,
    settings: compileServerSettings(serverOptions(recordings, head)),
    clock: () => new Date(Date.now() + skewMs),
    logger: pino({ level: 'silent' }),
  };
  const apps = { user: createUserApp(deps), compute: createComputeApp(deps) };
  await Promise.all(Object.values(apps).map(app => app.ready()));
  return {
    apps,
    advance: seconds => {
      skewMs += seconds * 1000;
    },
    removeObjects: () => objects.reset(),
    async [Symbol.asyncDispose]() {
      await Promise.all(Object.values(apps).map(app => app.close()));
      await objects[Symbol.asyncDispose]();
    },
  };
}

/** The recorded settings, under the original's names. */
function serverOptions(recordings: Recordings, { settings }: ScenarioHead): ServerOptions {
  const given = (name: string): number | undefined => settings[name];
  const seconds = (name: string): number | undefined => given(`ALCHEMISCALE_COMPUTE_API_${name}`);
  const pick = <K extends string>(name: K, value: number | undefined): { readonly [P in K]?: number } =>
    value === undefined ? {} : ({ [name]: value } as { readonly [P in K]: number });
  return {
    jwt: {
      secret: recordings.jwt['JWT_SECRET_KEY'] ?? '',
      expireSeconds: given('JWT_EXPIRE_SECONDS') ?? Number(recordings.jwt['JWT_EXPIRE_SECONDS']),
    },
    ...pick('registrationExpireSeconds', seconds('REGISTRATION_EXPIRE_SECONDS')),
    ...pick('forgiveSeconds', seconds('FORGIVE_TIME_SECONDS')),
    ...pick('maxFailures', seconds('MAX_FAILURES')),
    logins: { maxFailures: 1000 },
  };
}
