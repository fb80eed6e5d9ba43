// What the server must know about a pushed result, read from its keyed chain as the text arrives.
//
// The chain lists units, unit results and all that they refer to, and last the ProtocolDAGResult:
//
//     [["FooUnit-1", {…}], ["ProtocolUnitFailure-2", {…, "source_key": "FooUnit-1", "traceback": "…"}],
//      ["ProtocolUnitResult-3", {…, "source_key": "FooUnit-1"}], …,
//      ["ProtocolDAGResult-4", {"protocol_units": [stubs], "protocol_unit_results": [stubs], …}]]
//
// The result is ok when each of its units has a unit result that is no ProtocolUnitFailure: failed attempts before a
// successful one do not count. Only keys and tracebacks are kept, so memory does not depend on what was computed.
import { JsonError } from '../lib/json-error.ts';
import { type JsonKind, type JsonPath, JsonPush, type JsonTake } from '../lib/json-push.ts';
import { AlchemiscaleError } from './errors.ts';
import { isGufeKey } from './scoped-key.ts';

/** One attempt at a unit that failed. */
interface FailedUnit {
  readonly traceback: string;
  /** Key of the unit, and of the ProtocolUnitFailure. */
  readonly sourceKey: string;
  readonly failureKey: string;
}

/** A ProtocolDAGResult as the server needs it. */
export interface ReadResult {
  /** Its gufe key. */
  readonly key: string;
  readonly ok: boolean;
  /** In the order of `protocol_unit_results`, which is the order of execution. */
  readonly failures: readonly FailedUnit[];
}

/** The members that matter; those of a unit result at its top, those of the ProtocolDAGResult likewise. */
const WANTED: ReadonlySet<string | number> = new Set([
  '__qualname__',
  'source_key',
  'traceback',
  'protocol_units',
  'protocol_unit_results',
]);

/** A unit's list of results, or a traceback, as JSON. Real ones stay far below. */
const MAX_MEMBER_BYTES = 16 * 1024 * 1024;
/** Of all keys and tracebacks that are kept, so that a hostile chain of tiny results cannot fill the memory either. */
const MAX_KEPT_BYTES = 64 * 1024 * 1024;
/** What keeping one more unit result takes beside its texts. */
const ENTRY_BYTES = 128;

interface UnitResult {
  readonly sourceKey: string;
  /** Null for a success. */
  readonly traceback: string | null;
}

/** Feed it the chain's text with `write`, then take what `end` returns. Throws INVALID_BODY. */
export class ResultReader {
  readonly #push: JsonPush;
  readonly #unitResults = new Map<string, UnitResult>();
  #members: Record<string, string> = {};
  #key = '';
  #root: { readonly key: string; readonly members: Record<string, string> } | null = null;
  #keptBytes = 0;

