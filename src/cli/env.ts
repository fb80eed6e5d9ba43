// The only reader of the process's environment. Everything else is handed values, so that a setting can be traced from
// its flag or variable to its use, and a test needs no environment. Names are matched whatever their case, as the
// original does; of several spellings the exact one wins. An empty variable counts as absent.

import { enableCompileCache } from 'node:module';

/** The environment as it was when the program started. */
export interface Environment {
  get(name: string): string | undefined;
}

export function readEnvironment(
  variables: Readonly<Record<string, string | undefined>> = process.env,
): Environment {
  const byUpperCase = new Map<string, string>();
  for (const [name, value] of Object.entries(variables)) {
    if (value !== undefined && value !== '') byUpperCase.set(name.toUpperCase(), value);
  }
  return {
    get(name) {
      const exact = Object.hasOwn(variables, name) ? variables[name] : undefined;
      return exact !== undefined && exact !== '' ? exact : byUpperCase.get(name.toUpperCase());
    },
  };
}

/**
 * Accepts any certificate for the rest of this process, for services whose settings say `client_verify: false`. Node
 * offers no such choice for a single `fetch`.
 */
export function acceptAnyCertificate(): void {
  process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
}

/**
 * Turns Node's cache of compiled modules on, for this process and, through the environment, for its threads and the
 * processes it starts.
 */
export function useCompileCache(): void {
  const { directory } = enableCompileCache();
  if (directory !== undefined) process.env.NODE_COMPILE_CACHE ??= directory;
}
