// All rules over a history: a sentence for each that it breaks, beginning with the number of the invariant
// (docs/reference/invariants.md), or with how the call that it is about was answered.
import { type ClaimSettings, claimRules } from './claim-rules.ts';
import type { AnyCall, Remains } from './history.ts';
import { storeRules } from './store-rules.ts';
import { tellStory } from './story.ts';

/** A pure function of what was done and what is left. */
export function checkHistory(
  calls: readonly AnyCall[],
  remains: Remains,
  settings: ClaimSettings,
): readonly string[] {
  const story = tellStory(calls, remains);
  return [...claimRules(story, settings), ...storeRules(story)];
}
