// Strategies: what decides by itself how many tasks each transformation of a network gets.
import { Type } from 'typebox';
import { KeyedChain, KeyTextOrNull } from '../bodies.ts';
import { endpoints } from '../endpoint.ts';

const OrNull = { mode: Type.String(), status: Type.String() };

/** A strategy's state, as it is stored and served. Times are ISO text. */
export const StrategyStateBody = Type.Object({
  mode: OrNull.mode,
  status: OrNull.status,
  iterations: Type.Integer(),
  sleep_interval: Type.Integer(),
  last_iteration: Type.Union([Type.String(), Type.Null()]),
  last_iteration_result_count: Type.Integer(),
  max_tasks_per_transformation: Type.Integer(),
  task_scaling: Type.String(),
  exception: Type.Union([Type.Tuple([Type.String(), Type.String()]), Type.Null()]),
  traceback: Type.Union([Type.String(), Type.Null()]),
});

export const STRATEGY_ENDPOINTS = endpoints({
  setNetworkStrategy: {
    method: 'POST',
    path: '/networks/:network/strategy',
    rule: 'path',
    summary: 'Give a network a strategy, or take it away with null',
    accepts: 'raw',
    body: Type.Object({
      strategy: Type.Union([KeyedChain, Type.Null()]),
      ...Type.Partial(StrategyStateBody).properties,
    }),
    response: KeyTextOrNull,
  },
  getNetworkStrategy: {
    method: 'GET',
    path: '/networks/:network/strategy',
    rule: 'path',
    summary: 'The strategy of a network as a keyed chain, or null',
    response: Type.Union([KeyedChain, Type.Null()]),
    writesJson: true,
  },
  getNetworkStrategyState: {
    method: 'GET',
    path: '/networks/:network/strategy/state',
    rule: 'path',
    summary: 'How the strategy of a network is doing, or null',
    response: Type.Union([StrategyStateBody, Type.Null()]),
  },
  getNetworkStrategyStatus: {
    method: 'GET',
    path: '/networks/:network/strategy/status',
    rule: 'path',
    summary: 'awake, dormant, error, or null',
    response: Type.Union([Type.String(), Type.Null()]),
  },
  setNetworkStrategyAwake: {
    method: 'POST',
    path: '/networks/:network/strategy/awake',
    rule: 'path',
    summary: 'Wake a dormant or failed strategy',
    body: Type.Object({}),
    response: KeyTextOrNull,
  },
});
