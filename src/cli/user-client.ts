// The client of commands that ask a server: that of the environment. A server that does not answer is asked again for a minute;
// whoever waits is told so, once.
import type { ClientOptions } from '../client/service-client.ts';
import { AlchemiscaleClient } from '../client/user.ts';
import type { CliContext } from './command.ts';

const VARIABLES = ['ALCHEMISCALE_URL', 'ALCHEMISCALE_ID', 'ALCHEMISCALE_KEY'] as const;

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
      if (!isTold) note(`${error.message}; trying again for a minute (Ctrl-C ends that)`);
      isTold = true;
    },
  });
}
