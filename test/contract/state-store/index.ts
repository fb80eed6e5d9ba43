// The promises of a state store as cases that every backend runs.
import { describe } from 'node:test';
import { auditContract } from './audit.ts';
import { claimLawContract } from './claim-law.ts';
import { claimsContract } from './claims.ts';
import { computeContract } from './compute.ts';
import { hubsContract } from './hubs.ts';
import { identitiesContract } from './identities.ts';
import { lifecycleContract } from './lifecycle.ts';
import { managersContract } from './managers.ts';
import { navigationContract } from './navigation.ts';
import { networksContract } from './networks.ts';
import { racesContract } from './races.ts';
import { randomOperationsContract } from './random-operations.ts';
import { restartsContract } from './restarts.ts';
import { resultsContract } from './results.ts';
import { statusContract } from './status.ts';
import { strategiesContract } from './strategies.ts';
import { strategyRunsContract } from './strategy-runs.ts';
import { tasksContract } from './tasks.ts';
import { transferContract } from './transfer.ts';
import { type Effort, FULL_EFFORT, type OpenStore } from './world.ts';

/** Runs every suite; `open` opens an empty, initialized store. */
export function stateStoreContract(name: string, open: OpenStore, effort: Effort = FULL_EFFORT): void {
  describe(`state store: ${name}`, () => {
    lifecycleContract(open);
    auditContract(open);
    transferContract(open);
    networksContract(open);
    navigationContract(open);
    tasksContract(open);
    hubsContract(open);
    claimsContract(open);
    claimLawContract(open, effort);
    statusContract(open);
    resultsContract(open);
    restartsContract(open);
    computeContract(open);
    managersContract(open);
    strategiesContract(open);
    strategyRunsContract(open);
    identitiesContract(open);
    randomOperationsContract(open, effort);
    racesContract(open, effort);
  });
}
