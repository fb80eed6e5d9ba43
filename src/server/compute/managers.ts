// Compute managers: register, ask what to do, report. A registration belongs to the identity that made it.
import { isComputeName, parseComputeId } from '../../domain/compute-id.ts';
import { AlchemiscaleError } from '../../domain/errors.ts';
import { readManagerReport } from '../../domain/manager.ts';
import { reduceScopes, Scope } from '../../domain/scope.ts';
import type { COMPUTE_ENDPOINTS } from '../../wire/compute.ts';
import { coveredScopes } from '../auth.ts';
import type { AppDeps } from '../context.ts';
import type { Handlers } from '../endpoints.ts';
import type { Expiry } from './expiry.ts';

type Routes =
  | 'registerManager'
  | 'deregisterManager'
  | 'getManagerInstruction'
  | 'updateManagerStatus'
  | 'clearManagerError';

/** Handlers about compute managers. */
export function managerHandlers(
  { store, settings, clock, logger }: AppDeps,
  expiry: Expiry,
): Handlers<typeof COMPUTE_ENDPOINTS, Routes> {
  const { managers } = store;
  return {
    registerManager: async ({ caller, params, body }) => {
      const manager = parseComputeId(params.manager, 'ComputeManagerID');
      const owner = caller.identifier;
      const taken = await managers.register({ manager, owner, steal: body.steal ?? false, now: clock() });
      if (taken !== null) throw nameTaken(taken);
      logger.info({ manager: params.manager, owner }, 'compute manager registered');
      return params.manager;
    },
    deregisterManager: async ({ caller, params }) => {
      const manager = parseComputeId(params.manager, 'ComputeManagerID');
      await managers.deregister({ manager, owner: caller.identifier });
      logger.info({ manager: params.manager, owner: caller.identifier }, 'compute manager deregistered');
      return params.manager;
    },
    getManagerInstruction: async ({ caller, params, body }) => {
      const manager = parseComputeId(params.manager, 'ComputeManagerID');
      const { scopes = [], protocols = [] } = body;
      const asked = scopes.length === 0 ? [Scope.ALL] : reduceScopes(scopes.map(scope => new Scope(scope)));
      const survey = await managers.survey({
        manager,
        scopes: asked.flatMap(scope => coveredScopes(caller, scope)),
        protocols: protocols.length === 0 ? null : protocols,
        maxFailures: settings.maxFailures,
        failuresSince: new Date(clock().getTime() - settings.forgiveSeconds * 1000),
      });
      if (survey === null) return { instruction: 'SHUTDOWN', message: NOT_REGISTERED };
      const { services, isFailing, claimableTasks } = survey;
      if (isFailing) return { instruction: 'SKIP', compute_service_ids: services };
      return { instruction: 'OK', compute_service_ids: services, num_tasks: claimableTasks };
    },
    updateManagerStatus: async ({ caller, params, body }) => {
      const manager = parseComputeId(params.manager, 'ComputeManagerID');
      const { status, detail = null, saturation = null } = body;
      const report = readManagerReport({ status, detail, saturation });
      const isKnown = await managers.updateStatus({
        manager,
        owner: caller.identifier,
        ...report,
        now: clock(),
      });
      if (!isKnown)
        throw new AlchemiscaleError('BAD_REQUEST', `No record for ComputeManager: ${params.manager}`);
      if (report.status === 'ERROR')
        logger.warn({ manager: params.manager, detail }, 'compute manager in error');
      await expiry.expireManagers();
      return params.manager;
    },
    // The path holds a name here, not an id.
    clearManagerError: async ({ caller, params }) => {
      const name = params.manager;
      const found = isComputeName(name) ? await managers.clearError({ name }) : 'unknown';
      if (found !== 'cleared') throw new AlchemiscaleError('BAD_REQUEST', NOTHING_TO_CLEAR[found](name));
      logger.info({ manager: name, by: caller.identifier }, 'error of a compute manager cleared');
      return null;
    },
  };
}

const NOT_REGISTERED = 'no compute manager was found with the given manager name and UUID';

const NOTHING_TO_CLEAR = {
  unknown: (name: string) => `Could not find a compute manager with the name '${name}'`,
  'not in error': (name: string) => `The compute manager '${name}' is not in ERROR`,
};

function nameTaken(status: string): AlchemiscaleError {
  return new AlchemiscaleError(
    'INVALID_BODY',
    `ComputeManager with this name is already registered with status ${status}`,
  );
}
