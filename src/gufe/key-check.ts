// Whether the keys that a keyed chain states are those that gufe gives its objects, pair by pair: nothing is kept but the
// keys. gufe itself never asks; it takes stated keys for names of references and computes keys anew.
import type { KeyedChainEntry } from '../lib/json-scan.ts';
import { isJsonObject, type JsonObject, type JsonValue, type ParseJsonOptions } from '../lib/json-value.ts';
import { md5Hex } from '../lib/md5.ts';
import { GufeError } from './error.ts';
import { withMembers } from './json-members.ts';
import { KEY_HINTS, NO_HINT } from './key-hints.ts';
import { asIntKeyed, asReadToday, type KeyRule, keyByRule } from './key-rule.ts';
import { GUFE_REGISTRY, parseEntry } from './keyed-chain.ts';
import { strangeness } from './object-builder.ts';
import { RESERVED } from './opaque.ts';
import type { Registry } from './registry.ts';
import { canonicalText } from './tokenize.ts';
import { valuesToday } from './values-today.ts';

/** What is found about one pair. */
export interface KeyCheck {
  /** As stated. */
  readonly key: string;
  /** The key that gufe of today gives the object when it reads it; null when that cannot be known. */
  readonly recomputed: string | null;
  /**
   * Whether they are the same; null when the class's defaults are not known and the content does not prove the key, and
   * for an object that a newer gufe has written.
   */
  readonly ok: boolean | null;
  /** Of a mismatch: the likely reason; of an object of a newer gufe: what is new. */
  readonly hint: string | null;
}

/** What is known of classes. */
export interface KeyCheckOptions {
  /** Classes with their rules; gufe's own if left out. */
  readonly registry?: Registry;
  /** Rules of classes that are not in the registry. */
  readonly rules?: (qualname: string, module: string) => KeyRule | null;
  /** An object of more values than this, at all depths, is refused; ten million if left out. */
  readonly maxValues?: number;
}

const REFERS = 'it refers to objects whose keys differ';

const SPELLED = 'gufe of today writes a value in it in another way';
const IMPOSSIBLE = 'gufe can make no object of these entries';
const UNREADABLE = 'it has a value that gufe cannot read, or that is not known here';

const RULES_OF_NOTHING = (): null => null;

/** Checks the pairs of one chain, in order. */
export class KeyChecker {
  readonly #registry: Registry;
  readonly #rules: (qualname: string, module: string) => KeyRule | null;
  readonly #limits: ParseJsonOptions;
  readonly #seen = new Set<string>();
  /** Keys of today where they differ: what refers to such an object has another key as well. */
  readonly #changed = new Map<string, string>();

  constructor(options: KeyCheckOptions = {}) {
    this.#registry = options.registry ?? GUFE_REGISTRY;
    this.#rules = options.rules ?? RULES_OF_NOTHING;
    this.#limits = options.maxValues === undefined ? {} : { maxValues: options.maxValues };
  }

  /** Throws GufeError for a dict that names no class or refers to what does not come before it. */
  check({ key, bytes, offset }: KeyedChainEntry): KeyCheck {
    const dict = parseEntry({ key, text: bytes, offset }, this.#limits);
    const [qualname, module] = [dict.get('__qualname__'), dict.get('__module__')];
    if (typeof qualname !== 'string' || typeof module !== 'string') {
      const message = `${key}, at byte ${offset}: '__qualname__' and '__module__' must name the class`;
      throw new GufeError(message, { offset });
    }
    const spelled = valuesToday(dict);
    const today = this.#withKeysOfToday(spelled ?? dict, missing => {
      const message = `${key}, at byte ${offset}: refers to ${missing}, which does not come before it`;
      throw new GufeError(message, { offset });
    });
    const found = this.#found({ key, qualname, module, dict, spelled, today });
    // gufe takes the first object of a key and passes over later ones.
    const isFirst = !this.#seen.has(key);
    this.#seen.add(key);
    if (isFirst && found.recomputed !== null && found.recomputed !== key) {
      this.#changed.set(key, found.recomputed);
    }
    return found;
  }

  #found(pair: Pair): KeyCheck {
    const { key, qualname, module, dict } = pair;
    const known = this.#registry.find(qualname, module);
    if (known === null) {
      const rule = this.#rules(qualname, module) ?? (isUnit(dict) ? STORED : null);
      return rule === null ? checkUnknown(pair) : checkKnown(pair, rule);
    }
    const strange = strangeness(known, dict);
    if (strange === null) return checkKnown(pair, known.keyRule ?? {});
    return { key, recomputed: null, ok: null, hint: `${strange}: a newer gufe made it` };
  }

  /** The dict with references to objects as they are called today; itself where nothing differs. */
  #withKeysOfToday(dict: JsonObject, onMissing: (key: string) => never): JsonObject {
    const renamed = (value: JsonValue): JsonValue => {
      const reference = isJsonObject(value) && value.size === 1 ? value.get(':gufe-key:') : undefined;
      if (typeof reference === 'string') {
        if (!this.#seen.has(reference)) onMissing(reference);
        const today = this.#changed.get(reference);
        return today === undefined ? value : new Map([[':gufe-key:', today]]);
      }
      return withMembers(value, renamed);
    };
    return renamed(dict) as JsonObject;
  }
}

