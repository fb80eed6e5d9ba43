import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseStrategistSettings } from './settings.ts';

const refuse = (yaml: string, why: RegExp): void => {
  assert.throws(() => parseStrategistSettings(yaml, 'strategist.yaml'), why, yaml);
};

test('an empty file has the original’s defaults', () => {
  const { scopes, ...rest } = parseStrategistSettings('', 'f');
  assert.deepEqual(scopes.map(String), ['*-*-*']);
  assert.deepEqual(rest, {
    sleepIntervalSeconds: 300,
    maxWorkers: 4,
    loglevel: 'info',
    logfile: null,
    cacheDirectory: null,
    cacheSizeLimitBytes: 1_073_741_824,
    useLocalCache: true,
    neo4jVariables: {},
    s3Variables: {},
  });
});

test('every setting of the original is read', () => {
  const settings = parseStrategistSettings(
    `sleep_interval: 60
max_workers: 2
scopes: ['org-campaign-*', 'other-*-*']
loglevel: DEBUG
logfile: /var/log/strategist.log
cache_directory: /var/cache/strategist
cache_size_limit: 1000
use_local_cache: no
neo4j_settings:
  NEO4J_URL: bolt://db:7687
  neo4j_user: grace
  NEO4J_PASS: secret
s3_settings: {AWS_S3_BUCKET: b, AWS_S3_PREFIX: p, AWS_DEFAULT_REGION: r, AWS_ENDPOINT_URL: null}`,
    'f',
  );
  assert.deepEqual(
    { ...settings, scopes: settings.scopes.map(String) },
    {
      sleepIntervalSeconds: 60,
      maxWorkers: 2,
      scopes: ['org-campaign-*', 'other-*-*'],
      loglevel: 'debug',
      logfile: '/var/log/strategist.log',
      cacheDirectory: '/var/cache/strategist',
      cacheSizeLimitBytes: 1000,
      useLocalCache: false,
      neo4jVariables: { NEO4J_URL: 'bolt://db:7687', NEO4J_USER: 'grace', NEO4J_PASS: 'secret' },
      s3Variables: { AWS_S3_BUCKET: 'b', AWS_S3_PREFIX: 'p', AWS_DEFAULT_REGION: 'r' },
    },
  );
});

test('what cannot be is refused, with the name of the file and the setting, and no secret', () => {
  refuse(
    'sleep_intervall: 3',
    /^AlchemiscaleError: strategist\.yaml: unknown setting 'sleep_intervall'; there are sleep_interval, /,
  );
  refuse('sleep_interval: 0', /sleep_interval must be a whole number, 1 or more; got 0/);
  refuse('max_workers: two', /max_workers must be .* got "two"/);
  refuse('scopes: org-a-b', /scopes must be a list/);
  refuse("scopes: ['org-']", /strategist\.yaml: .*org-/);
  refuse('loglevel: loud', /loglevel must be one of .* got "loud"/);
  refuse('- 1', /a list of 'name: value' lines/);
  refuse('a: [', /not YAML/);
  assert.throws(
    () => parseStrategistSettings('neo4j_settings: {NEO4J_PASSWORD: hunter2}', 'f'),
    (error: Error) =>
      /neo4j_settings must be a mapping of NEO4J_URL/.test(error.message) &&
      !error.message.includes('hunter2'),
  );
});
