// Buckets without static keys: a role of the container or of a Kubernetes service account gives keys that expire while the
// service runs, and the store goes on with the next ones.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ObjectStore } from '../../src/objects/object-store.ts';
import { openObjectStore } from '../../src/objects/open.ts';
import { ROLE_TOKEN, type RolesStandIn, startRoles } from '../support/roles-stand-in.ts';

/** Long enough for a request that a loaded machine holds up. */
const LIFETIME_MS = 2500;
const folder = mkdtempSync(join(tmpdir(), 'alchemiscale-roles-'));
const tokenFile = join(folder, 'token');
writeFileSync(tokenFile, ROLE_TOKEN);

/** What this machine may have of its own. */
const NOTHING_ELSE = {
  AWS_ACCESS_KEY_ID: undefined,
  AWS_SECRET_ACCESS_KEY: undefined,
  AWS_SESSION_TOKEN: undefined,
  AWS_PROFILE: undefined,
  AWS_EC2_METADATA_DISABLED: 'true',
  AWS_SHARED_CREDENTIALS_FILE: join(folder, 'none'),
  AWS_CONFIG_FILE: join(folder, 'none'),
  AWS_CONTAINER_CREDENTIALS_FULL_URI: undefined,
  AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: undefined,
  AWS_CONTAINER_AUTHORIZATION_TOKEN: undefined,
  AWS_WEB_IDENTITY_TOKEN_FILE: undefined,
  AWS_ROLE_ARN: undefined,
};

const ROLES: readonly (readonly [name: string, variables: (url: string) => Record<string, string>])[] = [
  [
    'a container',
    url => ({
      AWS_CONTAINER_CREDENTIALS_FULL_URI: `${url}/credentials`,
      AWS_CONTAINER_AUTHORIZATION_TOKEN: ROLE_TOKEN,
    }),
  ],
  [
    'a web identity',
    url => ({
      AWS_WEB_IDENTITY_TOKEN_FILE: tokenFile,
      AWS_ROLE_ARN: 'arn:aws:iam::123456789012:role/alchemiscale',
      AWS_ENDPOINT_URL_STS: url,
      AWS_REGION: 'us-east-1',
    }),
  ],
];

describe('a bucket with the role of', () => {
  const before = { ...process.env };
  const setVariables = (variables: NodeJS.ProcessEnv): void => {
    for (const [name, value] of Object.entries(variables)) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  };
  afterEach(() => {
    process.env = { ...before };
  });
  after(() => rmSync(folder, { recursive: true }));

  const open = ({ url }: RolesStandIn): Promise<ObjectStore> =>
    openObjectStore(`s3://bucket/p?endpoint=${encodeURIComponent(url)}`);

  for (const [name, variables] of ROLES) {
    it(`${name}: keys are renewed before they expire`, async () => {
      await using roles = await startRoles(LIFETIME_MS);
      setVariables({ ...NOTHING_ELSE, ...variables(roles.url) });
      await using store = await open(roles);
      const [openedMs, overMs] = [performance.now(), 1.2 * LIFETIME_MS];
      // The last one comes when the first keys have expired.
      for (let passedMs = 0; passedMs < overMs; ) {
        await sleep(LIFETIME_MS / 5);
        passedMs = performance.now() - openedMs;
        await store.check();
      }
      assert.ok(roles.given() >= 3, `${roles.given()} keys`);
      assert.equal(roles.refused(), 0);
    });
  }

  it('nobody: one clear refusal', async () => {
    await using roles = await startRoles(LIFETIME_MS);
    setVariables(NOTHING_ELSE);
    await assert.rejects(open(roles), { code: 'STORE_UNAVAILABLE', message: /no credentials were found$/ });
  });

  it('a container that is not let in: one clear refusal', async () => {
    await using roles = await startRoles(LIFETIME_MS);
    const url = `${roles.url}/credentials`;
    setVariables({ ...NOTHING_ELSE, AWS_CONTAINER_CREDENTIALS_FULL_URI: url });
    await assert.rejects(open(roles), { code: 'STORE_UNAVAILABLE', message: /no credentials were found$/ });
  });
});
