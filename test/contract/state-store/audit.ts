// The whole store, page by page.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Key, Page, ResultRef, StateStore } from '../../../src/store/state-store.ts';
import { describeStore, type OpenStore } from './world.ts';

async function* pagesOf(store: StateStore, limit: number): AsyncGenerator<Page<ResultRef>> {
  for (let after: string | null = null; ; ) {
    const page: Page<ResultRef> = await store.audit.listResults({ after, limit });
    yield page;
    if (page.next === null) return;
    after = page.next;
  }
}

export function auditContract(open: OpenStore): void {
  describeStore('audit', open, world => {
    test('every result is on one page, whatever the size of pages', async () => {
      const { store } = world();
      const pushed = new Set<Key>();
      for (const [place, scope] of [world().scope(), world().scope()].entries()) {
        const network = await world().network(['ProtocolA'], scope);
        for (const task of await world().actioned(network, 3)) {
          const service = await world().claimOnly(task);
          pushed.add((await world().push(task, place === 0, service))?.ref ?? '');
        }
      }
      for (const limit of [1, 2, 6, 100]) {
        const seen: ResultRef[] = [];
        for await (const { items } of pagesOf(store, limit)) {
          assert.ok(items.length <= limit);
          seen.push(...items);
        }
        assert.deepEqual(seen.map(({ ref }) => ref).sort(), [...pushed].sort());
        for (const ref of seen) assert.deepEqual(ref, await store.results.get({ ref: ref.ref }));
      }
    });

    test('texts are as they came, where checksums are kept', async () => {
      const { store } = world();
      await world().network(['ProtocolA', 'ProtocolB']);
      const checked: number[] = [];
      for (let after: string | null = null; ; ) {
        const page = await store.audit.checkTexts({ after, limit: 2 });
        assert.deepEqual(page.damaged, []);
        checked.push(page.checked);
        after = page.next;
        if (after === null) break;
      }
      const sum = checked.reduce((a, b) => a + b, 0);
      assert.ok(store.capabilities.keepsBytes ? sum > 4 : sum === 0);
      assert.deepEqual(await store.audit.checkFiles(), []);
    });
  });
}
