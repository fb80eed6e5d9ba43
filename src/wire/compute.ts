// The compute API: services register, claim tasks, fetch what to run, push results.
import { Type } from 'typebox';
import {
  Count,
  KeyDict,
  KeyedChain,
  KeyText,
  KeyTextsOrNull,
  Latin1Text,
  ScopeBody,
  ScopeQuery,
} from './bodies.ts';
import { MANAGER_ENDPOINTS } from './compute/managers.ts';
import { endpoints } from './endpoint.ts';
import { SERVICE_ENDPOINTS } from './service.ts';

const ServiceId = Type.String({ maxLength: 256 });
const ServiceParams = Type.Object({ service: ServiceId });
const Protocols = Type.Union([
  Type.Array(Type.String({ pattern: '^[a-zA-Z][a-zA-Z0-9_]*$', maxLength: 256 }), {
    minItems: 1,
    maxItems: 1000,
  }),
  Type.Null(),
]);

const SERVICE_LIFE_ENDPOINTS = endpoints({
  registerService: {
    method: 'POST',
    path: '/computeservice/:service/register',
    rule: 'token',
    summary: 'Register a compute service',
    params: ServiceParams,
    body: Type.Object({ compute_manager_id: Type.Optional(Type.Union([Type.String(), Type.Null()])) }),
    response: Type.String(),
    refusals: ['CONFLICT'],
  },
  heartbeat: {
    method: 'POST',
    path: '/computeservice/:service/heartbeat',
    rule: 'token',
    summary: 'A sign of life; without one for long enough the service loses its tasks',
    params: ServiceParams,
    body: Type.Object({}),
    response: Type.String(),
    refusals: ['CONFLICT'],
  },
  deregisterService: {
    method: 'POST',
    path: '/computeservice/:service/deregister',
    rule: 'token',
    summary: 'Leave: the running tasks of the service go back to waiting',
    params: ServiceParams,
    body: Type.Object({}),
    response: Type.String(),
    refusals: ['CONFLICT'],
  },
});

const CLAIM_ENDPOINTS = endpoints({
  queryTaskHubs: {
    method: 'GET',
    path: '/taskhubs',
    rule: 'query',
    summary: 'Task hubs in a scope, as keys or with network and weight',
    query: Type.Object({ ...ScopeQuery.properties, return_gufe: Type.Optional(Type.String()) }),
    response: Type.Union([Type.Array(KeyText), Type.Record(Type.String(), Type.String())]),
  },
  claimTaskHubTasks: {
    method: 'POST',
    path: '/taskhubs/:hub/claim',
    rule: 'path',
    summary: 'Claim tasks from one hub: exactly `count` entries, claimed first, then nulls',
    body: Type.Object({ compute_service_id: ServiceId, count: Count, protocols: Type.Optional(Protocols) }),
    response: KeyTextsOrNull,
  },
  claimTasks: {
    method: 'POST',
    path: '/claim',
    rule: 'query',
    summary: 'Claim tasks across hubs: exactly `count` entries, or null when the service is denied for now',
    body: Type.Object({
      scopes: Type.Array(ScopeBody, { maxItems: 10_000 }),
      scopes_exclude: Type.Optional(Type.Union([Type.Array(ScopeBody, { maxItems: 10_000 }), Type.Null()])),
      compute_service_id: ServiceId,
      count: Count,
      protocols: Type.Optional(Protocols),
    }),
    response: Type.Union([KeyTextsOrNull, Type.Null()]),
  },
});

const WORK_ENDPOINTS = endpoints({
  getTaskTransformation: {
    method: 'GET',
    path: '/tasks/:task/transformation',
    rule: 'path',
    summary: 'The transformation a task performs',
    response: KeyText,
  },
  retrieveTaskTransformation: {
    method: 'GET',
    path: '/tasks/:task/transformation/gufe',
    rule: 'path',
    summary: 'What to run: the transformation, and the result of the task it extends or null',
    // Text for clients that do not take gzip: so those before 0.8 are known, which want the transformation in full.
    response: Type.Tuple([Type.Union([KeyedChain, Type.String()]), Type.Union([Latin1Text, Type.Null()])]),
    writesJson: true,
  },
  setTaskResult: {
    method: 'POST',
    path: '/tasks/:task/results',
    rule: 'path',
    summary: 'Push the result of a task, success or failure',
    accepts: 'stream',
    body: Type.Object({
      protocoldagresult: Type.Object({ 'latin-1': Latin1Text }),
      compute_service_id: Type.String(),
    }),
    response: KeyDict,
  },
});

export const COMPUTE_ENDPOINTS = endpoints({
  ...SERVICE_ENDPOINTS,
  ...SERVICE_LIFE_ENDPOINTS,
  ...CLAIM_ENDPOINTS,
  ...WORK_ENDPOINTS,
  ...MANAGER_ENDPOINTS,
});
