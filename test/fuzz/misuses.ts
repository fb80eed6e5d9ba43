// Bodies of the right shape that mean nothing, or half of which does: what handlers refuse, and must refuse before they
// change anything.
import { SCOPE } from '../server/setup.ts';
import { FOREIGN_SCOPE } from './values.ts';

type Members = Readonly<Record<string, unknown>>;

/** Members to put in the place of those of the right body, or whole bodies where it is no object. */
const MISUSES: Readonly<Record<string, readonly unknown[]>> = {
  createNetwork: [
    { state: 'nonsense' },
    { scope: { org: 'org_one', campaign: 'campaign_a', project: null } },
    { scope: scopeOf(FOREIGN_SCOPE) },
    { network: [] },
    { network: [['AlchemicalNetwork-1', { __qualname__: 'AlchemicalNetwork' }]] },
  ],
  setNetworksState: [{ states: ['nonsense'] }, { states: [] }, { states: ['deleted', 'deleted'] }],
  createTasks: [
    { count: -1 },
    { count: 1e9 },
    { extends: keyOf('AlchemicalNetwork-1') },
    { extends: keyOf('Task-1') },
  ],
  createTransformationsTasks: [
    { extends: [null, null] },
    { extends: [`Task-1-${SCOPE}`] },
    { extends: ['x'] },
    { transformations: [`Task-1-${SCOPE}`] },
    { transformations: [`Transformation-1-${SCOPE}`] },
  ],
  setTaskStatus: ['running', 'complete', 'error', 'nonsense', ''],
  setTasksStatus: [{ status: 'running' }, { status: 'complete' }, { status: 'nonsense' }],
  setTasksPriority: [{ priority: 0 }, { priority: -1 }, { priority: 2 ** 63 }],
  actionTasks: [{ weight: 2 }, { weight: -0.1 }, { weight: [2] }, { weight: [0.5, 0.5] }, { weight: [] }],
  setNetworkWeight: [2, -1],
  setNetworksWeight: [{ weights: [2] }, { weights: [-1] }, { weights: [0.1, 0.2] }, { weights: [] }],
  addTaskRestartPatterns: [
    { patterns: ['fine', '('] },
    { patterns: ['fine', ''] },
    { num_allowed_restarts: 0 },
    { num_allowed_restarts: 2 ** 31 },
  ],
  setTaskRestartPatternsAllowedRestarts: [{ max_retries: 0 }, { max_retries: -1 }],
  setNetworkStrategy: [
    { mode: 'nonsense' },
    { status: 'nonsense' },
    { sleep_interval: 0 },
    { max_tasks_per_transformation: 0 },
    { task_scaling: 'nonsense' },
    { exception: ['x'] },
    { last_iteration: 'yesterday' },
    { strategy: [] },
  ],
  registerService: [{ compute_manager_id: 'x' }, { compute_manager_id: `other-${'0'.repeat(32)}` }],
  claimTaskHubTasks: [{ count: -1 }, { count: 1e9 }, { protocols: [] }, { protocols: ['1x'] }],
  claimTasks: [
    { count: -1 },
    { protocols: [] },
    { protocols: ['a b'] },
    { scopes: [{ org: null, campaign: 'x', project: null }] },
    { scopes: [{ org: "'", campaign: null, project: null }] },
  ],
  getManagerInstruction: [{ scopes: [{ org: null, campaign: 'x', project: null }] }],
  updateManagerStatus: [{ status: 'nonsense' }, { saturation: 2 }, { saturation: -1 }],
  setTaskResult: [
    { protocoldagresult: { 'latin-1': '' } },
    { protocoldagresult: { 'latin-1': 'no zstd' } },
    { protocoldagresult: { 'latin-1': '(\u00b5/\u00fd' } },
    { protocoldagresult: { 'latin-1': '\u0100' } },
  ],
};

/** Bodies for a route that it must refuse, made from the right one. */
export function misusesOf(name: string, body: unknown): readonly unknown[] {
  return (MISUSES[name] ?? []).map(misuse =>
    typeof misuse === 'object' ? { ...(body as Members), ...(misuse as Members) } : misuse,
  );
}

function scopeOf(text: string): object {
  const [org, campaign, project] = text.split('-');
  return { org, campaign, project };
}

function keyOf(gufe_key: string): object {
  return { gufe_key, ...scopeOf(SCOPE) };
}
