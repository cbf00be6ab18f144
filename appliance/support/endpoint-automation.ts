import type { Visibility } from '../jump/jump-item.ts';
import type { JumpItemOwner } from '../jump/jump-item-grant.ts';
import type { Page, PageRequest } from '../paging.ts';

export const ENDPOINT_OPERATING_SYSTEMS = ['Windows', 'Linux', 'Mac'] as const;
export type EndpointOperatingSystem = (typeof ENDPOINT_OPERATING_SYSTEMS)[number];

/** The most machines one job may have: its executions are listed as one array. */
export const MOST_ENDPOINTS_OF_A_JOB = 10_000;

/** Who made a script or a job. Both are null once that account is gone. */
export interface Maker {
  createdByApiAccountId: number | null;
  createdByUserId: number | null;
}

/** What runs on a machine: the script is put into a file, the command starts it. */
export interface AutomationPayload {
  cmd: string;
  script: string;
  /** Files that are put beside the script, in this order. */
  resourceIds: number[];
}

export interface AutomationScript extends AutomationPayload, Maker {
  id: number;
  name: string;
  description: string;
  tag: string;
  operatingSystem: EndpointOperatingSystem;
  createdAt: Date;
  updatedAt: Date;
}

/** A file that scripts use. */
export interface AutomationResource {
  id: number;
  fileName: string;
  /** Bytes. */
  fileSize: number;
  displayUrl: string;
  hash: string;
  createdAt: Date;
  updatedAt: Date;
  createdBy: number | null;
  updatedBy: number | null;
}

/** All Jump Clients of one machine. The id is that of the first of them. */
export interface AutomationEndpoint {
  id: number;
  /** Null: its program has not told yet. */
  operatingSystem: EndpointOperatingSystem | null;
  names: string[];
  hostname: string;
  tags: string[];
  publicIp: string;
  privateIp: string;
  /** Its program is connected, as far as it has told. */
  isActive: boolean;
  /** The Jump Groups its clients are in. */
  jumpGroupIds: number[];
}

/** Text is compared whole, ignoring case, with every Jump Client of a machine; one client has to fit all of it. */
export interface EndpointFilter {
  operatingSystem?: EndpointOperatingSystem | undefined;
  names?: string | undefined;
  tags?: string | undefined;
  hostname?: string | undefined;
  publicIp?: string | undefined;
  privateIp?: string | undefined;
  jumpGroupId?: number | undefined;
}

export interface AutomationJob extends Maker {
  id: number;
  name: string;
  notes: string;
  startAt: Date;
  tag: string;
  operatingSystem: EndpointOperatingSystem;
  createdAt: Date;
  finishedAt: Date | null;
  cmd: string;
  script: string;
  resources: Pick<AutomationResource, 'id' | 'fileName' | 'fileSize' | 'displayUrl'>[];
}

/** What happens on one machine. Nothing starts executions yet: they stay `pending`. */
export interface AutomationExecution {
  state: 'pending' | 'running' | 'finished';
  startedAt: Date | null;
  finishedAt: Date | null;
  finishedType: string | null;
  finishedError: string | null;
  logFilePath: string | null;
  /** Null once the machine has no Jump Client any more. */
  endpointId: number | null;
  outputTail: string | null;
  exitCode: number | null;
}

/** What is asked about a machine before a job may run on it. */
export interface JobTarget {
  id: number;
  operatingSystem: EndpointOperatingSystem | null;
  /** To whom its Jump Clients belong. */
  owners: JumpItemOwner[];
}

export type NewAutomationScript = Omit<AutomationScript, 'id' | 'createdAt' | 'updatedAt'>;
export type NewAutomationJob = Omit<AutomationJob, 'id' | 'createdAt' | 'finishedAt' | 'resources'> & {
  resourceIds: readonly number[];
};

/** Writes fail with `invalid` naming `resource_ids` for a resource that does not exist. Lists are in the order of the ids. */
export interface EndpointAutomation {
  findScripts(page: PageRequest): Promise<Page<AutomationScript>>;
  findScript(id: number): Promise<AutomationScript | undefined>;
  insertScript(script: NewAutomationScript): Promise<AutomationScript>;

  findResources(page: PageRequest): Promise<Page<AutomationResource>>;
  findResource(id: number): Promise<AutomationResource | undefined>;
  /** In the order the script names them. */
  findResourcesOfScript(scriptId: number): Promise<AutomationResource[]>;

  findEndpoints(
    filter: EndpointFilter,
    visibility: Visibility,
    page: PageRequest,
  ): Promise<Page<AutomationEndpoint>>;
  findEndpoint(id: number, visibility: Visibility): Promise<AutomationEndpoint | undefined>;
  /** Those of the ids that are endpoints; their clients cannot be deleted until the transaction ends. */
  lockTargets(ids: readonly number[]): Promise<JobTarget[]>;

  /** With `createdByUserId` only that person's. */
  findJobs(
    filter: { name?: string | undefined; createdByUserId?: number | undefined },
    page: PageRequest,
  ): Promise<Page<AutomationJob>>;
  findJob(id: number): Promise<AutomationJob | undefined>;
  /** The job and an execution for each endpoint. */
  insertJob(job: NewAutomationJob, endpointIds: readonly number[]): Promise<AutomationJob>;
  findExecutions(jobId: number): Promise<AutomationExecution[]>;
}
