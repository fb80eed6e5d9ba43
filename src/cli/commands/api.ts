// `alchemiscale api`: the user API alone. What it shares with `compute api` is in serve.ts.
import type { Command } from 'commander';
import { OBJECT_OPTIONS } from '../bucket.ts';
import { addCommand, type CliContext } from '../command.ts';
import { JWT_OPTIONS, serverOptions } from '../server-settings.ts';
import { STORE_OPTIONS } from '../stores.ts';

/** Adds `api`. */
export function addApiCommand(program: Command, context: CliContext): void {
  addCommand(program, 'api', context, {
    summary: 'Start the user-facing API service',
    examples: [
      'alchemiscale api --host 0.0.0.0 --port 8000',
      'ALCHEMISCALE_DB=sqlite:///srv/state.db JWT_SECRET_KEY=… alchemiscale api',
    ],
    options: { ...serverOptions('ALCHEMISCALE_API'), ...STORE_OPTIONS, ...OBJECT_OPTIONS, ...JWT_OPTIONS },
    run: async (options, { env, out }) => {
      const { serve } = await import('../serve.ts');
      await serve('user', options, { env, out, server: {} });
    },
  });
}
