// A Scope says whose an object is: org, campaign, project. A wildcard (`*`, held as null) may only be followed by
// wildcards, so there are four kinds: `*-*-*`, `a-*-*`, `a-b-*`, `a-b-c`. Equality and order are those of the text.
import { AlchemiscaleError } from './errors.ts';

const PART = /^[a-zA-Z][a-zA-Z0-9_]*$/;

/** As scopes travel in bodies: null is the wildcard. */
export interface ScopeDict {
  readonly org: string | null;
  readonly campaign: string | null;
  readonly project: string | null;
}

/** @example Scope.parse('openff-tyk2-*').covers(Scope.parse('openff-tyk2-first')) // true */
export class Scope implements ScopeDict {
  readonly org: string | null;
  readonly campaign: string | null;
  readonly project: string | null;

  /** Throws INVALID_BODY when a part has other characters or stands right of a wildcard. `'*'` is read as null. */
  constructor(parts: Partial<ScopeDict> = {}) {
    const [org, campaign, project] = [parts.org, parts.campaign, parts.project].map(checkedPart);
    this.org = org ?? null;
    this.campaign = campaign ?? null;
    this.project = project ?? null;
    if ((this.org === null && this.campaign !== null) || (this.campaign === null && this.project !== null)) {
      throw invalidScope(`${this.toString()}: a part may be given only if every part to its left is`);
    }
  }

  /** Reads `org-campaign-project`. */
  static parse(text: string): Scope {
    const parts = text.split('-');
    if (parts.length !== 3) throw invalidScope(`'${text}': a scope is written org-campaign-project`);
    const [org, campaign, project] = parts as [string, string, string];
    return new Scope({ org, campaign, project });
  }

  static readonly ALL: Scope = new Scope();

  /** True when no part is a wildcard: only such scopes can own objects. */
  get isSpecific(): boolean {
    return this.project !== null;
  }

  /** True when everything in `other` is also in this scope. A wildcard is covered only by a wildcard. */
  covers(other: ScopeDict): boolean {
    return (
      (this.org === null || this.org === other.org) &&
      (this.campaign === null || this.campaign === other.campaign) &&
      (this.project === null || this.project === other.project)
    );
  }

  equals(other: Scope): boolean {
    return this.toString() === other.toString();
  }

  toDict(): ScopeDict {
    return { org: this.org, campaign: this.campaign, project: this.project };
  }

  toString(): string {
    return `${this.org ?? '*'}-${this.campaign ?? '*'}-${this.project ?? '*'}`;
  }

  toJSON(): string {
    return this.toString();
  }
}

/** The smallest set of scopes that covers the same as `scopes`, ordered by text (`*` sorts before letters). */
export function reduceScopes(scopes: readonly Scope[]): readonly Scope[] {
  const kept = new Map<string, Scope>();
  // Wider ones come first, and only four can cover a scope: requests list ten thousand, too many to compare in pairs.
  for (const scope of [...scopes].sort(byText)) {
    const [org, campaign] = [scope.org ?? '*', scope.campaign ?? '*'];
    const covering = ['*-*-*', `${org}-*-*`, `${org}-${campaign}-*`, scope.toString()];
    if (!covering.some(text => kept.has(text))) kept.set(scope.toString(), scope);
  }
  return [...kept.values()];
}

/**
 * What a query for `asked` may look at, given the scopes of a token: `asked` itself when one of them covers it,
 * else those of them that `asked` covers. Possibly none, which is an empty answer and no error.
 */
export function intersectScopes(asked: Scope, granted: readonly Scope[]): readonly Scope[] {
  if (granted.some(scope => scope.covers(asked))) return [asked];
  return reduceScopes(granted.filter(scope => asked.covers(scope)));
}

function byText(a: Scope, b: Scope): number {
  const [x, y] = [a.toString(), b.toString()];
  return x < y ? -1 : x > y ? 1 : 0;
}

function checkedPart(part: string | null | undefined): string | null {
  if (part === null || part === undefined || part === '*') return null;
  if (!PART.test(part)) {
    throw invalidScope(`'${part}': a part is '*' or a letter followed by letters, digits and underscores`);
  }
  return part;
}

function invalidScope(why: string): AlchemiscaleError {
  return new AlchemiscaleError('INVALID_BODY', `Invalid scope ${why}`);
}
