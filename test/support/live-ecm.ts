import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { randomToken } from '../../appliance/secrets.ts';
import type { CredentialContext } from '../../appliance/vault/credential-source.ts';
import { enrolEcmHost } from '../../ecm/program/ecm-enrolment.ts';
import { type EcmIdentity, EcmIdentityFile } from '../../ecm/program/ecm-identity.ts';
import { type RunningEcmHost, runEcmHost } from '../../ecm/program/run-ecm-host.ts';
import { ok, until } from './live-jumpoint.ts';
import { ScriptedEcm } from './scripted-ecm.ts';
import type { Caller } from './test-appliance.ts';

const BASE = '/api/config/v1';
const BACK_OFF = { shortest: 50, longest: 200, lasting: 500 };

export interface EcmHostAnswer {
  id: number;
  name: string;
  state: string;
  connection: string;
  connected_since: string | null;
  key_fingerprint: string;
  clone_suspected_at: string | null;
  plugins: { instance: string; state: string; health: { healthy: boolean; detail: string } | null }[];
  [field: string]: unknown;
}

export interface EcmClient {
  clientId: string;
  clientSecret: string;
  apiAccountId: number;
}

/** A new API account; with the ECM permission unless other ones are wanted. */
export async function ecmClient(
  admin: Caller,
  permissions: Record<string, unknown> = { perm_ecm: true },
): Promise<EcmClient> {
  const made = await ok(
    admin(`${BASE}/api-account`, { method: 'POST', json: { name: randomToken(12), ...permissions } }),
  );
  return {
    clientId: made.client_id as string,
    clientSecret: made.client_secret as string,
    apiAccountId: made.id as number,
  };
}

export interface EnrolledEcm {
  id: number;
  stateDir: string;
  identity: EcmIdentity;
  fingerprint: string;
}

/** Keys in a directory of their own, known to the server at `url`, not approved yet. */
export async function enrolledEcm(
  url: string,
  client: EcmClient,
  name = `host ${randomToken(6)}`,
): Promise<EnrolledEcm> {
  const stateDir = await mkdtemp(join(tmpdir(), 'bridgehead-ecm-'));
  const store = new EcmIdentityFile(stateDir);
  const { clientId, clientSecret } = client;
  const enrolment = { url, clientId, clientSecret, name, version: 'test' };
  const { identity, fingerprint } = await enrolEcmHost(store, enrolment);
  return { id: identity.ecmHostId, stateDir, identity, fingerprint };
}

export class LiveEcmHost {
  readonly id: number;
  readonly stateDir: string;
  readonly operations: ScriptedEcm;
  program: RunningEcmHost;

  constructor(enrolled: EnrolledEcm, operations: ScriptedEcm, program: RunningEcmHost) {
    this.id = enrolled.id;
    this.stateDir = enrolled.stateDir;
    this.operations = operations;
    this.program = program;
  }

  async stop(): Promise<void> {
    await this.program.stop();
    await rm(this.stateDir, { recursive: true, force: true });
  }
}

export async function runScripted(
  enrolled: Pick<EnrolledEcm, 'stateDir'>,
  operations: ScriptedEcm,
  backOff = BACK_OFF,
): Promise<RunningEcmHost> {
  const log = pino({ level: process.env.LOG_LEVEL ?? 'silent' });
  return await runEcmHost({ stateDir: enrolled.stateDir, operations, log, backOff });
}

/** An enrolled and approved host with its real program, connected to the server at `url`. */
export async function liveEcmHost(admin: Caller, url: string, name: string): Promise<LiveEcmHost> {
  const enrolled = await enrolledEcm(url, await ecmClient(admin), name);
  await approve(admin, enrolled.id);
  const operations = new ScriptedEcm(name);
  const live = new LiveEcmHost(enrolled, operations, await runScripted(enrolled, operations));
  await until(
    `${name} to connect`,
    async () => (await showEcmHost(admin, live.id)).connection === 'connected',
  );
  return live;
}

export async function showEcmHost(admin: Caller, id: number): Promise<EcmHostAnswer> {
  return (await ok(admin(`${BASE}/ecm-host/${id}`))) as EcmHostAnswer;
}

export async function approve(admin: Caller, id: number): Promise<EcmHostAnswer> {
  return (await ok(admin(`${BASE}/ecm-host/${id}/approve`, { method: 'POST' }))) as EcmHostAnswer;
}

export async function revoke(admin: Caller, id: number): Promise<EcmHostAnswer> {
  return (await ok(admin(`${BASE}/ecm-host/${id}/revoke`, { method: 'POST' }))) as EcmHostAnswer;
}

/** Somebody who jumps to a host that is not saved. */
export function adHocContext<Lsid extends string | undefined>(
  userId: number,
  lsid: Lsid,
): CredentialContext & { lsid: Lsid } {
  return {
    userId,
    lsid,
    jumpItemId: undefined,
    kind: 'shell_jump',
    name: 'web-1',
    hostname: 'web-1.example.com',
    port: 22,
    username: '',
    ecmEndpointId: undefined,
  };
}
