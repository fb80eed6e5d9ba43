// Task counts by status.
import { Type } from 'typebox';
import { Counts, KeyTexts } from '../bodies.ts';
import { endpoints } from '../endpoint.ts';

export const STATUS_ENDPOINTS = endpoints({
  getScopeStatus: {
    method: 'GET',
    path: '/scopes/:scope/status',
    rule: 'query',
    summary: 'Task counts by status in a scope, over networks whose state matches',
    params: Type.Object({ scope: Type.String() }),
    query: Type.Object({ network_state: Type.Optional(Type.String({ maxLength: 256 })) }),
    response: Counts,
  },
  getNetworkStatus: {
    method: 'GET',
    path: '/networks/:network/status',
    rule: 'path',
    summary: 'Task counts by status of a network',
    response: Counts,
  },
  getNetworksStatus: {
    method: 'POST',
    path: '/bulk/networks/status',
    rule: 'all',
    summary: 'Task counts by status of networks, aligned',
    body: Type.Object({ networks: KeyTexts }),
    response: Type.Array(Counts),
  },
  getTransformationStatus: {
    method: 'GET',
    path: '/transformations/:transformation/status',
    rule: 'path',
    summary: 'Task counts by status of a transformation',
    response: Counts,
  },
});
