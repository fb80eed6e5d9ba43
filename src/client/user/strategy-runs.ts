// Part of AlchemiscaleClient: what strategies did and would do. Of a server of ours; the original's does not have it.
import type { StrategyMode, StrategyStatus } from '../../domain/strategy.ts';
import type { StrategyPreview } from '../../domain/strategy-preview.ts';
import type { StrategyRun } from '../../domain/strategy-run.ts';
import type { ResponseOf } from '../../wire/endpoint.ts';
import { USER_ENDPOINTS } from '../../wire/user.ts';
import type { CallOptions } from '../http.ts';
import { type KeyLike, keyText } from '../keys.ts';
import { StrategyMethods } from './strategies.ts';

export interface StrategyHistoryOptions extends CallOptions {
  /** Runs on a page, 100 at most; 10 by default. Pages of large networks may hold fewer. */
  readonly limit?: number;
  /** `next` of the page before. */
  readonly cursor?: string;
}

/** A page of a history. */
export interface StrategyHistory {
  /** The newest first. */
  readonly runs: readonly StrategyRun[];
  /** Where the next page begins; null after the last. */
  readonly next: string | null;
}

export class StrategyRunMethods extends StrategyMethods {
  /** The runs of a network's strategies that the service has kept, with the reason for each transformation. */
  async getNetworkStrategyHistory(
    network: KeyLike,
    { limit, cursor, signal }: StrategyHistoryOptions = {},
  ): Promise<StrategyHistory> {
    const params = { network: keyText(network) };
    const endpoint = USER_ENDPOINTS.getNetworkStrategyHistory;
    const { runs, next } = await this.transport.call(endpoint, { params, query: { limit, cursor }, signal });
    return { runs: runs.map(readRun), next };
  }

  /** What the strategy of a network would do if it were run now; null when it has none. */
  async previewNetworkStrategy(network: KeyLike, options: CallOptions = {}): Promise<StrategyPreview | null> {
    const params = { network: keyText(network) };
    const preview = await this.transport.call(USER_ENDPOINTS.previewNetworkStrategy, { params, ...options });
    return preview && readPreview(preview);
  }
}

function readRun(
  body: ResponseOf<(typeof USER_ENDPOINTS)['getNetworkStrategyHistory']>['runs'][number],
): StrategyRun {
  return {
    strategy: body.strategy,
    mode: body.mode as StrategyMode,
    started: new Date(body.started),
    ended: new Date(body.ended),
    iteration: body.iteration,
    statusBefore: body.status_before as StrategyStatus,
    statusAfter: body.status_after as StrategyStatus,
    resultCount: body.result_count,
    created: body.created,
    actioned: body.actioned,
    cancelled: body.cancelled,
    exception: body.exception,
    transformations: body.transformations.map(({ actioned_before: actionedBefore, ...row }) => ({
      ...row,
      actionedBefore,
    })),
  };
}

function readPreview(
  body: NonNullable<ResponseOf<(typeof USER_ENDPOINTS)['previewNetworkStrategy']>>,
): StrategyPreview {
  return {
    strategy: body.strategy,
    mode: body.mode as StrategyMode,
    status: body.status as StrategyStatus,
    statusAfter: body.status_after as StrategyStatus,
    resultCount: body.result_count,
    exception: body.exception,
    transformations: body.transformations.map(({ change, ...row }) => ({
      ...row,
      change: {
        addRunning: change.add_running,
        addWaiting: change.add_waiting,
        create: change.create,
        cancelWaiting: change.cancel_waiting,
        cancelRunning: change.cancel_running,
        cancelError: change.cancel_error,
      },
    })),
  };
}
