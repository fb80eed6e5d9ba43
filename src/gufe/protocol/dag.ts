// ProtocolDAG: the units of one run of a transformation, in the order in which they can run.
import { GufeError } from '../error.ts';
import { readObjects, readStringOrNull } from '../read-dict.ts';
import type { GufeClass } from '../registry.ts';
import { GufeTokenizable } from '../tokenizable.ts';
import { type GufeDict, type GufeObject, type GufeValue, isGufeDict } from '../values.ts';
import { dagOrder } from './dag-order.ts';
import { ProtocolUnit, shallowObjects } from './unit.ts';

const MODULE = 'gufe.protocols.protocoldag';

/** What a DAG is made from; the units in any order. */
export interface ProtocolDAGOptions {
  readonly protocolUnits: readonly GufeObject[];
  readonly name?: string | null;
  readonly transformationKey?: string | null;
  readonly extendsKey?: string | null;
}

/** Units in an order in which they can run. */
export class ProtocolDAG extends GufeTokenizable {
  override readonly qualname: string = 'ProtocolDAG';
  override readonly module: string = MODULE;
  readonly name: string | null;
  /** Dependencies first. ProtocolUnits, or opaque objects where their classes are not known here. */
  readonly protocolUnits: readonly GufeObject[];
  readonly transformationKey: string | null;
  readonly extendsKey: string | null;
  readonly #dependencies: ReadonlyMap<string, readonly GufeObject[]>;

  constructor(options: ProtocolDAGOptions) {
    super();
    this.name = options.name ?? null;
    this.transformationKey = options.transformationKey ?? null;
    this.extendsKey = options.extendsKey ?? null;
    const units = new Map(options.protocolUnits.map(unit => [unit.key, unit] as const));
    this.#dependencies = new Map(
      [...units].map(([key, unit]) => [key, dependenciesAmong(unit, units)] as const),
    );
    const nodes = [...units].map(([key, unit]) => {
      const dependencies = new Set(this.dependenciesOf(unit).map(dependency => dependency.key));
      return { key, dependencies, unit };
    });
    this.protocolUnits = dagOrder(nodes).map(node => node.unit);
  }

  /** The units that must have run before this one. */
  dependenciesOf(unit: GufeObject): readonly GufeObject[] {
    return this.#dependencies.get(unit.key) ?? [];
  }

  override fields(): GufeDict {
    return new Map<string, GufeValue>([
      ['name', this.name],
      ['protocol_units', this.protocolUnits],
      ['transformation_key', this.transformationKey],
      ['extends_key', this.extendsKey],
    ]);
  }

  protected override remake(fields: GufeDict): GufeObject {
    return PROTOCOL_DAG.decode(fields, this.key);
  }
}

function dependenciesAmong(unit: GufeObject, units: ReadonlyMap<string, GufeObject>): readonly GufeObject[] {
  const inputs = unit instanceof ProtocolUnit ? unit.inputs : unit.fields().get('inputs');
  if (inputs === undefined || !isGufeDict(inputs)) throw new GufeError(`${unit.key} is no protocol unit`);
  const found = new Map<string, GufeObject>();
  for (const object of shallowObjects(inputs)) {
    if (units.has(object.key)) found.set(object.key, object);
    else if (object instanceof ProtocolUnit) {
      throw new GufeError(`${unit.key} depends on ${object.key}, which is not among the units of the DAG`);
    }
  }
  return [...found.values()];
}

/** How it is read. */
export const PROTOCOL_DAG: GufeClass = {
  qualname: 'ProtocolDAG',
  module: MODULE,
  entries: ['name', 'protocol_units', 'transformation_key', 'extends_key'],
  decode: fields =>
    new ProtocolDAG({
      name: readStringOrNull(fields, 'name'),
      protocolUnits: readObjects(fields, 'protocol_units'),
      transformationKey: readStringOrNull(fields, 'transformation_key'),
      extendsKey: readStringOrNull(fields, 'extends_key'),
    }),
};
