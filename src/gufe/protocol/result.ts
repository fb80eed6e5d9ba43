// ProtocolDAGResult: everything one run of a transformation left, failed attempts included.
import { GufeError } from '../error.ts';
import { readObjects, readStringOrNull, wrong } from '../read-dict.ts';
import type { GufeClass } from '../registry.ts';
import { GufeTokenizable } from '../tokenizable.ts';
import type { GufeDict, GufeObject, GufeValue } from '../values.ts';
import { dagOrder } from './dag-order.ts';
import { shallowObjects } from './unit.ts';
import { type AnyUnitResult, ProtocolUnitFailure, ProtocolUnitResult } from './unit-result.ts';

const MODULE = 'gufe.protocols.protocoldag';

/** What a DAG's result is made from. */
export interface ProtocolDAGResultOptions {
  /** In DAG order. */
  readonly protocolUnits: readonly GufeObject[];
  /** In the order of execution, failures included. */
  readonly protocolUnitResults: readonly AnyUnitResult[];
  readonly name?: string | null;
  readonly transformationKey?: string | null;
  readonly extendsKey?: string | null;
}

/** The outcome of one run. */
export class ProtocolDAGResult extends GufeTokenizable {
  override readonly qualname: string = 'ProtocolDAGResult';
  override readonly module: string = MODULE;
  readonly name: string | null;
  /** As given; opaque objects where the classes of units are not known here. */
  readonly protocolUnits: readonly GufeObject[];
  /** In the order of execution. */
  readonly protocolUnitResults: readonly AnyUnitResult[];
  readonly transformationKey: string | null;
  readonly extendsKey: string | null;
  #ordered: readonly AnyUnitResult[] | null = null;
  #ofUnit: ReadonlyMap<string, readonly AnyUnitResult[]> | null = null;

  constructor(options: ProtocolDAGResultOptions) {
    super();
    this.name = options.name ?? null;
    this.protocolUnits = [...options.protocolUnits];
    this.protocolUnitResults = [...options.protocolUnitResults];
    this.transformationKey = options.transformationKey ?? null;
    this.extendsKey = options.extendsKey ?? null;
    const units = new Set(this.protocolUnits.map(unit => unit.key));
    for (const { key, sourceKey } of this.protocolUnitResults) {
      if (!units.has(sourceKey))
        throw new GufeError(`${key} is of ${sourceKey}, which is not among the units`);
    }
  }

  /** True when every unit succeeded at least once; failed attempts before that do not count. */
  get ok(): boolean {
    const done = new Set(
      this.protocolUnitResults.filter(result => result.ok).map(result => result.sourceKey),
    );
    return this.protocolUnits.every(unit => done.has(unit.key));
  }

  /** All results, dependencies first, ties by key. */
  get ordered(): readonly AnyUnitResult[] {
    this.#ordered ??= Object.freeze(this.#inOrder());
    return this.#ordered;
  }

  #inOrder(): AnyUnitResult[] {
    const keys = new Set(this.protocolUnitResults.map(result => result.key));
    return dagOrder(
      this.protocolUnitResults.map(result => {
        const inputs = shallowObjects(result.inputs).map(object => object.key);
        return { key: result.key, dependencies: new Set(inputs.filter(key => keys.has(key))), result };
      }),
    ).map(node => node.result);
  }

  /** The failures, in the order of `ordered`. */
  get failures(): readonly ProtocolUnitFailure[] {
    return this.ordered.filter(result => !result.ok);
  }

  /** The successes, in the order of `ordered`. */
  get successes(): readonly ProtocolUnitResult[] {
    return this.ordered.filter(result => result.ok);
  }

  /** The results on which no other depends, in the order of `protocolUnitResults`, as in gufe. */
  get terminal(): readonly AnyUnitResult[] {
    const used = new Set(
      this.protocolUnitResults.flatMap(result => shallowObjects(result.inputs).map(object => object.key)),
    );
    return this.protocolUnitResults.filter(result => !used.has(result.key));
  }

  /**
   * The first successful result of a unit, in the order of execution; null when it only failed or has not run. Throws GufeError
   * for a unit of another DAG. Differs from gufe: no error for a unit without success, since asking is how one learns of it.
   */
  resultOf(unit: GufeObject): ProtocolUnitResult | null {
    return this.resultsOf(unit).find(result => result.ok) ?? null;
  }

  /** Every result of a unit, failed attempts included, in the order of execution. Throws GufeError for a unit of another DAG. */
  resultsOf(unit: GufeObject): readonly AnyUnitResult[] {
    this.#ofUnit ??= Map.groupBy(this.protocolUnitResults, result => result.sourceKey);
    const results = this.#ofUnit.get(unit.key);
    if (results !== undefined) return results;
    if (this.protocolUnits.some(({ key }) => key === unit.key)) return [];
    throw new GufeError(`${unit.key} is not among the units of ${this.key}`);
  }

  /** The unit that a result is of. Throws GufeError for a result of another DAG. */
  unitOf(result: AnyUnitResult): GufeObject {
    const unit = this.protocolUnits.find(({ key }) => key === result.sourceKey);
    if (unit !== undefined) return unit;
    throw new GufeError(
      `${result.key} is of ${result.sourceKey}, which is not among the units of ${this.key}`,
    );
  }

  override fields(): GufeDict {
    return new Map<string, GufeValue>([
      ['name', this.name],
      ['protocol_units', this.protocolUnits],
      ['protocol_unit_results', this.protocolUnitResults],
      ['transformation_key', this.transformationKey],
      ['extends_key', this.extendsKey],
    ]);
  }

  protected override remake(fields: GufeDict): GufeObject {
    return PROTOCOL_DAG_RESULT.decode(fields, this.key);
  }
}

/** How it is read. */
export const PROTOCOL_DAG_RESULT: GufeClass = {
  qualname: 'ProtocolDAGResult',
  module: MODULE,
  entries: ['name', 'protocol_units', 'protocol_unit_results', 'transformation_key', 'extends_key'],
  decode: fields =>
    new ProtocolDAGResult({
      name: readStringOrNull(fields, 'name'),
      protocolUnits: readObjects(fields, 'protocol_units'),
      protocolUnitResults: readObjects(fields, 'protocol_unit_results').map(result =>
        result instanceof ProtocolUnitResult || result instanceof ProtocolUnitFailure
          ? result
          : wrong(result, 'protocol_unit_results', 'a list of unit results'),
      ),
      transformationKey: readStringOrNull(fields, 'transformation_key'),
      extendsKey: readStringOrNull(fields, 'extends_key'),
    }),
};
