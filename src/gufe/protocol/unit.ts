// A unit of work: inputs, a name, and what to do. Its key is random: it stands for an occasion, not for content.
import { IntKeyedDict } from '../int-keyed-dict.ts';
import { randomKey } from '../random-key.ts';
import { readDict, readString, readStringOrNull } from '../read-dict.ts';
import type { GufeClass } from '../registry.ts';
import { GufeTokenizable } from '../tokenizable.ts';
import {
  type GufeDict,
  type GufeDictInput,
  type GufeInput,
  type GufeObject,
  type GufeValue,
  isGufeDict,
  isTokenizable,
  toGufeDict,
} from '../values.ts';

/** Where a unit runs. Files in `shared` may be used by later units; `scratch` goes when the unit ends. */
export interface UnitContext {
  readonly shared: string;
  readonly scratch: string;
  /** Folders; each file left directly inside is kept in the result. Null when nothing is captured. */
  readonly stdout: string | null;
  readonly stderr: string | null;
  /** Aborted when the unit is to stop: stop what was started and reject. */
  readonly signal: AbortSignal;
}

/** What a unit is made from. */
export interface UnitOptions {
  /** Any values; other units found directly, or one level inside a dict or list, are dependencies. */
  readonly inputs: GufeDictInput;
  readonly name?: string | null;
  /** Given when the unit is read back. */
  readonly key?: string;
}

/** A piece of work; a subclass says what is done. */
export abstract class ProtocolUnit extends GufeTokenizable {
  readonly inputs: GufeDict;
  readonly name: string | null;
  readonly #key: string | null;

  constructor(options: UnitOptions) {
    super();
    this.inputs = toGufeDict(options.inputs, 'inputs');
    this.name = options.name ?? null;
    this.#key = options.key ?? null;
  }

  /**
   * Does the work and returns the outputs. `inputs` are the unit's own with every unit in them replaced by its
   * ProtocolUnitResult. Whatever it throws makes a ProtocolUnitFailure.
   */
  abstract execute(context: UnitContext, inputs: GufeDict): Promise<GufeDictInput>;

  protected override makeKey(): string {
    return this.#key ?? randomKey(this.qualname);
  }

  override fields(): GufeDict {
    return new Map<string, GufeValue>([
      ['inputs', this.inputs],
      ['name', this.name],
      ['_key', this.key],
    ]);
  }

  /** For the usual constructor; a class with another one overrides this. */
  protected override remake(fields: GufeDict): GufeObject {
    const Same = this.constructor as new (options: UnitOptions) => ProtocolUnit;
    return new Same(readUnit(fields));
  }
}

/** How to read a unit of one's own. */
export function unitClass(
  qualname: string,
  module: string,
  make: (options: UnitOptions) => ProtocolUnit,
): GufeClass {
  return {
    qualname,
    module,
    entries: ['inputs', 'name', '_key'],
    keyRule: { stored: true },
    decode: fields => make(readUnit(fields)),
  };
}

function readUnit(fields: GufeDict): UnitOptions {
  return {
    inputs: readDict(fields, 'inputs') as ReadonlyMap<string, GufeInput>,
    name: readStringOrNull(fields, 'name'),
    key: readString(fields, '_key'),
  };
}

/** The gufe objects found in inputs directly, or one level inside a dict or list: where gufe looks for dependencies. */
export function shallowObjects(inputs: GufeDict): readonly GufeObject[] {
  const inside = (value: GufeValue): readonly GufeValue[] => {
    if (Array.isArray(value)) return value;
    if (value instanceof IntKeyedDict) return [...value.entries.values()];
    return isGufeDict(value) ? [...value.values()] : [value];
  };
  return [...inputs.values()].flatMap(inside).filter(isTokenizable);
}

/** Inputs with every unit, at any depth of dicts and lists, replaced by what `resultOf` gives for its key (if anything). */
export function substituteResults(
  inputs: GufeDict,
  resultOf: (unitKey: string) => GufeObject | null,
): GufeDict {
  const substitute = (value: GufeValue): GufeValue => {
    if (isTokenizable(value)) return resultOf(value.key) ?? value;
    if (Array.isArray(value)) return value.map(substitute);
    if (isGufeDict(value))
      return new Map([...value].map(([name, member]) => [name, substitute(member)] as const));
    if (value instanceof IntKeyedDict)
      return new IntKeyedDict(
        [...value.entries].map(([key, member]) => [key, substitute(member) as GufeInput]),
      );
    return value;
  };
  return new Map([...inputs].map(([name, value]) => [name, substitute(value)] as const));
}
