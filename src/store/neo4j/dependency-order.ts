// The order of a keyed chain as the original reads it from the graph: of the objects whose dependencies have all been placed
// the one with the smallest gufe key comes next, so that the root comes last.

/** The keys in order; `children` are what each depends on, without repeats. Throws when they go in a circle. */
export function dependenciesFirst(children: ReadonlyMap<string, readonly string[]>): readonly string[] {
  const parents = new Map<string, string[]>([...children.keys()].map(key => [key, []]));
  const waitsFor = new Map<string, number>();
  for (const [key, targets] of children) {
    waitsFor.set(key, targets.length);
    for (const target of targets) parents.get(target)?.push(key);
  }
  const ready = new Heap();
  for (const [key, count] of waitsFor) if (count === 0) ready.push(key);
  const order: string[] = [];
  for (let key = ready.pop(); key !== undefined; key = ready.pop()) {
    order.push(key);
    for (const parent of parents.get(key) ?? []) {
      const left = (waitsFor.get(parent) ?? 0) - 1;
      waitsFor.set(parent, left);
      if (left === 0) ready.push(parent);
    }
  }
  if (order.length !== children.size)
    throw new Error('objects of the graph depend on each other in a circle');
  return order;
}

/** Texts, the smallest first. */
class Heap {
  readonly #items: string[] = [];

  push(item: string): void {
    const items = this.#items;
    let at = items.length;
    while (at > 0) {
      const up = (at - 1) >> 1;
      const parent = items[up] as string;
      if (parent <= item) break;
      items[at] = parent;
      at = up;
    }
    items[at] = item;
  }

  pop(): string | undefined {
    const items = this.#items;
    const [top] = items;
    const last = items.pop();
    if (items.length === 0 || last === undefined) return top;
    let at = 0;
    for (;;) {
      let down = 2 * at + 1;
      if (down >= items.length) break;
      if (down + 1 < items.length && (items[down + 1] as string) < (items[down] as string)) down++;
      const child = items[down] as string;
      if (last <= child) break;
      items[at] = child;
      at = down;
    }
    items[at] = last;
    return top;
  }
}