interface Pair {
  readonly key: string;
  readonly qualname: string;
  readonly module: string;
  /** As stated; with values as gufe of today spells them, null if not all are known; and with its references' keys of today. */
  readonly dict: JsonObject;
  readonly spelled: JsonObject | null;
  readonly today: JsonObject;
}

const STORED: KeyRule = { stored: true };

/** Whether a dict of an unknown class has the entries of a unit, which are the same for all of them. */
function isUnit(dict: JsonObject): boolean {
  const names = [...dict.keys()].filter(name => !RESERVED.has(name));
  return names.length === 3 && ['inputs', 'name', '_key'].every(name => dict.has(name));
}

function checkKnown({ key, qualname, dict, spelled, today }: Pair, rule: KeyRule): KeyCheck {
  if (spelled === null && rule.stored !== true) return { key, recomputed: null, ok: null, hint: UNREADABLE };
  const asRead = asReadToday(rule, today);
  if (asRead === null) return { key, recomputed: null, ok: false, hint: IMPOSSIBLE };
  const recomputed = keyByRule(qualname, asRead, rule);
  if (recomputed === null) {
    return { key, recomputed, ok: false, hint: 'the dict lacks the entries from which the key is made' };
  }
  if (recomputed === key) return { key, recomputed, ok: true, hint: null };
  return {
    key,
    recomputed,
    ok: false,
    hint: hintFor(key, changed => keyByRule(qualname, changed, rule), {
      dict,
      spelled: spelled ?? dict,
      rule,
    }),
  };
}

function hintFor(
  key: string,
  keyOf: (dict: JsonObject) => string | null,
  {
    dict,
    spelled,
    rule,
  }: { readonly dict: JsonObject; readonly spelled: JsonObject; readonly rule: KeyRule },
): string {
  const asRead = asReadToday(rule, spelled) ?? spelled;
  if (keyOf(asRead) === key) return REFERS;
  for (const { text, change } of KEY_HINTS) {
    const changed = change(asRead);
    if (changed !== null && keyOf(changed) === key) return text;
  }
  if (keyOf(asReadToday(rule, dict) ?? dict) === key) return SPELLED;
  return keyOf(dict) === key ? 'made by an older gufe; gufe of today gives another key' : NO_HINT;
}

/**
 * For a class whose defaults are not known: if the hash of all its entries is the stated key, that proves the key (and that
 * none of the entries was left out as a default). Otherwise nothing can be said.
 */
function checkUnknown({ key, qualname, dict, spelled, today }: Pair): KeyCheck {
  if (!key.startsWith(`${qualname}-`)) {
    return { key, recomputed: null, ok: false, hint: `the key does not begin with the class, ${qualname}` };
  }
  if (!proves(key, qualname, dict)) return { key, recomputed: null, ok: null, hint: null };
  if (proves(key, qualname, today)) return { key, recomputed: key, ok: true, hint: null };
  const hint = proves(key, qualname, spelled ?? dict) ? REFERS : SPELLED;
  return { key, recomputed: keyByRule(qualname, today, {}), ok: false, hint };
}

/** Whether all entries hash to the key, dicts whose names are all integers sorted either way. */
function proves(key: string, qualname: string, dict: JsonObject): boolean {
  const hashed = (value: JsonObject): string => `${qualname}-${md5Hex(canonicalText(value, NO_DEFAULTS))}`;
  return hashed(dict) === key || hashed(withAllIntKeys(dict) as JsonObject) === key;
}

const NO_DEFAULTS: JsonObject = new Map();

function withAllIntKeys(value: JsonValue): JsonValue {
  const inside = withMembers(value, withAllIntKeys);
  return asIntKeyed(inside) ?? inside;
}
