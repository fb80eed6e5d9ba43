import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Command } from 'commander';
import { readEnvironment } from './env.ts';
import { MisuseError } from './errors.ts';
import {
  addOptions,
  choiceOption,
  integerOption,
  requiredText,
  requiredTexts,
  resolveOptions,
  switchOption,
  textOption,
} from './options.ts';

const SPECS = {
  port: integerOption('--port <integer>', 'port', { env: 'SOME_PORT', default: 80, least: 0, most: 65535 }),
  host: textOption('--host <text>', 'host', { env: 'SOME_HOST', default: '127.0.0.1' }),
  identityType: choiceOption('-t, --identity-type <type>', 'type', ['user', 'compute'], 'user'),
  identifier: requiredText('-i, --identifier <text>', 'identifier'),
  scope: requiredTexts('-s, --scope <text>', 'scope'),
  json: switchOption('--json', 'as JSON'),
};

function read(args: readonly string[], variables: Record<string, string> = {}) {
  const command = addOptions(new Command().exitOverride(), SPECS);
  command.parse(['-i', 'alice', '-s', 'a-*-*', ...args], { from: 'user' });
  return resolveOptions(SPECS, command.opts(), readEnvironment(variables));
}

function refusal(args: readonly string[], variables: Record<string, string> = {}): string {
  try {
    read(args, variables);
  } catch (error) {
    assert.ok(error instanceof MisuseError, String(error));
    return error.message;
  }
  throw new assert.AssertionError({ message: 'accepted' });
}

describe('where a value comes from', () => {
  test('flag, variable, default', () => {
    assert.equal(read([]).port, 80);
    assert.equal(read([], { some_port: '81' }).port, 81);
    assert.equal(read(['--port', '82'], { SOME_PORT: '81' }).port, 82);
    assert.equal(read([]).host, '127.0.0.1');
    assert.equal(read([]).json, false);
    assert.equal(read(['--json']).json, true);
  });

  test('words are read in any case, flags are repeated', () => {
    assert.equal(read(['-t', 'COMPUTE']).identityType, 'compute');
    assert.deepEqual(read(['-s', 'b-*-*']).scope, ['a-*-*', 'b-*-*']);
  });
});

describe('refusals in the original’s words', () => {
  test('integers', () => {
    assert.equal(refusal(['--port', 'x']), "Invalid value for '--port': 'x' is not a valid integer.");
    assert.equal(
      refusal(['--port', '70000']),
      "Invalid value for '--port': 70000 is not in the range 0<=x<=65535.",
    );
    assert.equal(
      refusal([], { SOME_PORT: '1.5' }),
      "Invalid value for '--port' (env var: 'SOME_PORT'): '1.5' is not a valid integer.",
    );
  });

  test('choices', () => {
    assert.equal(
      refusal(['-t', 'robot']),
      "Invalid value for '--identity-type' / '-t': 'robot' is not one of 'user', 'compute'.",
    );
  });

  test('what is missing', () => {
    const missing = (): unknown => resolveOptions(SPECS, {}, readEnvironment({}));
    assert.throws(missing, { name: 'MisuseError', message: "Missing option '--identifier' / '-i'." });
  });
});
