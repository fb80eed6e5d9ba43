import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { AlchemiscaleError } from '../domain/errors.ts';
import { type ComputeServiceSettings, parseSettings } from './settings.ts';

const REQUIRED = `
api_url: http://127.0.0.1:8001
identifier: cluster
key: cluster-key
name: svc
shared_basedir: ./shared
scratch_basedir: ./scratch
`;

const read = (more = '', overrides = {}): ComputeServiceSettings =>
  parseSettings(REQUIRED + more, 'service.yaml', overrides);

function refusal(yaml: string): string {
  try {
    parseSettings(yaml, 'service.yaml');
  } catch (error) {
    assert.ok(error instanceof AlchemiscaleError, String(error));
    assert.ok(!error.message.includes('\n'), 'one line');
    return error.message;
  }
  throw new assert.AssertionError({ message: 'accepted' });
}

test('what is not given has the original’s default', () => {
  assert.deepEqual(read(), {
    apiUrl: 'http://127.0.0.1:8001',
    identifier: 'cluster',
    key: 'cluster-key',
    name: 'svc',
    computeManagerId: null,
    sharedBasedir: './shared',
    scratchBasedir: './scratch',
    keepShared: false,
    keepScratch: false,
    nRetries: 3,
    sleepMs: 30_000,
    deepSleepMs: 300_000,
    heartbeatMs: 300_000,
    scopes: [],
    scopesExclude: [],
    protocols: null,
    claimLimit: 1,
    maxTasks: null,
    maxTimeMs: null,
    loglevel: 'info',
    logfile: null,
    clientUseLocalCache: false,
    clientMaxRetries: 5,
    clientRetryBaseSeconds: 2,
    clientRetryMaxSeconds: 60,
    clientVerify: true,
    slots: 1,
  });
});

test('values are read as YAML 1.1 and given units', () => {
  const settings = read(`
scopes: ['a-b-*', "*-*-*"]
scopes_exclude: []
protocols: [GromacsHydration]
claim_limit: 3
max_tasks: 10
max_time: 3600
sleep_interval: 0.5
loglevel: Info
client_verify: no
slots: 4
`);
  assert.deepEqual(settings.scopes.map(String), ['a-b-*', '*-*-*']);
  assert.deepEqual(settings.scopesExclude, []);
  assert.deepEqual(settings.protocols, ['GromacsHydration']);
  assert.equal(settings.claimLimit, 3);
  assert.equal(settings.maxTasks, 10);
  assert.equal(settings.maxTimeMs, 3_600_000);
  assert.equal(settings.sleepMs, 500);
  assert.equal(settings.loglevel, 'info');
  assert.equal(settings.clientVerify, false);
  assert.equal(settings.slots, 4);
});

test('flags win over the file', () => {
  const id = 'manager-c240642ddef994358c96da82c0361a58';
  const settings = read('', { name: 'renamed', compute_manager_id: id });
  assert.equal(settings.name, 'renamed');
  assert.equal(settings.computeManagerId, id);
  assert.equal(read('', { name: undefined }).name, 'svc');
});

describe('refusals are one line that names the setting', () => {
  const cases: readonly (readonly [string, string, RegExp])[] = [
    [
      'a misspelt name',
      `${REQUIRED}claim_limt: 2`,
      /unknown setting 'claim_limt'; did you mean 'claim_limit'\?/,
    ],
    ['an unknown name', `${REQUIRED}colour: red`, /unknown setting 'colour'$/],
    ['missing ones', 'api_url: http://x', /missing: identifier, key, name, shared_basedir, scratch_basedir/],
    [
      'the old form',
      'init:\n  api_url: http://x\nstart:\n  max_tasks: 1',
      /the old form with 'init:' and 'start:'/,
    ],
    ['a number below its least', `${REQUIRED}slots: 0`, /slots must be a whole number, 1 or more; got 0/],
    [
      'a broken number',
      `${REQUIRED}claim_limit: 1.5`,
      /claim_limit must be a whole number, 1 or more; got 1.5/,
    ],
    ['a text for a number', `${REQUIRED}sleep_interval: soon`, /sleep_interval must be a number of seconds/],
    ['a number for a text', REQUIRED.replace('cluster-key', '12345'), /key must be a text \(in quotes/],
    ['a null that may not be', `${REQUIRED}slots: null`, /slots must be a whole number/],
    [
      'a hyphen in the name',
      REQUIRED.replace('svc', 'my-svc'),
      /name must be a letter .* \(no hyphen\); got "my-svc"/,
    ],
    [
      'an address without scheme',
      REQUIRED.replace('http://', ''),
      /api_url must be an address that begins with http/,
    ],
    [
      'no protocols at all',
      `${REQUIRED}protocols: []`,
      /protocols must be a list of at least one class name/,
    ],
    ['a broken scope', `${REQUIRED}scopes: ['a-*-b']`, /Invalid scope/],
    ['a broken manager id', `${REQUIRED}compute_manager_id: nope`, /ComputeManagerID must have the form/],
    ['an unknown level', `${REQUIRED}loglevel: loud`, /loglevel must be one of critical, error/],
    ['a star without quotes', `${REQUIRED}scopes: [*-*-*]`, /not YAML/],
    ['a list', '- 1', /a settings file is a list of 'name: value' lines/],
    ['nothing', '', /a settings file is a list of/],
    ['broken YAML', 'a: [', /not YAML/],
    ['a name twice', `${REQUIRED}name: other`, /not YAML: Map keys must be unique/],
  ];
  for (const [label, yaml, message] of cases) {
    test(label, () => {
      const said = refusal(yaml);
      assert.match(said, /^service\.yaml: /);
      assert.match(said, message);
    });
  }
});
