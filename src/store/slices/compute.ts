// Compute services: registrations and signs of life.
import type { ManagerName } from './managers.ts';

export interface ComputeStore {
  /**
   * Registers a service; the same id again by the same owner is accepted. `owner` is the identity that registers. False
   * when the manager it names is not registered, and then nothing is stored.
   */
  register(params: RegisterService): Promise<boolean>;
  /** Notes a sign of life. False when no such service of this owner is registered. */
  heartbeat(params: {
    readonly service: string;
    readonly owner: string;
    readonly now: Date;
  }): Promise<boolean>;
  /** Removes a registration; its running tasks go back to waiting. False when there was none of this owner. */
  deregister(params: { readonly service: string; readonly owner: string }): Promise<boolean>;
  /** Removes every registration last heard of before `before` as if deregistered; says which. */
  expire(params: { readonly before: Date }): Promise<readonly string[]>;
  list(): Promise<readonly ServiceRegistration[]>;
}

export interface RegisterService {
  readonly service: string;
  readonly owner: string;
  /** The manager that started it, by name and uuid. */
  readonly manager: ManagerName | null;
  readonly now: Date;
}

export interface ServiceRegistration {
  readonly service: string;
  readonly owner: string;
  readonly registered: Date;
  readonly heartbeat: Date;
  /** The name of the manager that started it. */
  readonly manager: string | null;
}
