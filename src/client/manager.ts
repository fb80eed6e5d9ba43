// The client of a compute manager: it asks the compute API how many compute services are wanted, starts them where compute
// is, and reports how it is doing. Its life is register → (getInstruction → updateStatus)* → deregister.
import { parseComputeId } from '../domain/compute-id.ts';
import { AlchemiscaleError } from '../domain/errors.ts';
import { COMPUTE_ENDPOINTS } from '../wire/compute.ts';
import type { ResponseOf } from '../wire/endpoint.ts';
import type { CallOptions } from './http.ts';
import { type ScopeLike, toScope } from './keys.ts';
import {
  type ClientEnvironment,
  type ClientOptions,
  optionsFromEnvironment,
  ServiceClient,
} from './service-client.ts';

/** What a manager is told to do now. */
export type ManagerInstruction =
  /** Start services as seems right: so many are there, so many tasks wait for them. */
  | { readonly instruction: 'OK'; readonly computeServiceIds: readonly string[]; readonly numTasks: number }
  /** Start none for now: some of the services fail too often. */
  | { readonly instruction: 'SKIP'; readonly computeServiceIds: readonly string[] }
  /** End: this registration is not known, or no longer. */
  | { readonly instruction: 'SHUTDOWN'; readonly message: string };

/** How a manager is doing: busy by how much (0..1), or in error and why. */
export type ManagerReport =
  | { readonly status: 'OK'; readonly saturation: number }
  | { readonly status: 'ERROR'; readonly detail: string };

/** Talks to the compute API as a compute manager. Manager ids are `{name}-{32 hex digits}`, one registration a name. */
export class AlchemiscaleComputeManagerClient extends ServiceClient {
  /** A client from `ALCHEMISCALE_URL`, `ALCHEMISCALE_ID` and `ALCHEMISCALE_KEY` in `env`; says which of them are missing. */
  static fromEnvironment(
    env: ClientEnvironment,
    options: Omit<ClientOptions, 'apiUrl' | 'identifier' | 'key'> = {},
  ): AlchemiscaleComputeManagerClient {
    return new AlchemiscaleComputeManagerClient({ ...optionsFromEnvironment(env), ...options });
  }

  /** Makes a manager known. With `steal` it takes its name over from another one, unless that is in ERROR. */
  async register(
    managerId: string,
    options: CallOptions & { readonly steal?: boolean } = {},
  ): Promise<string> {
    const { steal = false, signal } = options;
    const params = { manager: checkedId(managerId) };
    return await this.transport.call(COMPUTE_ENDPOINTS.registerManager, { params, body: { steal }, signal });
  }

  /** Says good-bye. A manager in ERROR stays registered, so that somebody sees why. */
  async deregister(managerId: string, options: CallOptions = {}): Promise<string> {
    const params = { manager: checkedId(managerId) };
    return await this.transport.call(COMPUTE_ENDPOINTS.deregisterManager, { params, body: {}, ...options });
  }

  /** What to do now, in view of the tasks in any of the scopes and of any of the protocols (all by default). */
  async getInstruction(
    managerId: string,
    options: CallOptions & {
      readonly scopes?: readonly ScopeLike[];
      readonly protocols?: readonly string[] | null;
    } = {},
  ): Promise<ManagerInstruction> {
    const { scopes = [], protocols, signal } = options;
    const params = { manager: checkedId(managerId) };
    const body = {
      scopes: scopes.map(scope => toScope(scope).toDict()),
      protocols: [...(protocols ?? [])],
    };
    return readInstruction(
      await this.transport.call(COMPUTE_ENDPOINTS.getManagerInstruction, { params, body, signal }),
    );
  }

  /** Reports; a manager that is silent for too long is forgotten. */
  async updateStatus(managerId: string, report: ManagerReport, options: CallOptions = {}): Promise<string> {
    const params = { manager: checkedId(managerId) };
    const body = {
      status: report.status,
      detail: report.status === 'ERROR' ? report.detail : null,
      saturation: report.status === 'OK' ? report.saturation : null,
    };
    return await this.transport.call(COMPUTE_ENDPOINTS.updateManagerStatus, { params, body, ...options });
  }

  /** Forgets a manager in ERROR, by its name (not its id), so that the name can be registered again. */
  async clearError(managerName: string, options: CallOptions = {}): Promise<void> {
    const params = { manager: managerName };
    await this.transport.call(COMPUTE_ENDPOINTS.clearManagerError, { params, body: {}, ...options });
  }
}

/** A malformed id is refused here, before anything is sent. */
function checkedId(managerId: string): string {
  parseComputeId(managerId, 'ComputeManagerID');
  return managerId;
}

/** What to do cannot be guessed: another shape than the three known ones is an error. */
function readInstruction(
  answer: ResponseOf<typeof COMPUTE_ENDPOINTS.getManagerInstruction>,
): ManagerInstruction {
  const { instruction } = answer;
  switch (instruction) {
    case 'OK':
      return { instruction, computeServiceIds: answer.compute_service_ids, numTasks: answer.num_tasks };
    case 'SKIP':
      return { instruction, computeServiceIds: answer.compute_service_ids };
    case 'SHUTDOWN':
      return { instruction, message: answer.message };
    default:
      throw new AlchemiscaleError(
        'OBJECT_UNREADABLE',
        `'${String(instruction)}' is no instruction known here`,
      );
  }
}
