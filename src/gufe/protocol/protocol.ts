// A protocol turns two chemical systems into units of work, and the results of many runs into an estimate.
// To write one: extend Protocol (createUnits, gather), ProtocolUnit (execute) and ProtocolResult (estimate, uncertainty),
// and list them for the registry with protocolClass, unitClass and protocolResultClass.
import type { ChemicalSystem } from '../chemical-system.ts';
import { withEntry } from '../key-rule.ts';
import type { Mapping } from '../mapping.ts';
import { readDict, readInteger, readSettings } from '../read-dict.ts';
import type { GufeClass } from '../registry.ts';
import type { Settings } from '../settings.ts';
import { GufeTokenizable } from '../tokenizable.ts';
import type { Quantity } from '../units.ts';
import {
  type GufeDict,
  type GufeDictInput,
  type GufeInput,
  type GufeObject,
  type GufeValue,
  toGufeDict,
} from '../values.ts';
import { ProtocolDAG } from './dag.ts';
import type { ProtocolDAGResult } from './result.ts';
import type { ProtocolUnit } from './unit.ts';

/** What a protocol makes units from. For a NonTransformation both states are the same and there is no mapping. */
export interface CreateInputs {
  readonly stateA: ChemicalSystem;
  readonly stateB: ChemicalSystem;
  readonly mapping: Mapping;
  /** The result of the run that this one goes on from. */
  readonly extends: ProtocolDAGResult | null;
}

/** What a DAG is called, and for what it was made. */
export interface DagOptions {
  readonly name: string | null;
  readonly transformationKey: string | null;
}

/** A kind of calculation, with its settings. */
export abstract class Protocol extends GufeTokenizable {
  readonly settings: Settings;

  constructor(settings: Settings) {
    super();
    this.settings = settings;
  }

  /** The units of one run, with their dependencies in their inputs; each call makes new units. */
  abstract createUnits(inputs: CreateInputs): readonly ProtocolUnit[];

  /** The outcome of any number of runs of one transformation, failed ones among them or not. */
  abstract gather(results: readonly ProtocolDAGResult[]): ProtocolResult;

  /** Throws when this protocol cannot be run on these inputs. */
  validate(_inputs: CreateInputs): void {}

  createDag(inputs: CreateInputs, options: DagOptions): ProtocolDAG {
    this.validate(inputs);
    return new ProtocolDAG({
      ...options,
      protocolUnits: this.createUnits(inputs),
      extendsKey: inputs.extends?.key ?? null,
    });
  }

  override fields(): GufeDict {
    return new Map<string, GufeValue>([['settings', this.settings]]);
  }

  /** For the usual constructor, which takes the settings; a class with another one overrides this. */
  protected override remake(fields: GufeDict): GufeObject {
    const Same = this.constructor as new (settings: Settings) => Protocol;
    return new Same(readSettings(fields, 'settings'));
  }
}

export interface ProtocolResultOptions {
  /** How many runs it was gathered from. */
  readonly nProtocolDagResults: number;
  /** What the protocol gathered; only the protocol knows its entries. */
  readonly data: GufeDictInput;
}

/** What gathering gives: the estimate over all runs and how sure it is. */
export abstract class ProtocolResult extends GufeTokenizable {
  readonly nProtocolDagResults: number;
  readonly data: GufeDict;

  constructor(options: ProtocolResultOptions) {
    super();
    this.nProtocolDagResults = options.nProtocolDagResults;
    this.data = toGufeDict(options.data, 'data');
  }

  /** Null when there is nothing to estimate (no successful run, or plain dynamics). */
  abstract get estimate(): Quantity | null;

  /** Null when unknown. */
  abstract get uncertainty(): Quantity | null;

  override fields(): GufeDict {
    return new Map<string, GufeValue>([
      ['n_protocol_dag_results', BigInt(this.nProtocolDagResults)],
      ['data', this.data],
    ]);
  }

  /** For the usual constructor; a class with another one overrides this. */
  protected override remake(fields: GufeDict): GufeObject {
    const Same = this.constructor as new (options: ProtocolResultOptions) => ProtocolResult;
    return new Same(readResult(fields));
  }
}

/** How to read a protocol of one's own. */
export function protocolClass(
  qualname: string,
  module: string,
  make: (settings: Settings) => Protocol,
): GufeClass {
  return {
    qualname,
    module,
    entries: ['settings'],
    decode: fields => make(readSettings(fields, 'settings')),
  };
}

/** How to read a protocol's result. */
export function protocolResultClass(
  qualname: string,
  module: string,
  make: (options: ProtocolResultOptions) => ProtocolResult,
): GufeClass {
  return {
    qualname,
    module,
    entries: ['n_protocol_dag_results', 'data'],
    keyRule: { today: dict => withEntry(dict, 'n_protocol_dag_results', 0n) },
    decode: fields => make(readResult(fields)),
  };
}

/** The number is missing in old dicts. */
function readResult(fields: GufeDict): ProtocolResultOptions {
  const isCounted = fields.has('n_protocol_dag_results');
  return {
    nProtocolDagResults: isCounted ? readInteger(fields, 'n_protocol_dag_results') : 0,
    data: readDict(fields, 'data') as ReadonlyMap<string, GufeInput>,
  };
}
