// The tables as Kysely sees them. The law is in migrations/; `test/stores` compares the two by running every query.
import type { IdentityType } from '../../domain/identity.ts';
import type { NetworkState } from '../../domain/network-state.ts';
import type { TaskStatus } from '../../domain/task-status.ts';

/** Table name → row. Ids are numbers; times milliseconds; truth values 0 and 1. */
export interface Schema {
  readonly scope: ScopeTable;
  readonly object: ObjectTable;
  readonly network: NetworkTable;
  readonly transformation: TransformationTable;
  readonly edge: EdgeTable;
  readonly task: TaskTable;
  readonly action: ActionTable;
  readonly service: ServiceTable;
  readonly result: ResultTable;
  readonly identity: IdentityTable;
  readonly identity_scope: IdentityScopeTable;
}

interface ScopeTable {
  readonly id: number;
  readonly org: string;
  readonly campaign: string;
  readonly project: string;
}

interface ObjectTable {
  readonly id: number;
  readonly scope: number | null;
  readonly gufe_key: string;
  readonly qualname: string;
  readonly name: string | null;
  readonly depth: number;
  readonly document: number;
}

interface NetworkTable {
  readonly id: number;
  readonly scope: number;
  readonly token: string;
  readonly state: NetworkState;
  readonly weight: number;
}

/** How many tasks are in each status. */
export type Tally = { readonly [status in TaskStatus]: number };

interface TransformationTable extends Tally {
  readonly id: number;
  readonly protocol: string;
}

interface EdgeTable {
  readonly network: number;
  readonly transformation: number;
}

interface TaskTable {
  readonly id: number;
  readonly scope: number;
  readonly token: string;
  readonly transformation: number;
  readonly parent: number | null;
  readonly status: TaskStatus;
  readonly created: number;
  readonly creator: string | null;
  readonly claimed_by: number | null;
}

interface ActionTable {
  readonly hub: number;
  readonly task: number;
  readonly weight: number;
}

interface ServiceTable {
  readonly id: number;
  readonly identifier: string;
  readonly owner: string;
  readonly registered: number;
  readonly heartbeat: number;
  readonly manager: string | null;
}

interface ResultTable {
  readonly id: number;
  readonly task: number;
  readonly token: string;
  readonly obj_key: string;
  readonly ok: number;
  readonly location: string;
  readonly created: number;
  readonly creator: string | null;
}

interface IdentityTable {
  readonly id: number;
  readonly type: IdentityType;
  readonly identifier: string;
  readonly hashed_key: string;
  readonly disabled: number;
  readonly expires: number | null;
}

interface IdentityScopeTable {
  readonly id: number;
  readonly identity: number;
  readonly scope: string;
}
