// The client of commands that ask a server: that of the environment. A server that does not answer is asked again for a minute,
// which whoever waits is told, once; where nothing listens, or no such host is known, only for some seconds.
import { AlchemiscaleConnectionError, systemCodeOf } from '../client/errors.ts';
import type { ClientOptions } from '../client/service-client.ts';
import { AlchemiscaleClient } from '../client/user.ts';
import { AlchemiscaleError } from '../domain/errors.ts';
import type { CliContext } from './command.ts';

const VARIABLES = ['ALCHEMISCALE_URL', 'ALCHEMISCALE_ID', 'ALCHEMISCALE_KEY'] as const;

/** Tries while nothing listens: a server that is being started again is there after about six seconds. */
const TRIES_IF_REFUSED = 3;

/** A client of the server that the environment names. Throws BAD_REQUEST with the variables that are missing. */
export function userClient(
  { env, note }: Pick<CliContext, 'env' | 'note'>,
  options: Pick<ClientOptions, 'sleep'> = {},
): AlchemiscaleClient {
  const variables = Object.fromEntries(VARIABLES.map(name => [name, env.get(name)]));
  let isTold = false;
  return AlchemiscaleClient.fromEnvironment(variables, {
    ...options,
    onRetry: error => {
      const code = error instanceof AlchemiscaleConnectionError ? systemCodeOf(error) : null;
      const isRefused = code === 'ECONNREFUSED';
      if (code === 'ENOTFOUND' || (isRefused && error.attempts >= TRIES_IF_REFUSED)) {
        throw unreachable(error.message);
      }
      const howLong = isRefused ? 'some seconds' : 'a minute';
      if (!isTold) note(`${error.message}; trying again for ${howLong} (Ctrl-C ends that)`);
      isTold = true;
    },
  });
}

function unreachable(message: string): AlchemiscaleError {
  return new AlchemiscaleError(
    'BAD_REQUEST',
    `${message}; is the server running, and is ALCHEMISCALE_URL its address?`,
  );
}
