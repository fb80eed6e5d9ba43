// A keyed chain as one nested dict, in which every reference is replaced by the object it means: what clients before 0.8
// read a transformation from. Done on the text, so that numbers keep their spelling.
import { AlchemiscaleError } from '../../domain/errors.ts';
import { keyedChainEntries } from '../../lib/json-scan.ts';

/**
 * Shared objects are repeated, so a hostile chain of a few lines could become a text of any size, and one of many lines as
 * many texts. Counted over all objects of a chain: each is made before it is known which are needed.
 */
const MAX_CHARACTERS = 128 * 1024 * 1024;

/** An unescaped quote after `{` cannot be inside a string, so whatever matches is a reference. */
const REFERENCE = /\{\s*":gufe-key:"\s*:\s*"([^"\\]*)"\s*\}/g;

/** The JSON text of the root's full dict. */
export function fullDictText(chain: Uint8Array): string {
  const decoder = new TextDecoder();
  const texts = new Map<string, string>();
  let root = 'null';
  let size = 0;
  for (const { key, bytes } of keyedChainEntries(chain)) {
    size += bytes.length;
    root = decoder.decode(bytes).replace(REFERENCE, (stub, referred: string) => {
      const text = texts.get(referred) ?? stub;
      size += text.length;
      if (size > MAX_CHARACTERS) throw tooLarge(key);
      return text;
    });
    texts.set(key, root);
  }
  return root;
}

function tooLarge(key: string): AlchemiscaleError {
  return new AlchemiscaleError(
    'BODY_TOO_LARGE',
    `'${key}' and what it refers to, as nested dicts, are over ${MAX_CHARACTERS} characters: use a client that reads keyed chains (0.8 or newer)`,
    { facts: { key } },
  );
}
