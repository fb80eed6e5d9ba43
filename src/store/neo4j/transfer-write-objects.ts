// Objects from transfer records into the graph. They come dependencies first. A network refers to more objects than one transaction can
// hold, so it is built up unseen, as when it is submitted.
import { readStoredObject } from '../../domain/stored-object.ts';
import type { ObjectRecord } from '../slices/transfer.ts';
import type { Database } from './database.ts';
import { specificScopeOf } from './keys.ts';
import { type Draft, draftOf, retryOverlaps, writeObjects } from './object-write.ts';
import { publishRoot, stageRoot } from './root-write.ts';

/** More relationships than this are built up piece by piece. */
const MANY_LINKS = 5000;

/** Writes objects of any scopes; what is there already is left. Throws INVALID_BODY where the graph cannot hold one. */
export async function writeObjectRecords(
  database: Database,
  records: readonly ObjectRecord[],
): Promise<void> {
  const byScope = Map.groupBy(records, ({ key }) => JSON.stringify(specificScopeOf(key)));
  for (const group of byScope.values()) {
    const objects = group.map(({ key, bytes }) => {
      const gufeKey = key.slice(0, key.indexOf('-', key.indexOf('-') + 1));
      return { ...readStoredObject(gufeKey, bytes), depth: 0 };
    });
    const draft = await draftOf(objects, specificScopeOf(group[0]?.key ?? ''));
    const isLarge = ({ links }: Draft['forms'][number]): boolean => links.length > MANY_LINKS;
    const forms = draft.forms.filter(form => !isLarge(form));
    await retryOverlaps(database, tx => writeObjects(tx, { ...draft, forms }));
    for (const form of draft.forms.filter(isLarge)) {
      const root = { ...draft, forms: [form] };
      await stageRoot(database, root);
      await retryOverlaps(database, tx => publishRoot(tx, root));
    }
  }
}
