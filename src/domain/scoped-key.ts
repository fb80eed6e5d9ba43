// A ScopedKey names one stored object: its gufe key and the scope it lives in,
// `{qualname}-{token}-{org}-{campaign}-{project}`, exactly five fields.
import { AlchemiscaleError } from './errors.ts';
import { Scope } from './scope.ts';

const GUFE_KEY = /^[A-Za-z0-9_]+-[A-Za-z0-9_]+$/;

/** True for `{qualname}-{token}` of ASCII letters, digits and underscores: the only gufe keys that can be scoped. */
export function isGufeKey(text: string): boolean {
  return GUFE_KEY.test(text);
}

/** As scoped keys travel in some bodies. */
export interface ScopedKeyDict {
  readonly gufe_key: string;
  readonly org: string;
  readonly campaign: string;
  readonly project: string;
}

/** @example ScopedKey.parse('Task-5f1d2c3b-openff-tyk2-first').qualname // 'Task' */
export class ScopedKey {
  readonly gufeKey: string;
  readonly scope: Scope;
  readonly #text: string;

  /** Throws INVALID_BODY when the gufe key has other characters or the scope is not specific. */
  constructor(gufeKey: string, scope: Scope) {
    this.gufeKey = gufeKey.normalize('NFC');
    this.scope = scope;
    this.#text = `${this.gufeKey}-${scope}`;
    if (!GUFE_KEY.test(this.gufeKey) || !scope.isSpecific) throw invalidScopedKey(this.#text);
  }

  /** Reads the text form. The message of a refusal holds the words that clients of the original match on. */
  static parse(text: string): ScopedKey {
    const fields = text.split('-');
    if (fields.length !== 5) throw invalidScopedKey(text);
    const [qualname, token, org, campaign, project] = fields as [string, string, string, string, string];
    try {
      return new ScopedKey(`${qualname}-${token}`, new Scope({ org, campaign, project }));
    } catch (cause) {
      throw invalidScopedKey(text, cause);
    }
  }

  static fromDict(dict: ScopedKeyDict): ScopedKey {
    return ScopedKey.parse(`${dict.gufe_key}-${dict.org}-${dict.campaign}-${dict.project}`);
  }

  /** The class name that the key begins with: `Task`, `AlchemicalNetwork`, … */
  get qualname(): string {
    return this.gufeKey.slice(0, this.gufeKey.indexOf('-'));
  }

  /** The part of the gufe key after the class name. */
  get token(): string {
    return this.gufeKey.slice(this.gufeKey.indexOf('-') + 1);
  }

  equals(other: ScopedKey): boolean {
    return this.#text === other.toString();
  }

  toDict(): ScopedKeyDict {
    const { org, campaign, project } = this.scope;
    return { gufe_key: this.gufeKey, org: org ?? '', campaign: campaign ?? '', project: project ?? '' };
  }

  toString(): string {
    return this.#text;
  }

  toJSON(): string {
    return this.#text;
  }
}

function invalidScopedKey(text: string, cause?: unknown): AlchemiscaleError {
  return new AlchemiscaleError('INVALID_BODY', `input does not appear to be a \`ScopedKey\`: '${text}'`, {
    facts: { key: text },
    cause,
  });
}
