import type { Jumpoint } from '../../jump/jumpoint.ts';
import type { Stores, UnitOfWork } from '../../stores.ts';
import { auditedAccount, type VaultAccount } from '../vault-account.ts';
import type { VaultEndpoint } from '../vault-endpoint.ts';
import { isExclusive } from '../vault-holding.ts';
import type { HostTask, HostTaskResult, HostTasks } from './host-tasks.ts';
import {
  ASK_AGAIN_SECONDS,
  IN_FLIGHT_SECONDS,
  LOOK_FOR_CHECK_IN_SECONDS,
  mayPass,
  pauseAfter,
  rotationObstacle,
} from './rotation-rule.ts';
import type { RotationSecrets } from './rotation-secrets.ts';
import { type RotationChanges, touchesHost, type VaultRotation } from './vault-rotation.ts';

export interface RotationAttemptDeps {
  stores: Stores;
  unitOfWork: UnitOfWork;
  secrets: RotationSecrets;
  tasks: HostTasks;
}

/** What an attempt came to. `again`: it is tried once more later. `postponed`: nothing was tried. */
export type AttemptEnd = 'done' | 'failed' | 'uncertain' | 'again' | 'postponed';

/** Another process took the rotation over; whatever this one knew counts no more. */
export class RotationLost extends Error {
  constructor() {
    super('Another process works on this rotation.');
    this.name = 'RotationLost';
  }
}

interface Ground {
  account: VaultAccount;
  endpoint: VaultEndpoint;
  jumpoint: Jumpoint;
}

const SYSTEM = { kind: 'system', name: 'Bridgehead' } as const;

/**
 * One attempt to bring a rotation to its end. Each step is in the database before the next one begins, the new secret
 * before any host hears of it, so whoever goes on after a break knows what may have happened, asks the host which secret
 * it takes, and finishes or starts over with the same new secret. So two attempts that overlap do no harm either.
 */
export class RotationAttempt {
  readonly #deps: RotationAttemptDeps;
  readonly #holder: string;
  readonly #wasBroken: boolean;
  #rotation: VaultRotation;
  /** Steps that the host told of are written in their order. */
  #told: Promise<unknown> = Promise.resolve();

  constructor(deps: RotationAttemptDeps, rotation: VaultRotation, holder: string) {
    this.#deps = deps;
    this.#rotation = rotation;
    this.#holder = holder;
    this.#wasBroken = touchesHost(rotation.phase);
  }

  /** Fails with {@link RotationLost}, and with whatever the database fails with: then the lease runs out by itself. */
  async run(): Promise<AttemptEnd> {
    const ground = await this.#ground();
    if (typeof ground === 'string') return await this.#cannot(ground);
    if (this.#wasBroken) {
      const end = await this.#findOut(ground);
      if (end !== undefined) return end;
    }
    if (this.#rotation.phase === 'requested' && !(await this.#prepare())) return await this.#postpone();
    // Both secrets are opened before the host may have the new one.
    const task = await this.#changeTask(ground);
    if (!(await this.#begin(ground.account))) return await this.#postpone();
    return await this.#conclude(await this.#change(task));
  }

  /** What it stands on, or why it has no ground. */
  async #ground(): Promise<Ground | string> {
    const { vaultAccounts, vaultEndpoints, jumpoints } = this.#deps.stores;
    const account = await vaultAccounts.findById(this.#rotation.accountId);
    // The account was deleted, and the rotation with it.
    if (account === undefined) throw new RotationLost();
    const endpoint =
      account.endpointId === null ? undefined : await vaultEndpoints.findById(account.endpointId);
    const obstacle = rotationObstacle(account, endpoint);
    if (obstacle !== undefined) return obstacle;
    const jumpoint = await jumpoints.findById(endpoint?.jumpointId ?? 0);
    if (endpoint === undefined || jumpoint === undefined) return 'Its endpoint was deleted.';
    return { account, endpoint, jumpoint };
  }

  async #cannot(obstacle: string): Promise<AttemptEnd> {
    if (!touchesHost(this.#rotation.phase)) return await this.#fail('obstacle', obstacle);
    return await this.#uncertain(
      'obstacle',
      `The host may have the new secret or the old one, and it cannot be asked. ${obstacle}`,
      null,
    );
  }

  /** The new secret is made and kept. False: somebody has the account. */
  async #prepare(): Promise<boolean> {
    const account = await this.#deps.stores.vaultAccounts.findById(this.#rotation.accountId);
    if (account === undefined) throw new RotationLost();
    const { secret, publicKey } = await this.#deps.secrets.make(account);
    return await this.#whileFree(async (stores, locked) => {
      await this.#deps.secrets.keepNext(stores, locked, secret);
      await this.#write(stores, { phase: 'prepared', nextPublicKey: publicKey });
      return true;
    });
  }

