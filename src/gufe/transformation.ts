// Transformation: from one chemical system to another by a protocol. NonTransformation: a protocol run on one system.
import type { JsonObject, JsonValue } from '../lib/json-value.ts';
import { ChemicalSystem } from './chemical-system.ts';
import { GufeError } from './error.ts';
import { type KeyRule, withEntry } from './key-rule.ts';
import type { Mapping } from './mapping.ts';
import type { ProtocolDAG } from './protocol/dag.ts';
import { type CreateInputs, Protocol, type ProtocolResult } from './protocol/protocol.ts';
import type { ProtocolDAGResult } from './protocol/result.ts';
import { readDict, readObject, readStringOrNull, wrong } from './read-dict.ts';
import type { GufeClass } from './registry.ts';
import { GufeTokenizable } from './tokenizable.ts';
import {
  type GufeDict,
  type GufeDictInput,
  type GufeInput,
  type GufeObject,
  type GufeValue,
  isGufeDict,
  isTokenizable,
  toGufeDict,
} from './values.ts';

const MODULE = 'gufe.transformations.transformation';
const DEFAULTS: JsonObject = new Map<string, JsonValue>([
  ['mapping', null],
  ['name', null],
  ['metadata', null],
]);

/** Before gufe 1.12 there was no metadata; gufe has put `{}` in its place since, which is hashed. */
const KEY_RULE: KeyRule = { defaults: DEFAULTS, today: dict => withEntry(dict, 'metadata', new Map()) };

/** What a run may be given. */
export interface CreateDagOptions {
  /** The result to go on from. */
  readonly extends?: ProtocolDAGResult | null;
  /** The name of the DAG and its result; alchemiscale puts the task's scoped key here. */
  readonly name?: string | null;
}

abstract class TransformationBase extends GufeTokenizable {
  override readonly module: string = MODULE;
  /** A Protocol that can be run here, or an opaque one that can only be passed on. */
  readonly protocol: GufeObject;
  readonly name: string | null;
  readonly metadata: GufeDict;

  constructor(protocol: GufeObject, name: string | null, metadata: GufeDictInput | null) {
    super();
    this.protocol = protocol;
    this.name = name;
    this.metadata = toGufeDict(metadata ?? {}, 'metadata');
  }

  abstract readonly stateA: ChemicalSystem;
  abstract readonly stateB: ChemicalSystem;

  override get defaults(): JsonObject {
    return DEFAULTS;
  }

  /** The units to run, as a new ProtocolDAG: each call gives other unit keys. Throws when the protocol is not known here. */
  createDag(options: CreateDagOptions = {}): ProtocolDAG {
    const protocol = this.#knownProtocol();
    const inputs = this.createInputs(options.extends ?? null);
    return protocol.createDag(inputs, { name: options.name ?? null, transformationKey: this.key });
  }

  /** What any number of runs add up to. Throws GufeError when it is not known here how this protocol gathers. */
  gather(results: readonly ProtocolDAGResult[]): ProtocolResult {
    return this.#knownProtocol().gather(results);
  }

  /** Throws when the protocol cannot be run on these states and mapping, or is not known here. */
  validate(): void {
    this.#knownProtocol().validate(this.createInputs(null));
  }

  #knownProtocol(): Protocol {
    const { protocol } = this;
    if (protocol instanceof Protocol) return protocol;
    throw new GufeError(
      `${this.key}: no implementation of ${protocol.module}.${protocol.qualname} is known here`,
    );
  }

  protected abstract createInputs(extended: ProtocolDAGResult | null): CreateInputs;
}

/** What a transformation is made from. */
export interface TransformationOptions {
  readonly stateA: ChemicalSystem;
  readonly stateB: ChemicalSystem;
  readonly protocol: GufeObject;
  /** Nothing, one mapping, several; those of a dict as a list, as gufe takes it. */
  readonly mapping?: Mapping | Readonly<Record<string, GufeObject>>;
  readonly name?: string | null;
  readonly metadata?: GufeDictInput | null;
}

function copyOf(mapping: Mapping | Readonly<Record<string, GufeObject>>): Mapping {
  if (mapping === null || isTokenizable(mapping)) return mapping;
  return Object.freeze(Array.isArray(mapping) ? [...mapping] : Object.values(mapping));
}

/** An edge of a network. */
export class Transformation extends TransformationBase {
  override readonly qualname: string = 'Transformation';
  override readonly stateA: ChemicalSystem;
  override readonly stateB: ChemicalSystem;
  readonly mapping: Mapping;

