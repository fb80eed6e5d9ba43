// Hubs: offer tasks to compute services, weigh tasks and networks.
import { Type } from 'typebox';
import { KeyDicts, KeyTextOrNull, KeyTexts, KeyTextsOrNull, MAX_KEYS, Weight } from '../bodies.ts';
import { endpoints } from '../endpoint.ts';

export const HUB_ENDPOINTS = endpoints({
  actionTasks: {
    method: 'POST',
    path: '/networks/:network/tasks/action',
    rule: 'path',
    summary: 'Offer tasks of a network to compute services; null where a task cannot be actioned',
    body: Type.Object({
      tasks: KeyDicts,
      weight: Type.Optional(Type.Union([Weight, Type.Array(Weight, { maxItems: MAX_KEYS }), Type.Null()])),
    }),
    response: KeyTextsOrNull,
  },
  cancelTasks: {
    method: 'POST',
    path: '/networks/:network/tasks/cancel',
    rule: 'path',
    summary: 'Stop offering tasks; running ones go on',
    body: Type.Object({ tasks: KeyDicts }),
    response: KeyTextsOrNull,
  },
  getNetworkActionedTasks: {
    method: 'POST',
    path: '/networks/:network/tasks/actioned',
    rule: 'path',
    summary: 'Tasks actioned on a network, as a list or as a map to their weights',
    body: Type.Object({ task_weights: Type.Boolean() }),
    response: Type.Union([KeyTexts, Type.Record(Type.String(), Weight)]),
  },
  getNetworkWeight: {
    method: 'GET',
    path: '/networks/:network/weight',
    rule: 'path',
    summary: 'The weight of a network among networks',
    response: Type.Union([Weight, Type.Null()]),
  },
  setNetworkWeight: {
    method: 'POST',
    path: '/networks/:network/weight',
    rule: 'path',
    summary: 'Set the weight of a network; the body is the bare number',
    body: Weight,
    response: KeyTextOrNull,
  },
  getNetworksWeight: {
    method: 'POST',
    path: '/bulk/networks/weight/get',
    rule: 'all',
    summary: 'Weights of networks, aligned',
    body: Type.Object({ networks: KeyTexts }),
    response: Type.Array(Type.Union([Weight, Type.Null()])),
  },
  setNetworksWeight: {
    method: 'POST',
    path: '/bulk/networks/weight/set',
    rule: 'all',
    summary: 'Set weights of networks; all or none',
    body: Type.Object({ networks: KeyTexts, weights: Type.Array(Weight, { maxItems: MAX_KEYS }) }),
    response: KeyTextsOrNull,
  },
  getNetworksActionedTasks: {
    method: 'POST',
    path: '/bulk/networks/tasks/actioned',
    rule: 'all',
    summary: 'Tasks actioned on networks, aligned, as lists or as maps to their weights',
    body: Type.Object({ networks: KeyTexts, task_weights: Type.Boolean() }),
    response: Type.Array(Type.Union([KeyTexts, Type.Record(Type.String(), Weight)])),
  },
  getTaskActionedNetworks: {
    method: 'POST',
    path: '/tasks/:task/networks/actioned',
    rule: 'path',
    summary: 'Networks on which a task is actioned, as a list or as a map to the weights of the task there',
    body: Type.Object({ task_weights: Type.Boolean() }),
    response: Type.Union([KeyTexts, Type.Record(Type.String(), Weight)]),
  },
});
