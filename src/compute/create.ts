// Puts a compute service together from its settings: client, executor, spool, protocols.
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { AlchemiscaleComputeClient } from '../client/compute.ts';
import { AlchemiscaleError } from '../domain/errors.ts';
import { nodeZstd } from '../lib/zstd.ts';
import { BUILT_IN_PROTOCOL_CLASSES, PROTOCOL_REGISTRY } from '../protocols/registry.ts';
import { SYSTEM_CLOCK } from './clock.ts';
import { DagExecutor, type EnginePaths } from './executor.ts';
import { ComputeService } from './service.ts';
import type { ComputeServiceSettings } from './settings.ts';
import { SPOOL_FOLDER, Spool } from './spool.ts';

/**
 * The class names of the protocols this program can run. A protocol is what gufe stores with its settings and nothing
 * else.
 */
export const RUNNABLE_PROTOCOLS: readonly string[] = BUILT_IN_PROTOCOL_CLASSES.filter(
  ({ entries }) => entries.length === 1 && entries[0] === 'settings',
).map(({ qualname }) => qualname);

/**
 * A new service, under an id that no other has.
 *
 * Differs from alchemiscale: without `protocols` in its settings a service there claims everything, and fails at what
 * it does not have; here it claims what it can run.
 */
export function createComputeService(
  settings: ComputeServiceSettings,
  log: Logger,
  engines: EnginePaths = {},
): { readonly service: ComputeService; readonly id: string } {
  const zstd = nodeZstd();
  if (zstd === null)
    throw new AlchemiscaleError('BAD_REQUEST', 'this Node has no zstd; use Node 24 or later');
  const id = `${settings.name}-${randomUUID().replaceAll('-', '')}`;
  const bound = log.child({ service: id });
  const api = new AlchemiscaleComputeClient({
    apiUrl: settings.apiUrl,
    identifier: settings.identifier,
    key: settings.key,
    maxRetries: settings.clientMaxRetries,
    retryBaseSeconds: settings.clientRetryBaseSeconds,
    retryMaxSeconds: settings.clientRetryMaxSeconds,
    registry: PROTOCOL_REGISTRY,
  });
  if (settings.clientUseLocalCache) {
    bound.info('client_use_local_cache has no effect: what a task needs is fetched once, when it runs');
  }
  const service = new ComputeService({
    id,
    settings,
    protocols: settings.protocols ?? RUNNABLE_PROTOCOLS,
    api,
    executor: new DagExecutor(settings, bound, engines),
    spool: new Spool(join(settings.sharedBasedir, SPOOL_FOLDER), bound),
    zstd,
    clock: SYSTEM_CLOCK,
    log: bound,
  });
  return { service, id };
}
