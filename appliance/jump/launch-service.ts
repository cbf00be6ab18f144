import { requireConfiguration } from '../access/configuration-rights.ts';
import { accessOf } from '../access/person-access.ts';
import { type Actor, actorName, type UserActor } from '../actor.ts';
import type { Clock } from '../clock.ts';
import { ApplianceError, invalidField } from '../errors.ts';
import { hashSecret, randomToken } from '../secrets.ts';
import { type JumpSubject, savedSubject, startDecision, unsavedSubject } from '../sessions/jump-facts.ts';
import type { ShellTarget } from '../sessions/support-session.ts';
import type { SiteSettingsSource } from '../settings/site-settings.ts';
import type { Stores, UnitOfWork } from '../stores.ts';
import type { CredentialReference } from '../vault/credential-source.ts';
import { SHELL_PORTS } from './jump-item-kinds.ts';
import type { JumpItemHit } from './jump-item-search.ts';
import type { JumpItemService } from './jump-item-service.ts';
import { type LaunchCommand, launchCommand, launchParameters } from './launch-command.ts';
import { launchCredential } from './launch-credential.ts';
import type { LaunchParameters } from './launch-script.ts';
import { launchSearch } from './launch-search.ts';
import { LAUNCH_TOKEN_SECONDS, type LaunchJumpoint } from './launch-token.ts';

/** A target that is not saved. Without a Jumpoint one is still to be chosen. */
export interface LaunchAdHoc {
  jumpoint: LaunchJumpoint | undefined;
  shell: ShellTarget;
}

/** What a command would do for one person. Nothing has been started. */
export interface LaunchResolution {
  command: LaunchCommand;
  hits: 'none' | 'one' | 'several';
  /** The first hundred of `total`. */
  items: JumpItemHit[];
  total: number;
  adHoc: LaunchAdHoc | undefined;
  /** What the command wants injected. */
  credential: CredentialReference | undefined;
  /** To choose from when an ad-hoc target names none. */
  jumpoints: LaunchJumpoint[];
  startAtOnce: boolean;
  /** What to tell the person; empty when there is nothing to say. */
  message: string;
}

const MOST_ITEMS = 100;

export interface LaunchDeps {
  stores: Stores;
  unitOfWork: UnitOfWork;
  jumpItems: Pick<JumpItemService, 'search'>;
  settings: SiteSettingsSource;
  clock: Clock;
}

/**
 * Commands of scripts, links and launch tokens. They only say what is wanted: whoever runs one starts it with their
 * own rights. The rules are asked here so that nothing that would be refused starts by itself, and again at the start.
 */
export class LaunchService {
  readonly #deps: LaunchDeps;

  constructor(deps: LaunchDeps) {
    this.#deps = deps;
  }

  /** Fails with `invalid` for a command that breaks the rules of its action. */
  async resolve(actor: UserActor, parameters: LaunchParameters): Promise<LaunchResolution> {
    const atOnce = this.#deps.settings.current().client_script_start_at_once;
    return await this.#resolve(actor, launchCommand(parameters), atOnce);
  }

