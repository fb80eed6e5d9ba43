// The user API: submit networks, make and action tasks, read statuses and results. One file a noun in user/.
import { endpoints } from './endpoint.ts';
import { SERVICE_ENDPOINTS } from './service.ts';
import { HUB_ENDPOINTS } from './user/hubs.ts';
import { NETWORK_ENDPOINTS } from './user/networks.ts';
import { RESTART_ENDPOINTS } from './user/restarts.ts';
import { RESULT_ENDPOINTS } from './user/results.ts';
import { STATUS_ENDPOINTS } from './user/statuses.ts';
import { STRATEGY_ENDPOINTS } from './user/strategies.ts';
import { STRATEGY_RUN_ENDPOINTS } from './user/strategy-runs.ts';
import { TASK_ENDPOINTS } from './user/tasks.ts';

export const USER_ENDPOINTS = endpoints({
  ...SERVICE_ENDPOINTS,
  ...NETWORK_ENDPOINTS,
  ...TASK_ENDPOINTS,
  ...STATUS_ENDPOINTS,
  ...HUB_ENDPOINTS,
  ...RESTART_ENDPOINTS,
  ...STRATEGY_ENDPOINTS,
  ...STRATEGY_RUN_ENDPOINTS,
  ...RESULT_ENDPOINTS,
});