  constructor() {
    this.#push = new JsonPush(
      {
        begin: (path, kind) => this.#begin(path, kind),
        text: (path, text) => this.#take(path, text),
        end: path => this.#end(path),
      },
      { maxTextBytes: MAX_MEMBER_BYTES },
    );
  }

  write(text: Uint8Array): void {
    explained(() => this.#push.write(text));
  }

  /** No more text comes. */
  end(): ReadResult {
    explained(() => this.#push.end());
    const root = this.#root;
    if (root === null) throw refused('the keyed chain is empty');
    const qualname = text(root.members, '__qualname__');
    if (qualname !== 'ProtocolDAGResult' || !root.key.startsWith('ProtocolDAGResult-')) {
      throw refused(`the last object of the keyed chain is '${root.key}', not a ProtocolDAGResult`);
    }
    const results = keys(root.members, 'protocol_unit_results').map(key => ({
      key,
      ...this.#unitResult(key),
    }));
    const succeeded = new Set(
      results.filter(result => result.traceback === null).map(result => result.sourceKey),
    );
    return {
      key: root.key,
      ok: keys(root.members, 'protocol_units').every(unit => succeeded.has(unit)),
      failures: results.flatMap(({ key, sourceKey, traceback }) =>
        traceback === null ? [] : [{ traceback, sourceKey, failureKey: key }],
      ),
    };
  }

  #unitResult(key: string): UnitResult {
    const result = this.#unitResults.get(key);
    if (result === undefined) throw refused(`the keyed chain holds no unit result '${key}'`);
    return result;
  }

  #begin(path: JsonPath, kind: JsonKind): JsonTake {
    switch (path.length) {
      case 0:
        if (kind !== 'array') throw refused('it is not a keyed chain');
        return 'enter';
      case 1:
        if (kind !== 'array') throw refused(`entry ${path[0]} of the keyed chain is not a [key, dict] pair`);
        [this.#key, this.#members] = ['', {}];
        return 'enter';
      case 2:
        if (kind !== (path[1] === 0 ? 'string' : 'object') || (path[1] as number) > 1) {
          throw refused(`entry ${path[0]} of the keyed chain is not a [key, dict] pair`);
        }
        return path[1] === 0 ? 'text' : 'enter';
      default:
        return WANTED.has(path[2] as string) ? 'text' : 'skip';
    }
  }

  #take(path: JsonPath, json: string): void {
    if (path.length === 3) {
      this.#members[path[2] as string] = json;
      return;
    }
    this.#key = JSON.parse(json) as string;
    if (!isGufeKey(this.#key)) throw refused(`'${this.#key}' is not a gufe key`);
  }

  #end(path: JsonPath): void {
    if (path.length !== 1) return;
    const members = this.#members;
    if (members.__qualname__ === undefined)
      throw refused(`entry ${path[0]} of the keyed chain is no gufe object`);
    this.#root = { key: this.#key, members };
    if (members.source_key === undefined || this.#unitResults.has(this.#key)) return;
    const failed = text(members, '__qualname__') === 'ProtocolUnitFailure';
    const traceback = failed ? text(members, 'traceback') : null;
    const sourceKey = text(members, 'source_key');
    this.#keptBytes += ENTRY_BYTES + this.#key.length + sourceKey.length + (traceback?.length ?? 0);
    if (this.#keptBytes > MAX_KEPT_BYTES) {
      throw new AlchemiscaleError(
        'BODY_TOO_LARGE',
        `The keys and tracebacks of the result are over ${MAX_KEPT_BYTES} bytes`,
      );
    }
    this.#unitResults.set(this.#key, { sourceKey, traceback });
  }
}

function text(members: Readonly<Record<string, string>>, name: string): string {
  const value = readMember(members, name);
  // Without a traceback a failure is still a failure.
  if (name === 'traceback' && value === null) return '';
  if (typeof value !== 'string') throw refused(`\`${name}\` is not a text`);
  return value;
}

/** The keys in a list of stubs, `[{":gufe-key:": "K"}, …]`. */
function keys(members: Readonly<Record<string, string>>, name: string): readonly string[] {
  const stubs = readMember(members, name);
  if (!Array.isArray(stubs)) throw refused(`\`${name}\` is not a list`);
  return stubs.map((stub: unknown) => {
    const key: unknown = Object(stub)[':gufe-key:'];
    if (typeof key !== 'string') throw refused(`\`${name}\` holds something that is not a reference`);
    return key;
  });
}

function readMember(members: Readonly<Record<string, string>>, name: string): unknown {
  try {
    return JSON.parse(members[name] ?? 'null');
  } catch {
    // What the reader has let pass and JSON.parse refuses holds a NaN or an Infinity: neither text nor reference.
    return Number.NaN;
  }
}

function explained(work: () => void): void {
  try {
    work();
  } catch (error) {
    if (error instanceof JsonError) throw refused(`its text is not JSON: ${error.message}`, error);
    throw error;
  }
}

function refused(why: string, cause?: unknown): AlchemiscaleError {
  return new AlchemiscaleError('INVALID_BODY', `Not a readable ProtocolDAGResult: ${why}`, { cause });
}
