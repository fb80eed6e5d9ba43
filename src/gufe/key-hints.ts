// Why a stated key may not be the one that gufe gives today: what is known to have changed between generations of gufe,
// numpy, Python and openfe, each as a change to the dict. The first change that leads to the stated key is the reason.
import { isJsonObject, type JsonObject, type JsonValue } from '../lib/json-value.ts';

/** A change, and what it means if it explains a key. Null when the dict has nothing to change. */
export interface KeyHint {
  readonly text: string;
  readonly change: (dict: JsonObject) => JsonObject | null;
}

/** Classes that were moved to another module: the old place, the new one. */
const MOVED: readonly (readonly [qualname: string, from: string, to: string])[] = [
  [
    'RelativeHybridTopologyProtocol',
    'openfe.protocols.openmm_rfe.equil_rfe_methods',
    'openfe.protocols.openmm_rfe.hybridtop_protocols',
  ],
];

/** The dict with the module in which the class is defined today. */
export function movedToday(dict: JsonObject): JsonObject {
  const move = MOVED.find(([qualname, from]) => isOf(dict, qualname, from));
  return move === undefined ? dict : new Map<string, JsonValue>([...dict, ['__module__', move[2]]]);
}

export const KEY_HINTS: readonly KeyHint[] = [
  {
    text: 'made by gufe before 1.12, whose transformations had no metadata; gufe of today gives another key',
    change: dict => (isEmptyDict(dict.get('metadata')) ? without(dict, 'metadata') : null),
  },
  {
    text: 'made by a gufe that did not keep PDB residue data of molecules',
    change: dict => (dict.has('residue_info') ? without(dict, 'residue_info') : null),
  },
  {
    text: 'made by gufe before 2025, which did not keep the hybridization of atoms',
    change: withoutHybridization,
  },
  {
    text: 'the class was in another module when the key was made, and its module is part of the key',
    change: dict => {
      const move = MOVED.find(([qualname, , to]) => isOf(dict, qualname, to));
      return move === undefined ? null : new Map<string, JsonValue>([...dict, ['__module__', move[1]]]);
    },
  },
  {
    text: 'made with numpy 1, where the class of a boolean scalar has another name',
    change: dict => withTags(dict, 'numpy', '__class__', 'bool', 'bool_'),
  },
  {
    text: 'made by gufe before 1.12 on Python 3.13, which names another module for paths',
    change: dict => withTags(dict, 'pathlib', '__module__', 'pathlib', 'pathlib._local'),
  },
];

/** When no change explains it. */
export const NO_HINT =
  'the content has changed since the key was made, or another version of gufe (or of the settings it holds) made it';

function isOf(dict: JsonObject, qualname: string, module: string): boolean {
  return dict.get('__qualname__') === qualname && dict.get('__module__') === module;
}

function isEmptyDict(value: JsonValue | undefined): boolean {
  return isJsonObject(value) && value.size === 0;
}

function without(dict: JsonObject, name: string): JsonObject {
  const rest = new Map(dict);
  rest.delete(name);
  return rest;
}

function withoutHybridization(dict: JsonObject): JsonObject | null {
  const atoms = dict.get('atoms');
  if (dict.get('__qualname__') !== 'SmallMoleculeComponent' || !Array.isArray(atoms)) return null;
  const shorter = (atoms as readonly JsonValue[]).map(atom =>
    Array.isArray(atom) ? atom.slice(0, 7) : atom,
  );
  return new Map<string, JsonValue>([...dict, ['atoms', shorter]]);
}

/** In all values of a Python type of that module: one entry replaced. Null when there is none. */
function withTags(
  dict: JsonObject,
  module: string,
  name: string,
  from: string,
  to: string,
): JsonObject | null {
  let count = 0;
  const changed = (value: JsonValue): JsonValue => {
    if (Array.isArray(value)) return (value as readonly JsonValue[]).map(changed);
    if (!isJsonObject(value)) return value;
    const isTag =
      value.get(':is_custom:') === true && value.get('__module__') === module && value.get(name) === from;
    if (isTag) count++;
    return new Map([...value].map(([key, member]) => [key, isTag && key === name ? to : changed(member)]));
  };
  const result = changed(dict) as JsonObject;
  return count === 0 ? null : result;
}
