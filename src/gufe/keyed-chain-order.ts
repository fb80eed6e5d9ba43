// A keyed chain lists every object once, what it refers to before it, the root last. gufe's own order is reproduced, so
// that the same network gives the same bytes.
import { IntKeyedDict } from './int-keyed-dict.ts';
import { type GufeDict, type GufeObject, type GufeValue, isGufeDict, isTokenizable } from './values.ts';

/** The gufe objects directly inside a value, in order, repeats included. Dicts and lists are searched at any depth. */
export function collectReferences(value: GufeValue | GufeDict, found: GufeObject[] = []): GufeObject[] {
  if (isTokenizable(value)) found.push(value);
  else if (Array.isArray(value)) for (const element of value) collectReferences(element, found);
  else if (isGufeDict(value)) for (const member of value.values()) collectReferences(member, found);
  else if (value instanceof IntKeyedDict)
    for (const member of value.entries.values()) collectReferences(member, found);
  return found;
}

interface Node {
  readonly object: GufeObject;
  /** What it refers to, each once, in order. */
  readonly references: Set<string>;
  /** How many objects that are not yet placed refer to it. */
  waitingFor: number;
}

/**
 * The objects reachable from `root`, in gufe's order: the graph of references in topological generations (an object's
 * generation follows that of the last object that refers to it), concatenated and reversed.
 */
export function chainOrder(root: GufeObject): GufeObject[] {
  const nodes = collectNodes(root);
  for (const node of nodes.values()) {
    for (const key of node.references) nodeOf(nodes, key).waitingFor++;
  }
  const order: GufeObject[] = [];
  let generation = [...nodes.values()].filter(node => node.waitingFor === 0);
  while (generation.length > 0) {
    const next: Node[] = [];
    for (const node of generation) {
      order.push(node.object);
      for (const key of node.references) {
        const referred = nodeOf(nodes, key);
        referred.waitingFor--;
        if (referred.waitingFor === 0) next.push(referred);
      }
    }
    generation = next;
  }
  return order.reverse();
}

/** Depth first; an object's references get their place as soon as it is visited, before any of them is. */
function collectNodes(root: GufeObject): Map<string, Node> {
  const nodes = new Map<string, Node>();
  const visited = new Set<string>();
  const place = (object: GufeObject): Node => {
    const known = nodes.get(object.key);
    if (known !== undefined) return known;
    const node = { object, references: new Set<string>(), waitingFor: 0 };
    nodes.set(object.key, node);
    return node;
  };
  const visit = (object: GufeObject): Iterator<GufeObject> => {
    visited.add(object.key);
    const node = place(object);
    const references = object.references();
    for (const reference of references) {
      place(reference);
      node.references.add(reference.key);
    }
    return references.values();
  };
  // A stack of what is left to visit, not recursion: chains of units can be long.
  const stack: Iterator<GufeObject>[] = [[root].values()];
  for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
    const next = top.next();
    if (next.done) stack.pop();
    else if (!visited.has(next.value.key)) stack.push(visit(next.value));
  }
  return nodes;
}

function nodeOf(nodes: ReadonlyMap<string, Node>, key: string): Node {
  return nodes.get(key) as Node;
}