  /** Uses the token up. Fails with `not_found` for one that is unknown, used, expired or somebody else's. */
  async redeem(actor: UserActor, token: string): Promise<LaunchResolution> {
    const parameters = await this.#deps.unitOfWork.inTransaction(async ({ launchTokens, auditLog }) => {
      const stored = await launchTokens.redeem(hashSecret(token), actor.userId);
      if (stored === undefined) {
        throw new ApplianceError(
          'not_found',
          'This launch link has been used, has expired or is meant for somebody else.',
        );
      }
      await auditLog.record({ type: 'launch_token.used', actor, after: { action: stored.action } });
      return stored;
    });
    return await this.#resolve(actor, launchCommand(parameters), true);
  }

  /**
   * A token that runs this command once, for this user only, within five minutes. Fails with `forbidden`, and with
   * `invalid` for a bad command or an unknown or disabled user.
   */
  async mintToken(
    actor: Actor,
    userId: number,
    parameters: LaunchParameters,
  ): Promise<{ token: string; expiresAt: Date }> {
    requireConfiguration(actor);
    const command = launchCommand(parameters);
    const token = randomToken();
    const expiresAt = await this.#deps.unitOfWork.inTransaction(async ({ users, launchTokens, auditLog }) => {
      const user = await users.findById(userId);
      if (!user?.enabled) throw invalidField('user_id', 'There is no enabled user with this id.');
      const expires = await launchTokens.insert({
        tokenHash: hashSecret(token),
        userId,
        command: launchParameters(command),
        createdBy: actorName(actor),
        lifetimeSeconds: LAUNCH_TOKEN_SECONDS,
      });
      await auditLog.record({
        type: 'launch_token.created',
        actor,
        object: { type: 'user', id: userId, name: user.username },
        after: { action: command.action, external_key: command.externalKey },
      });
      return expires;
    });
    return { token, expiresAt };
  }

  async #resolve(actor: UserActor, command: LaunchCommand, atOnce: boolean): Promise<LaunchResolution> {
    switch (command.action) {
      case 'start_jump_item_session':
      case 'start_pinned_client_session':
        return await this.#savedItem(actor, command, atOnce);
      case 'start_shell_jump_session':
        return await this.#shellJump(actor, command);
      case 'login':
        return nothing(command, 'You are signed in. There is nothing more to do.');
      default:
        return nothing(command, `The action ${command.action} is not offered by this appliance yet.`);
    }
  }

  async #savedItem(actor: UserActor, command: LaunchCommand, atOnce: boolean): Promise<LaunchResolution> {
    const { credential_id: credentialId } = command.parameters;
    const credential =
      credentialId === undefined
        ? undefined
        : await launchCredential(this.#deps.stores, actor.userId, credentialId);
    if (credentialId !== undefined && credential === undefined) {
      return nothing(command, 'There is no credential with this credential_id that you may use.');
    }
    const query = launchSearch(command, credential?.associationId);
    const { items, total } =
      query === undefined
        ? { items: [], total: 0 }
        : await this.#deps.jumpItems.search(actor, query, { limit: MOST_ITEMS });
    if (total === 0) return nothing(command, 'No Jump Item that you may see matches this command.');
    const hits = total === 1 ? 'one' : 'several';
    const refusal = hits === 'one' ? await this.#refusalOfItem(actor, items[0]!.id) : '';
    const startAtOnce = atOnce && hits === 'one' && refusal === '';
    return {
      ...nothing(command, refusal),
      hits,
      items,
      total,
      startAtOnce,
      credential: credential?.reference,
    };
  }

  async #refusalOfItem(actor: UserActor, id: number): Promise<string> {
    const item = await this.#deps.stores.jumpItems.findById(id);
    return item === undefined ? '' : await this.#refusalOf(actor, savedSubject(item));
  }

  /** What starting this would be refused with now; empty when it would not. */
  async #refusalOf(actor: UserActor, subject: JumpSubject): Promise<string> {
    const { stores, clock, settings } = this.#deps;
    const moment = { now: clock.now(), site: settings.current() };
    const decision = await startDecision(stores, actor.userId, subject, moment);
    return decision?.refusal?.message ?? '';
  }

  async #jumpointsOf(actor: UserActor): Promise<'all' | number[]> {
    const facts = await this.#deps.stores.accessFacts.find(actor.userId, {
      jumpGroupIds: [],
      ownerUserIds: [],
    });
    if (facts === undefined) return [];
    const person = accessOf(facts);
    return person.administrator ? 'all' : [...person.jumpoints.keys()];
  }

  /** A target nobody has saved always asks for a confirmation: a link could name any host. */
  async #shellJump(actor: UserActor, command: LaunchCommand): Promise<LaunchResolution> {
    const permitted = await this.#deps.stores.launchJumpoints.forShellJump(await this.#jumpointsOf(actor));
    const name = command.parameters.jumpoint;
    const choices = name === undefined ? permitted : permitted.filter((jumpoint) => isCalled(jumpoint, name));
    if (choices.length === 0) {
      return nothing(
        command,
        name === undefined
          ? 'There is no Jumpoint that you may use for Shell Jumps.'
          : `There is no Jumpoint "${name}" that you may use for Shell Jumps.`,
      );
    }
    const only = choices.length === 1 ? choices[0] : undefined;
    const shell = shellTarget(command.parameters);
    const message =
      only === undefined
        ? 'Choose the Jumpoint to use.'
        : await this.#refusalOf(actor, unsavedSubject(shell, only.id));
    return {
      ...nothing(command, message),
      hits: 'one',
      adHoc: { jumpoint: only, shell },
      jumpoints: only === undefined ? choices : [],
    };
  }
}

function nothing(command: LaunchCommand, message: string): LaunchResolution {
  return {
    command,
    hits: 'none',
    items: [],
    total: 0,
    adHoc: undefined,
    credential: undefined,
    jumpoints: [],
    startAtOnce: false,
    message,
  };
}

function isCalled(jumpoint: LaunchJumpoint, name: string): boolean {
  return [jumpoint.name, jumpoint.codeName].some((known) => known.toLowerCase() === name.toLowerCase());
}

function shellTarget(parameters: LaunchParameters): ShellTarget {
  const protocol = parameters.protocol?.toLowerCase() === 'telnet' ? 'telnet' : 'ssh';
  return {
    hostname: parameters.target!,
    port: parameters.port === undefined ? SHELL_PORTS[protocol] : Number(parameters.port),
    protocol,
    username: parameters.username ?? '',
    terminal: parameters.terminal?.toLowerCase() === 'vt100' ? 'VT100' : 'xterm',
    keep_alive: 0,
  };
}
