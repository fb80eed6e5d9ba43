// Networks, transformations and chemical systems: store, find, walk between them.
import { Type } from 'typebox';
import {
  KeyDict,
  KeyedChain,
  KeyTexts,
  KeyTextsOrNull,
  NameQuery,
  ScopeBody,
  ScopeQuery,
} from '../bodies.ts';
import { endpoints } from '../endpoint.ts';

const MAX_STATES = 100_000;
const States = Type.Array(Type.String({ maxLength: 64 }), { maxItems: MAX_STATES });

export const NETWORK_ENDPOINTS = endpoints({
  createNetwork: {
    method: 'POST',
    path: '/networks',
    rule: 'all',
    summary: 'Store a network and all it refers to in a scope',
    accepts: 'raw',
    body: Type.Object({ network: KeyedChain, scope: ScopeBody, state: Type.String() }),
    response: KeyDict,
  },
  getNetwork: {
    method: 'GET',
    path: '/networks/:network',
    rule: 'path',
    summary: 'A network as a keyed chain',
    response: KeyedChain,
    writesJson: true,
  },
  getTransformation: {
    method: 'GET',
    path: '/transformations/:transformation',
    rule: 'path',
    summary: 'A transformation as a keyed chain',
    response: KeyedChain,
    writesJson: true,
  },
  getChemicalSystem: {
    method: 'GET',
    path: '/chemicalsystems/:chemicalsystem',
    rule: 'path',
    summary: 'A chemical system as a keyed chain',
    response: KeyedChain,
    writesJson: true,
  },
  checkExists: {
    method: 'GET',
    path: '/exists/:key',
    rule: 'path',
    summary: 'Whether anything is stored under a key',
    response: Type.Boolean(),
  },
  queryNetworks: {
    method: 'GET',
    path: '/networks',
    rule: 'query',
    summary: 'Networks in a scope; name and state are regular expressions that match the whole value',
    query: Type.Object({
      ...ScopeQuery.properties,
      ...NameQuery.properties,
      state: Type.Optional(Type.String({ maxLength: 1024 })),
    }),
    response: KeyTexts,
  },
  queryTransformations: {
    method: 'GET',
    path: '/transformations',
    rule: 'query',
    summary: 'Transformations in a scope, ordered; name is matched exactly',
    query: Type.Object({ ...ScopeQuery.properties, ...NameQuery.properties }),
    response: KeyTexts,
  },
  queryChemicalSystems: {
    method: 'GET',
    path: '/chemicalsystems',
    rule: 'query',
    summary: 'Chemical systems in a scope, ordered; name is matched exactly',
    query: Type.Object({ ...ScopeQuery.properties, ...NameQuery.properties }),
    response: KeyTexts,
  },
  setNetworksState: {
    method: 'POST',
    path: '/bulk/networks/state/set',
    rule: 'all',
    summary: 'Set the states of networks, aligned; all or none',
    body: Type.Object({ networks: KeyTexts, states: States }),
    response: KeyTextsOrNull,
  },
  getNetworksState: {
    method: 'POST',
    path: '/bulk/networks/state/get',
    rule: 'all',
    summary: 'States of networks, aligned',
    body: Type.Object({ networks: KeyTexts }),
    response: Type.Array(Type.Union([Type.String(), Type.Null()])),
  },
  getNetworkTransformations: {
    method: 'GET',
    path: '/networks/:network/transformations',
    rule: 'path',
    summary: 'The transformations of a network',
    response: KeyTexts,
  },
  getNetworkChemicalSystems: {
    method: 'GET',
    path: '/networks/:network/chemicalsystems',
    rule: 'path',
    summary: 'The chemical systems of a network',
    response: KeyTexts,
  },
  getTransformationNetworks: {
    method: 'GET',
    path: '/transformations/:transformation/networks',
    rule: 'path',
    summary: 'The networks a transformation belongs to',
    response: KeyTexts,
  },
  getTransformationChemicalSystems: {
    method: 'GET',
    path: '/transformations/:transformation/chemicalsystems',
    rule: 'path',
    summary: 'The chemical systems of a transformation: state A, then state B',
    response: KeyTexts,
  },
  getChemicalSystemNetworks: {
    method: 'GET',
    path: '/chemicalsystems/:chemicalsystem/networks',
    rule: 'path',
    summary: 'The networks a chemical system belongs to',
    response: KeyTexts,
  },
  getChemicalSystemTransformations: {
    method: 'GET',
    path: '/chemicalsystems/:chemicalsystem/transformations',
    rule: 'path',
    summary: 'The transformations that begin or end in a chemical system',
    response: KeyTexts,
  },
});
