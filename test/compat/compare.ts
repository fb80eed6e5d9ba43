// Whether two answers say the same. Lists whose order the original leaves open are compared as sets; keyed chains as the objects
// they hold (the original drops members that are null or empty and orders chains in its own way); all else literally.

/** Routes that answer with a list in no particular order. */
const UNORDERED: readonly RegExp[] = [
  /^\/networks$/,
  /^\/networks\/[^/]+\/(transformations|chemicalsystems|tasks)$/,
  /^\/transformations\/[^/]+\/(networks|tasks|results|failures)$/,
  /^\/chemicalsystems\/[^/]+\/(networks|transformations)$/,
  /^\/tasks\/[^/]+\/(networks|results|failures)$/,
  /^\/networks\/[^/]+\/tasks\/actioned$/,
  /^\/tasks\/[^/]+\/networks\/actioned$/,
  /^\/bulk\/networks\/tasks\/actioned$/,
  /^\/bulk\/networks\/restartpatterns\/get$/,
  /^\/computemanager\/[^/]+\/instruction$/,
];

/** Lists that are ordered by key. The keys of tasks are random, so that a recorded order says nothing. */
const ORDERED_BY_KEY = /^\/tasks$/;

/** Routes that answer with a keyed chain, or with one inside a list. */
const CHAINS: readonly RegExp[] = [
  /^\/(networks|transformations|chemicalsystems)\/[^/]+$/,
  /^\/networks\/[^/]+\/strategy$/,
  /^\/tasks\/[^/]+\/transformation\/gufe$/,
];

export function sameBody(path: string, method: string, recorded: string, ours: string): boolean {
  if (recorded === ours) return true;
  const [theirs, mine] = [parse(recorded), parse(ours)];
  if (theirs === undefined || mine === undefined) return false;
  if (method === 'GET' && CHAINS.some(route => route.test(path))) {
    return canonical(chainsAsObjects(theirs)) === canonical(chainsAsObjects(mine));
  }
  if (ORDERED_BY_KEY.test(path)) return canonical(sorted(theirs)) === canonical(mine);
  if (UNORDERED.some(route => route.test(path))) return canonical(sorted(theirs)) === canonical(sorted(mine));
  return canonical(theirs) === canonical(mine);
}

/** Numbers keep their spelling: each is replaced by a tagged string before parsing. */
function parse(text: string): unknown {
  const marked = text.replace(
    /"(?:[^"\\]|\\.)*"|-?(?:NaN|Infinity|\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)/g,
    token => (token.startsWith('"') ? token : JSON.stringify(`number:${token}`)),
  );
  try {
    return JSON.parse(marked);
  } catch {
    return undefined;
  }
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_, member) =>
    typeof member === 'object' && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  );
}

/** Lists of keys, and of pairs of a text and a number, in order; other lists are aligned with what was asked and stay as they are. */
function sorted(value: unknown): unknown {
  if (!Array.isArray(value)) {
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, sorted(member)]));
  }
  const isSet = value.every(element => typeof element === 'string' || isPair(element));
  return isSet ? value.toSorted((a, b) => (canonical(a) < canonical(b) ? -1 : 1)) : value.map(sorted);
}

function isPair(value: unknown): boolean {
  return Array.isArray(value) && value.length === 2 && /^number:/.test(String(value[1]));
}

/** `[[key, dict], …]` becomes `{key: dict without null and empty members}`. */
function chainsAsObjects(value: unknown): unknown {
  if (!Array.isArray(value)) return value;
  const isChain = value.length > 0 && value.every(pair => Array.isArray(pair) && typeof pair[0] === 'string');
  if (!isChain) return value.map(chainsAsObjects);
  return Object.fromEntries(value.map(([key, dict]) => [key, withoutEmpty(dict)]));
}

function withoutEmpty(dict: unknown): unknown {
  if (typeof dict !== 'object' || dict === null || Array.isArray(dict)) return dict;
  return Object.fromEntries(
    Object.entries(dict).filter(
      ([, member]) =>
        member !== null && !(typeof member === 'object' && Object.keys(member ?? {}).length === 0),
    ),
  );
}