  constructor(options: TransformationOptions) {
    super(options.protocol, options.name ?? null, options.metadata ?? null);
    this.stateA = options.stateA;
    this.stateB = options.stateB;
    this.mapping = copyOf(options.mapping ?? null);
  }

  override fields(): GufeDict {
    return toGufeDict({
      stateA: this.stateA,
      stateB: this.stateB,
      protocol: this.protocol,
      mapping: this.mapping,
      name: this.name,
      metadata: this.metadata as ReadonlyMap<string, GufeInput>,
    });
  }

  protected override createInputs(extended: ProtocolDAGResult | null): CreateInputs {
    const { stateA, stateB, mapping } = this;
    return { stateA, stateB, mapping, extends: extended };
  }

  protected override remake(fields: GufeDict): GufeObject {
    return TRANSFORMATION.decode(fields, this.key);
  }
}

/** What a non-transformation is made from. */
export interface NonTransformationOptions {
  readonly system: ChemicalSystem;
  readonly protocol: GufeObject;
  readonly name?: string | null;
  readonly metadata?: GufeDictInput | null;
}

/** An edge from a system to itself. */
export class NonTransformation extends TransformationBase {
  override readonly qualname: string = 'NonTransformation';
  readonly system: ChemicalSystem;

  constructor(options: NonTransformationOptions) {
    super(options.protocol, options.name ?? null, options.metadata ?? null);
    this.system = options.system;
  }

  override get stateA(): ChemicalSystem {
    return this.system;
  }

  override get stateB(): ChemicalSystem {
    return this.system;
  }

  override fields(): GufeDict {
    return toGufeDict({
      system: this.system,
      protocol: this.protocol,
      name: this.name,
      metadata: this.metadata as ReadonlyMap<string, GufeInput>,
    });
  }

  protected override createInputs(extended: ProtocolDAGResult | null): CreateInputs {
    return { stateA: this.system, stateB: this.system, mapping: null, extends: extended };
  }

  protected override remake(fields: GufeDict): GufeObject {
    return NON_TRANSFORMATION.decode(fields, this.key);
  }
}

/** Either kind of edge. */
export type AnyTransformation = Transformation | NonTransformation;

/** How it is read. */
export const TRANSFORMATION: GufeClass = {
  qualname: 'Transformation',
  module: MODULE,
  entries: ['stateA', 'stateB', 'protocol', 'mapping', 'name', 'metadata'],
  keyRule: KEY_RULE,
  decode: fields =>
    new Transformation({
      stateA: readSystem(fields, 'stateA'),
      stateB: readSystem(fields, 'stateB'),
      protocol: readObject(fields, 'protocol'),
      mapping: readMapping(fields.get('mapping') ?? null),
      name: readStringOrNull(fields, 'name'),
      metadata: readMetadata(fields),
    }),
};

/** How it is read. */
export const NON_TRANSFORMATION: GufeClass = {
  qualname: 'NonTransformation',
  module: MODULE,
  entries: ['system', 'protocol', 'name', 'metadata'],
  keyRule: KEY_RULE,
  decode: fields =>
    new NonTransformation({
      system: readSystem(fields, 'system'),
      protocol: readObject(fields, 'protocol'),
      name: readStringOrNull(fields, 'name'),
      metadata: readMetadata(fields),
    }),
};

function readSystem(fields: GufeDict, name: string): ChemicalSystem {
  const system = readObject(fields, name);
  return system instanceof ChemicalSystem ? system : wrong(system, name, 'a ChemicalSystem');
}

function readMapping(value: GufeValue): Mapping {
  if (value === null || isTokenizable(value)) return value;
  // As gufe does with a dict: its names are lost.
  const list = isGufeDict(value) ? [...value.values()] : value;
  if (!Array.isArray(list)) return wrong(value, 'mapping', 'null, a mapping or a list of mappings');
  return (list as readonly GufeValue[]).map((mapping, i) =>
    isTokenizable(mapping) ? mapping : wrong(mapping, `mapping[${i}]`, 'a mapping'),
  );
}

/** Absent or null in dicts from before gufe 1.12. */
function readMetadata(fields: GufeDict): ReadonlyMap<string, GufeInput> {
  const none = (fields.get('metadata') ?? null) === null;
  return (none ? new Map() : readDict(fields, 'metadata')) as ReadonlyMap<string, GufeInput>;
}
