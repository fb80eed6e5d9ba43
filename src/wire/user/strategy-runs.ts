// What strategies did and would do: routes of ours, under /v1. Their numbers are written as JSON has them, not as Python spells them.
import { Type } from 'typebox';
import { KeyText } from '../bodies.ts';
import { endpoints } from '../endpoint.ts';

const NumberOrNull = Type.Union([Type.Number(), Type.Null()]);
const Exception = Type.Union([Type.Tuple([Type.String(), Type.String()]), Type.Null()]);

/** What a run did about one transformation. */
const TransformationRunBody = Type.Object({
  transformation: KeyText,
  results: Type.Integer(),
  weight: NumberOrNull,
  share: NumberOrNull,
  target: Type.Integer(),
  actioned_before: Type.Integer(),
  created: Type.Integer(),
  actioned: Type.Integer(),
  cancelled: Type.Integer(),
  reason: Type.String(),
});

/** A run. Times are ISO text; `exception` is the class name and message of what went wrong. */
export const StrategyRunBody = Type.Object({
  strategy: KeyText,
  mode: Type.String(),
  started: Type.String(),
  ended: Type.String(),
  iteration: Type.Integer(),
  status_before: Type.String(),
  status_after: Type.String(),
  result_count: Type.Integer(),
  created: Type.Integer(),
  actioned: Type.Integer(),
  cancelled: Type.Integer(),
  exception: Exception,
  transformations: Type.Array(TransformationRunBody),
});

/** What a run would do. Counts of `change` are tasks, by what would happen to them. */
export const StrategyPreviewBody = Type.Object({
  strategy: Type.String(),
  mode: Type.String(),
  status: Type.String(),
  status_after: Type.String(),
  result_count: Type.Integer(),
  exception: Exception,
  transformations: Type.Array(
    Type.Object({
      transformation: KeyText,
      name: Type.Union([Type.String(), Type.Null()]),
      results: Type.Integer(),
      weight: NumberOrNull,
      share: NumberOrNull,
      target: Type.Integer(),
      actioned: Type.Integer(),
      change: Type.Object({
        add_running: Type.Integer(),
        add_waiting: Type.Integer(),
        create: Type.Integer(),
        cancel_waiting: Type.Integer(),
        cancel_running: Type.Integer(),
        cancel_error: Type.Integer(),
      }),
      reason: Type.String(),
    }),
  ),
});

/** Runs on a page unless asked otherwise. */
export const DEFAULT_RUNS = 10;

export const STRATEGY_RUN_ENDPOINTS = endpoints({
  getNetworkStrategyHistory: {
    method: 'GET',
    path: '/v1/networks/:network/strategy/history',
    rule: 'path',
    summary: 'What the strategies of a network did, the newest run first',
    query: Type.Object({
      limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100 })),
      cursor: Type.Optional(Type.String({ maxLength: 64 })),
    }),
    response: Type.Object({
      runs: Type.Array(StrategyRunBody),
      next: Type.Union([Type.String(), Type.Null()]),
    }),
    writesJson: true,
  },
  previewNetworkStrategy: {
    method: 'GET',
    path: '/v1/networks/:network/strategy/preview',
    rule: 'path',
    summary: 'What the strategy of a network would do if it were run now, or null',
    response: Type.Union([StrategyPreviewBody, Type.Null()]),
    writesJson: true,
  },
});