  /** From here on the host may have it. False: somebody has the account, or has changed it a moment ago. */
  async #begin({ revision }: VaultAccount): Promise<boolean> {
    return await this.#whileFree(async (stores, locked) => {
      if (locked.revision !== revision) return false;
      await this.#write(stores, { state: 'running', phase: 'changing', changing: 'now' });
      return true;
    });
  }

  async #whileFree(work: (stores: Stores, account: VaultAccount) => Promise<boolean>): Promise<boolean> {
    const { accountId } = this.#rotation;
    return await this.#deps.unitOfWork.inTransaction(async (stores) => {
      const account = await stores.vaultAccounts.lockById(accountId);
      if (account === undefined) throw new RotationLost();
      const open = await stores.vaultCheckOuts.findOpen([accountId]);
      if (open.length > 0 && isExclusive(account, await stores.vaultAccounts.rulesOf(accountId)))
        return false;
      return await work(stores, account);
    });
  }

  async #postpone(): Promise<AttemptEnd> {
    await this.#write(this.#deps.stores, {
      state: 'waiting',
      dueInSeconds: LOOK_FOR_CHECK_IN_SECONDS,
      attemptsBack: true,
    });
    return 'postponed';
  }

  async #changeTask(ground: Ground): Promise<HostTask> {
    return await this.#task(ground.account.type === 'ssh' ? 'ssh.change-key' : 'ssh.change-password', ground);
  }

  async #change(task: HostTask): Promise<HostTaskResult> {
    const result = await this.#deps.tasks.run(task, (phase) => {
      this.#told = this.#told.then(() => this.#write(this.#deps.stores, { phase }));
      this.#told.catch(() => undefined);
    });
    await this.#told;
    return result;
  }

  async #task(kind: HostTask['kind'], { account, endpoint, jumpoint }: Ground): Promise<HostTask> {
    return {
      kind,
      subject: `vault account ${account.id}`,
      jumpoint,
      hostname: endpoint.hostname,
      port: endpoint.port,
      hostKey: endpoint.hostKey,
      secrets: await this.#deps.secrets.both(this.#deps.stores, account, this.#rotation.nextPublicKey),
    };
  }

  async #conclude({ outcome, code, detail }: HostTaskResult): Promise<AttemptEnd> {
    switch (outcome) {
      case 'done':
        return await this.#store(null);
      case 'unchanged':
        // An earlier change may have come through meanwhile, so that the old secret is taken no more.
        if (code === 'authentication-failed' && this.#wasBroken) return await this.#again(code, detail);
        await this.#write(this.#deps.stores, { phase: 'prepared', changing: null });
        return mayPass(code) ? await this.#again(code, detail) : await this.#fail(code, detail);
      case 'neither':
        return await this.#uncertain(code, neither(detail), null);
      case 'unknown':
        return await this.#again(code, detail);
    }
  }

  /**
   * After a break: which secret does the host take? Undefined: the old one, and the change may begin anew.
   */
  async #findOut(ground: Ground): Promise<AttemptEnd | undefined> {
    const result = await this.#deps.tasks.run(await this.#task('ssh.verify', ground));
    const { outcome, code, detail, holds } = result;
    if (outcome !== 'done' || holds === undefined) {
      if (mayPass(code)) return await this.#again(code, detail);
      return await this.#uncertain(
        code,
        `The host may have the new secret or the old one, and does not say which. ${detail}`,
        null,
      );
    }
    if (holds === 'neither') return await this.#uncertain('authentication-failed', neither(''), null);
    if (holds === 'current') {
      await this.#write(this.#deps.stores, { phase: 'prepared' });
      return undefined;
    }
    await this.#write(this.#deps.stores, { phase: 'verified' });
    return ground.account.type === 'ssh' ? await this.#removeOldKey(ground) : await this.#store(null);
  }

  /** The new key works; the old one has to go. Where that cannot be, the new one is kept all the same, with a word. */
  async #removeOldKey(ground: Ground): Promise<AttemptEnd> {
    const { outcome, code, detail } = await this.#change(await this.#changeTask(ground));
    if (outcome === 'done') return await this.#store(null);
    if (mayPass(code)) {
      await this.#write(this.#deps.stores, { phase: 'verified' });
      return await this.#again(code, detail);
    }
    return await this.#store(`The new key is in use, but the old one may still be let in. ${detail}`);
  }

  async #store(remark: string | null): Promise<AttemptEnd> {
    const { unitOfWork, secrets } = this.#deps;
    await unitOfWork.inTransaction(async (stores) => {
      const account = await stores.vaultAccounts.lockById(this.#rotation.accountId);
      if (account === undefined) throw new RotationLost();
      await this.#write(stores, {
        state: 'done',
        phase: 'stored',
        changing: null,
        dueInSeconds: null,
        failureCode: null,
        failure: remark,
        finished: true,
      });
      const after = await secrets.takeNext(stores, account, this.#rotation.nextPublicKey);
      await stores.vaultActivity.record({
        type: 'Password Rotated',
        account: after,
        actor: SYSTEM,
        data: remark ?? '',
      });
      await stores.auditLog.record({
        type: 'vault_account.rotated',
        actor: SYSTEM,
        object: auditedAccount(after),
        after: { cause: this.#rotation.cause, requested_by: this.#rotation.requestedBy },
      });
    });
    return 'done';
  }

  async #again(code: string | undefined, detail: string): Promise<AttemptEnd> {
    const { phase, attempts } = this.#rotation;
    const pause = pauseAfter(attempts);
    if (pause === undefined) {
      if (phase === 'prepared' || phase === 'requested') return await this.#fail(code, detail);
      return await this.#uncertain(
        code,
        `The host may have the new secret or the old one, and it could not be asked. ${detail}`,
        ASK_AGAIN_SECONDS,
      );
    }
    const failureCode = code ?? null;
    await this.#write(this.#deps.stores, {
      state: 'waiting',
      dueInSeconds: pause,
      failureCode,
      failure: detail,
    });
    return 'again';
  }

  /** The secret that is kept holds; the new one is thrown away, once no host can be at it any more. */
  async #fail(code: string | undefined, detail: string): Promise<AttemptEnd> {
    const changingFor = this.#rotation.changingForSeconds;
    if (changingFor !== null && changingFor < IN_FLIGHT_SECONDS) {
      await this.#write(this.#deps.stores, {
        state: 'waiting',
        phase: 'changing',
        dueInSeconds: Math.ceil(IN_FLIGHT_SECONDS - changingFor),
        failureCode: code ?? null,
        failure: detail,
      });
      return 'again';
    }
    await this.#end('failed', code, detail, null);
    return 'failed';
  }

  async #uncertain(
    code: string | undefined,
    detail: string,
    dueInSeconds: number | null,
  ): Promise<AttemptEnd> {
    await this.#end('uncertain', code, detail, dueInSeconds);
    return 'uncertain';
  }

  async #end(
    state: 'failed' | 'uncertain',
    code: string | undefined,
    detail: string,
    dueInSeconds: number | null,
  ): Promise<void> {
    const { unitOfWork, secrets } = this.#deps;
    const wasUncertain = this.#rotation.state === 'uncertain';
    await unitOfWork.inTransaction(async (stores) => {
      const account = await stores.vaultAccounts.lockById(this.#rotation.accountId);
      if (account === undefined) throw new RotationLost();
      await this.#write(stores, {
        state,
        dueInSeconds,
        failureCode: code ?? null,
        failure: detail,
        finished: state === 'failed',
      });
      if (state === 'failed') await secrets.dropNext(stores, account);
      // Looked at anew every hour, it need not be told every hour.
      if (wasUncertain) return;
      await stores.vaultActivity.record({
        type: 'Password Rotation Failed',
        account,
        actor: SYSTEM,
        data: detail,
      });
      await stores.auditLog.record({
        type: 'vault_account.rotation_failed',
        actor: SYSTEM,
        object: auditedAccount(account),
        after: { state, code: code ?? '', reason: detail, cause: this.#rotation.cause },
      });
    });
  }

  async #write(stores: Stores, changes: RotationChanges): Promise<void> {
    if (!(await stores.vaultRotations.write(this.#rotation.id, this.#holder, changes)))
      throw new RotationLost();
    const { state, phase, nextPublicKey, changing } = changes;
    this.#rotation = {
      ...this.#rotation,
      ...(state !== undefined && { state }),
      ...(phase !== undefined && { phase }),
      ...(nextPublicKey !== undefined && { nextPublicKey }),
      ...(changing !== undefined && { changingForSeconds: changing === 'now' ? 0 : null }),
    };
  }
}

function neither(detail: string): string {
  const both = 'The host takes neither the old secret nor the new one; both are kept.';
  return detail === '' ? both : `${both} ${detail}`;
}
