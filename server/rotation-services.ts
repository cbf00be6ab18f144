import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import { rotationMetrics } from '../api/rest/vault/rotation-metrics.ts';
import type { NodeBus } from '../appliance/sessions/node-bus.ts';
import type { Stores, UnitOfWork } from '../appliance/stores.ts';
import type { SealedSecrets } from '../appliance/vault/keys/sealed-secrets.ts';
import { HostKeyScans } from '../appliance/vault/rotation/host-key-scans.ts';
import type { HostTasks } from '../appliance/vault/rotation/host-tasks.ts';
import type { RotationRequests } from '../appliance/vault/rotation/rotation-requests.ts';
import { RotationRunner } from '../appliance/vault/rotation/rotation-runner.ts';
import { RotationSecrets } from '../appliance/vault/rotation/rotation-secrets.ts';
import { VaultRotationService } from '../appliance/vault/rotation/vault-rotation-service.ts';
import { Ssh2Keys } from '../integrations/ssh/ssh2-keys.ts';

export interface RotationDeps {
  stores: Stores;
  unitOfWork: UnitOfWork;
  secrets: SealedSecrets;
  requests: RotationRequests;
  hostTasks: HostTasks;
  nodeId: string;
  bus: NodeBus;
  metrics: Registry;
  log: Logger;
}

/** Passwords and keys of the vault that are changed on their hosts. */
export function rotationServices(deps: RotationDeps) {
  const { stores, unitOfWork, hostTasks: tasks, bus } = deps;
  const secrets = new RotationSecrets({ secrets: deps.secrets, sshKeys: new Ssh2Keys() });
  const scans = new HostKeyScans({ stores, tasks, bus });
  const metrics = rotationMetrics(deps.metrics, () => stores.vaultRotations.counts());
  const runner = new RotationRunner({
    stores,
    unitOfWork,
    secrets,
    tasks,
    nodeId: deps.nodeId,
    log: deps.log.child({ part: 'rotation' }),
    ended: metrics.ended,
  });
  return {
    rotations: new VaultRotationService({ stores, unitOfWork, requests: deps.requests, secrets, scans }),
    start(): void {
      scans.start();
      runner.start();
    },
    /** Begins nothing new. */
    stop(): void {
      runner.stop();
      scans.stop();
    },
    /** Once nothing runs any more; the tasks on hosts have been let go of before. */
    finished: () => runner.finished(),
  };
}
