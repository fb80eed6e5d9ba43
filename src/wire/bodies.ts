// The shapes that several routes share.
import { Type } from 'typebox';

/** The longest list of keys one request may carry. */
export const MAX_KEYS = 100_000;

/** A scoped key as text. Its form is checked where it is parsed, so that the refusal has the words clients match on. */
export const KeyText = Type.String({
  maxLength: 512,
  examples: ['Task-5f1d2c3b4a596877-org-campaign-project'],
});

/** A scoped key as an object. */
export const KeyDict = Type.Object({
  gufe_key: Type.String({ maxLength: 512 }),
  org: Type.String({ maxLength: 128 }),
  campaign: Type.String({ maxLength: 128 }),
  project: Type.String({ maxLength: 128 }),
});

export const KeyTexts = Type.Array(KeyText, { maxItems: MAX_KEYS });
export const KeyDicts = Type.Array(KeyDict, { maxItems: MAX_KEYS });
export const KeyTextOrNull = Type.Union([KeyText, Type.Null()]);
export const KeyTextsOrNull = Type.Array(KeyTextOrNull, { maxItems: MAX_KEYS });

const ScopePart = Type.Union([Type.String({ maxLength: 128 }), Type.Null()]);

/** A scope as an object; null is the wildcard. */
export const ScopeBody = Type.Object({ org: ScopePart, campaign: ScopePart, project: ScopePart });

/** A scope asked for by query parameters; an absent part is the wildcard. */
export const ScopeQuery = Type.Object({
  org: Type.Optional(Type.String({ maxLength: 128 })),
  campaign: Type.Optional(Type.String({ maxLength: 128 })),
  project: Type.Optional(Type.String({ maxLength: 128 })),
});

/** A name as a filter. */
export const NameQuery = Type.Object({ name: Type.Optional(Type.String({ maxLength: 1024 })) });

/** A TaskStatus as a filter; an unknown word is refused where it is read, in the original's words. */
export const StatusQuery = Type.Object({ status: Type.Optional(Type.String({ maxLength: 64 })) });

/** How many tasks are in each status; statuses without tasks are absent. */
export const Counts = Type.Record(Type.String(), Type.Integer());

export const Weight = Type.Number();

/** A signed 64-bit integer: numbers above 2^53 arrive as bigint, see the server's body parser. */
export const Priority = Type.Unsafe<bigint | number>({ type: 'integer', description: '1..2^63-1' });

/** A keyed chain: pairs of gufe key and keyed dict, dependencies first, root last. */
export const KeyedChain = Type.Array(Type.Unknown(), { description: 'gufe keyed chain, root last' });

/** Bytes as JSON text. */
export const Latin1Text = Type.String({ description: 'bytes, one code point (0..255) each' });

/** The largest number of tasks one request may create or claim. */
export const MAX_COUNT = 100_000;
export const Count = Type.Integer({ minimum: 0, maximum: MAX_COUNT });
