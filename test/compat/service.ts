// Our two services for one scenario: an empty store, the recorded identities, the scenario's settings, and a clock that the
// scenario's waits move. The clock does nothing else but a step for every request, so that a replay is the same every time.
import { hash } from '@node-rs/bcrypt';
import { pino } from 'pino';
import { Scope } from '../../src/domain/scope.ts';
import type { ObjectStore } from '../../src/objects/object-store.ts';
import { openObjectStore } from '../../src/objects/open.ts';
import { createComputeApp, createUserApp } from '../../src/server/app.ts';
import { compileServerSettings, type ServerOptions } from '../../src/server/settings.ts';
import type { StateStore } from '../../src/store/state-store.ts';
import type { Recordings, ScenarioHead } from './scenario.ts';

type App = ReturnType<typeof createUserApp>;

export interface Services extends AsyncDisposable {
  readonly apps: Readonly<Record<'user' | 'compute', App>>;
  /** Moves the services' clock. */
  advance(seconds: number): void;
  /** As when somebody removes the bucket: the object store can no longer be used. */
  removeObjects(): void;
}

/** At the usual cost the hundred log-ins of all scenarios would take half of the time. */
const BCRYPT_COST = 4;

export async function openServices(
  store: StateStore,
  recordings: Recordings,
  head: ScenarioHead,
): Promise<Services> {
  await store.initialize();
  for (const { type, identifier, key, scopes } of recordings.identities) {
    await store.identities.put({ type, identifier, hashedKey: await hash(key, { cost: BCRYPT_COST }) });
    await store.identities.addScopes({
      type,
      identifier,
      scopes: scopes.map(text => Scope.parse(text).toDict()),
    });
  }
  return serve(store, await openObjectStore('memory:'), {
    options: serverOptions(recordings, head),
    startMs: START_MS,
  });
}

/** Serves a store and what it refers to, from a moment on; the objects end with the services. */
export async function serve(
  store: StateStore,
  objectStore: ObjectStore,
  { options, startMs }: { readonly options: ServerOptions; readonly startMs: number },
): Promise<Services> {
  const { objects, remove } = removable(objectStore);
  let timeMs = startMs;
  const deps = {
    store,
    objects,
    settings: compileServerSettings(options),
    clock: () => new Date(timeMs),
    logger: pino({ level: 'silent' }),
  };
  const apps = { user: createUserApp(deps), compute: createComputeApp(deps) };
  await Promise.all(Object.values(apps).map(app => app.ready()));
  return {
    apps,
    advance: seconds => {
      timeMs += seconds * 1000;
    },
    removeObjects: remove,
    async [Symbol.asyncDispose]() {
      await Promise.all(Object.values(apps).map(app => app.close()));
      await objects[Symbol.asyncDispose]();
    },
  };
}

/** About when the recordings were made. */
const START_MS = Date.parse('2026-11-23T02:00:00.450Z');

/** An object store, and what leaves it without its objects and of no use from then on. */
function removable(store: ObjectStore): { readonly objects: ObjectStore; readonly remove: () => void } {
  let isGone = false;
  const usable = <T>(use: () => Promise<T>) =>
    isGone ? Promise.reject(new Error('the bucket does not exist')) : use();
  const objects: ObjectStore = {
    createUpload: () => usable(() => store.createUpload()),
    get: async location => (isGone ? null : store.get(location)),
    delete: location => usable(() => store.delete(location)),
    list: prefix => store.list(prefix),
    check: () => usable(() => store.check()),
    reset: () => usable(() => store.reset()),
    sweep: before => usable(() => store.sweep(before)),
    signUrl: store.signUrl,
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  };
  return {
    objects,
    remove: () => {
      isGone = true;
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
      secret: recordings.jwt.JWT_SECRET_KEY,
      expireSeconds: given('JWT_EXPIRE_SECONDS') ?? Number(recordings.jwt.JWT_EXPIRE_SECONDS),
    },
    ...pick('registrationExpireSeconds', seconds('REGISTRATION_EXPIRE_SECONDS')),
    ...pick('managerExpireSeconds', seconds('MANAGER_EXPIRE_SECONDS')),
    ...pick('managerExpireSecondsError', seconds('MANAGER_EXPIRE_SECONDS_ERROR')),
    ...pick('forgiveSeconds', seconds('FORGIVE_TIME_SECONDS')),
    ...pick('maxFailures', seconds('MAX_FAILURES')),
    logins: { maxFailures: 1000 },
  };
}
