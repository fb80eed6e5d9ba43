// A protocol that is known here by its class and settings: it can be built, keyed, submitted and read, and its results can be
// gathered where it is known how. It is run by services that have its Python package.
import { GufeError } from '../error.ts';
import { Protocol, type ProtocolResult } from '../protocol/protocol.ts';
import type { ProtocolDAGResult } from '../protocol/result.ts';
import type { ProtocolUnit } from '../protocol/unit.ts';
import { readSettings } from '../read-dict.ts';
import type { GufeClass } from '../registry.ts';
import type { Settings } from '../settings.ts';
import type { GufeDict, GufeObject } from '../values.ts';

/** What is known of a protocol of another package. */
export interface ExternalProtocolKind {
  readonly qualname: string;
  /** The module that defines the class, which is hashed; not one that passes it on. */
  readonly module: string;
  /** What the results of a transformation add up to. */
  readonly gather: (results: readonly ProtocolDAGResult[]) => ProtocolResult;
}

/** A protocol of another package, without the code that runs it. */
export class ExternalProtocol extends Protocol {
  override readonly qualname: string;
  override readonly module: string;
  readonly #kind: ExternalProtocolKind;

  constructor(kind: ExternalProtocolKind, settings: Settings) {
    super(settings);
    this.qualname = kind.qualname;
    this.module = kind.module;
    this.#kind = kind;
  }

  /** Throws: only Python has the code. */
  override createUnits(): readonly ProtocolUnit[] {
    throw new GufeError(`${this.key}: no implementation of ${this.module}.${this.qualname} is known here`);
  }

  override gather(results: readonly ProtocolDAGResult[]): ProtocolResult {
    return this.#kind.gather(results);
  }

  protected override remake(fields: GufeDict): GufeObject {
    return new ExternalProtocol(this.#kind, readSettings(fields, 'settings'));
  }
}

/** How such a protocol is read. Its settings are taken as they are: they were checked where they were made. */
export function externalProtocolClass(kind: ExternalProtocolKind): GufeClass {
  return {
    qualname: kind.qualname,
    module: kind.module,
    entries: ['settings'],
    decode: fields => new ExternalProtocol(kind, readSettings(fields, 'settings')),
  };
}
