// The life of a compute service: register, heartbeat, deregister. A registration belongs to the identity that made it.
import { parseComputeId } from '../../domain/compute-id.ts';
import { AlchemiscaleError } from '../../domain/errors.ts';
import type { COMPUTE_ENDPOINTS } from '../../wire/compute.ts';
import type { AppDeps } from '../context.ts';
import type { Handlers } from '../endpoints.ts';
import type { Expiry } from './expiry.ts';

/** Handlers about compute services. */
export function computeHandlers(
  { store, clock, logger }: AppDeps,
  expiry: Expiry,
): Handlers<typeof COMPUTE_ENDPOINTS, 'registerService' | 'heartbeat' | 'deregisterService'> {
  return {
    registerService: async ({ caller, params, body }) => {
      parseComputeId(params.service, 'ComputeServiceID');
      const { service } = params;
      const { compute_manager_id: id = null } = body;
      const manager = id === null ? null : parseComputeId(id, 'ComputeManagerID');
      const owner = caller.identifier;
      if (!(await store.compute.register({ service, owner, manager, now: clock() }))) {
        throw new AlchemiscaleError('INVALID_BODY', 'Could not find ComputeManagerRegistration');
      }
      logger.info({ service, owner, manager: id }, 'compute service registered');
      return params.service;
    },
    // Unknown services get the same answer: a client that gets an error here stops, and its work with it.
    heartbeat: async ({ caller, params }) => {
      await expiry.tickIfDue();
      await store.compute.heartbeat({ service: params.service, owner: caller.identifier, now: clock() });
      return params.service;
    },
    // Services call this on exit, after they have expired too.
    deregisterService: async ({ caller, params }) => {
      await store.compute.deregister({ service: params.service, owner: caller.identifier });
      logger.info({ service: params.service, owner: caller.identifier }, 'compute service deregistered');
      return params.service;
    },
  };
}
