// Compute managers: they start compute services where compute is, and ask here how many are wanted.
import { Type } from 'typebox';
import { ScopeBody } from '../bodies.ts';
import { endpoints } from '../endpoint.ts';

/** Room for a traceback; it goes into the log as well. */
const MAX_DETAIL = 64 * 1024;
const ManagerId = Type.String({ maxLength: 256 });
const ManagerParams = Type.Object({ manager: ManagerId });
const ServiceIds = Type.Array(Type.String());

export const MANAGER_ENDPOINTS = endpoints({
  registerManager: {
    method: 'POST',
    path: '/computemanager/:manager/register',
    rule: 'token',
    summary: 'Register a compute manager; `steal` takes the name over from one that is not in ERROR',
    params: ManagerParams,
    body: Type.Object({ steal: Type.Optional(Type.Boolean()) }),
    response: Type.String(),
  },
  deregisterManager: {
    method: 'POST',
    path: '/computemanager/:manager/deregister',
    rule: 'token',
    summary: 'Leave; a manager in ERROR stays to be looked at',
    params: ManagerParams,
    body: Type.Object({}),
    response: Type.String(),
  },
  getManagerInstruction: {
    method: 'POST',
    path: '/computemanager/:manager/instruction',
    rule: 'query',
    summary: 'What to do now: start services (OK), wait (SKIP), or end (SHUTDOWN)',
    params: ManagerParams,
    body: Type.Object({
      scopes: Type.Optional(Type.Array(ScopeBody, { maxItems: 10_000 })),
      protocols: Type.Optional(Type.Array(Type.String({ maxLength: 256 }), { maxItems: 1000 })),
    }),
    response: Type.Union([
      Type.Object({
        instruction: Type.Literal('OK'),
        compute_service_ids: ServiceIds,
        num_tasks: Type.Integer(),
      }),
      Type.Object({ instruction: Type.Literal('SKIP'), compute_service_ids: ServiceIds }),
      Type.Object({ instruction: Type.Literal('SHUTDOWN'), message: Type.String() }),
    ]),
  },
  updateManagerStatus: {
    method: 'POST',
    path: '/computemanager/:manager/status',
    rule: 'token',
    summary: 'Report OK with a saturation of 0 to 1, or ERROR with a detail',
    params: ManagerParams,
    body: Type.Object({
      status: Type.String({ maxLength: 64 }),
      detail: Type.Optional(Type.Union([Type.String({ maxLength: MAX_DETAIL }), Type.Null()])),
      saturation: Type.Optional(Type.Union([Type.Number(), Type.Null()])),
    }),
    response: Type.String(),
  },
  clearManagerError: {
    method: 'POST',
    path: '/computemanager/:manager/clear_error',
    rule: 'token',
    summary: 'Remove the registration of a manager in ERROR; the path holds its name, not its id',
    params: ManagerParams,
    body: Type.Object({}),
    response: Type.Null(),
  },
});
