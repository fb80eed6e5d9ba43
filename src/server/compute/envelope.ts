// The JSON around a pushed result: `{"protocoldagresult": {…, "latin-1": "<bytes>"}, "compute_service_id": "<id>"}`, its
// members in any order, read as it arrives.
import { AlchemiscaleError } from '../../domain/errors.ts';
import { JsonError } from '../../lib/json-error.ts';
import { type JsonKind, type JsonPath, JsonPush, type JsonTake } from '../../lib/json-push.ts';
import { InvalidInput } from '../errors.ts';

const MAX_SERVICE_CHARACTERS = 256;
/** What Python clients write when they have no id. */
const NO_SERVICE = 'None';

/** Feed it with `write` and `take` the bytes of the result as they gather; `end` gives the service's id. */
export class ResultEnvelope {
  readonly #push = new JsonPush({
    begin: (path, kind) => this.#begin(path, kind),
    text: (_, text) => this.#takeService(text),
    latin1: bytes => {
      this.#parts.push(bytes);
      this.#bytes += bytes.length;
    },
  });
  #parts: Uint8Array[] = [];
  #bytes = 0;
  #found = false;
  #service: string | null = null;

  /** Says how many bytes can be taken. */
  write(piece: Uint8Array): number {
    explained(() => this.#push.write(piece));
    return this.#bytes;
  }

  /** The bytes since the last time. */
  take(): Uint8Array {
    const bytes = Buffer.concat(this.#parts, this.#bytes);
    this.#parts = [];
    this.#bytes = 0;
    return bytes;
  }

  /** Throws INVALID_BODY when the text is not whole or holds no result. */
  end(): string | null {
    explained(() => this.#push.end());
    if (!this.#found) throw wrong('protocoldagresult', 'missing', 'Field required');
    return this.#service;
  }

  #begin(path: JsonPath, kind: JsonKind): JsonTake {
    const place = path.join('/');
    if (place === '' && path.length === 0) {
      if (kind !== 'object') throw new AlchemiscaleError('INVALID_BODY', 'The body is not a JSON object');
      return 'enter';
    }
    if (place === 'protocoldagresult') {
      if (kind !== 'object')
        throw wrong('protocoldagresult', 'dict_type', 'Input should be a valid dictionary');
      return 'enter';
    }
    if (place === 'protocoldagresult/latin-1') {
      if (kind !== 'string') throw wrong('latin-1', 'string_type', 'Input should be a valid string');
      // What came first has been passed on and cannot be taken back.
      if (this.#found) throw wrong('latin-1', 'value_error', 'Given twice');
      this.#found = true;
      return 'latin1';
    }
    return place === 'compute_service_id' ? 'text' : 'skip';
  }

  #takeService(json: string): void {
    const id: unknown = json.startsWith('"') || json === 'null' ? JSON.parse(json) : undefined;
    if (id === undefined || (typeof id === 'string' && id.length > MAX_SERVICE_CHARACTERS)) {
      throw wrong('compute_service_id', 'string_type', 'Input should be a valid string');
    }
    this.#service = typeof id === 'string' && id !== NO_SERVICE ? id : null;
  }
}

function explained(work: () => void): void {
  try {
    work();
  } catch (cause) {
    if (!(cause instanceof JsonError)) throw cause;
    throw new AlchemiscaleError('INVALID_BODY', `The body is not JSON: ${cause.message}`, { cause });
  }
}

function wrong(name: string, type: string, msg: string): InvalidInput {
  return new InvalidInput([{ type, loc: ['body', name], msg, input: null }]);
}
