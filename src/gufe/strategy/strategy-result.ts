// What a strategy proposes: how urgent each transformation is.
import { GufeError } from '../error.ts';
import { readDict, wrong } from '../read-dict.ts';
import type { GufeClass } from '../registry.ts';
import { GufeTokenizable } from '../tokenizable.ts';
import type { GufeDict, GufeObject, GufeValue } from '../values.ts';

const MODULE = 'stratocaster.base.strategy';

/** Null: never run again. 0: not now. Above: relative urgency; a bigint where Python has an int, which only its key tells. */
export type Weight = number | bigint | null;

/** Weights that cannot be brought into relation: those that are not null sum to 0. Python raises ZeroDivisionError there. */
export class ZeroWeightsError extends GufeError {
  override readonly name: string = 'ZeroWeightsError';
}

/** A weight, or the sum of all, that is beyond all numbers. */
export class WeightOverflowError extends GufeError {
  override readonly name: string = 'WeightOverflowError';
}

/** Weights by the key of a transformation. */
export class StrategyResult extends GufeTokenizable {
  override readonly qualname: string = 'StrategyResult';
  override readonly module: string = MODULE;
  readonly weights: ReadonlyMap<string, Weight>;

  constructor(weights: ReadonlyMap<string, Weight>) {
    super();
    this.weights = new Map(weights);
  }

  /**
   * The weights as shares of 1, over all transformations of the network; null stays null. Throws ZeroWeightsError when the sum
   * of the others is 0.
   *
   * Differs from stratocaster: throws WeightOverflowError for a sum beyond all numbers, of which every share is 0 there, so that
   * nothing is run and nobody told.
   */
  resolve(): ReadonlyMap<string, number | null> {
    const sum = [...this.weights.values()].reduce((total: number, weight) => total + Number(weight ?? 0), 0);
    if (!Number.isFinite(sum)) throw new WeightOverflowError('the weights sum to more than any number');
    const shares = new Map<string, number | null>();
    for (const [key, weight] of this.weights) {
      if (weight !== null && sum === 0)
        throw new ZeroWeightsError('the weights of all transformations to be run sum to 0');
      shares.set(key, weight === null ? null : Number(weight) / sum);
    }
    return shares;
  }

  /** The weights of both. Throws GufeError for a transformation in both. */
  merge(other: StrategyResult): StrategyResult {
    for (const key of other.weights.keys()) {
      if (this.weights.has(key)) throw new GufeError(`${key} has a weight in both strategy results`);
    }
    return new StrategyResult(new Map([...this.weights, ...other.weights]));
  }

  override fields(): GufeDict {
    return new Map<string, GufeValue>([['weights', this.weights]]);
  }

  protected override remake(fields: GufeDict): GufeObject {
    return STRATEGY_RESULT.decode(fields, this.key);
  }
}

/** How it is read. */
export const STRATEGY_RESULT: GufeClass = {
  qualname: 'StrategyResult',
  module: MODULE,
  entries: ['weights'],
  decode(fields) {
    const weights = new Map<string, Weight>();
    for (const [key, weight] of readDict(fields, 'weights')) {
      const isWeight = weight === null || typeof weight === 'number' || typeof weight === 'bigint';
      weights.set(key, isWeight ? weight : wrong(weight, `weights.${key}`, 'a number or null'));
    }
    return new StrategyResult(weights);
  },
};
