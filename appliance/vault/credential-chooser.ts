import type { UserActor } from '../actor.ts';
import type { Clock } from '../clock.ts';
import type { EcmEndpointHandles } from '../ecm/ecm-endpoint-handles.ts';
import { ApplianceError, invalidField } from '../errors.ts';
import type { JumpItem, JumpItemKind } from '../jump/jump-item.ts';
import type { JumpItemService } from '../jump/jump-item-service.ts';
import { credentialContext } from '../sessions/credential-choice.ts';
import { type JumpSubject, savedSubject, unsavedSubject } from '../sessions/jump-facts.ts';
import type { Stores, UnitOfWork } from '../stores.ts';
import { credentialKey, type NamedCredential } from './credential-preferences.ts';
import { MOST_RECOMMENDED, type OfferedCredential, offeredCredentials } from './credential-sections.ts';
import type { CredentialChoice, CredentialContext, CredentialReference } from './credential-source.ts';
import type { CredentialSources } from './credential-sources.ts';

/** How long all sources together may think about a list. */
const LIST_MS = 20_000;

export type CredentialTarget =
  | { jumpItem: { kind: JumpItemKind; id: number } }
  /** With the handle of a system that a credential manager listed: see `EcmEndpointHandles`. */
  | { hostname: string; endpointHandle?: string | undefined };

export interface DefaultCredential extends NamedCredential {
  /** Whether this person may inject it there now. */
  available: boolean;
}

export interface OfferedCredentials {
  items: OfferedCredential[];
  default: DefaultCredential | undefined;
  truncated: boolean;
  problems: string[];
}

export interface CredentialChooserDeps {
  stores: Stores;
  unitOfWork: UnitOfWork;
  jumpItems: Pick<JumpItemService, 'show'>;
  sources: CredentialSources;
  endpointHandles: EcmEndpointHandles;
  clock: Clock;
}

/** What a person chooses credentials by: the offer for a Jump Item, favourites, and the default of each item. */
export class CredentialChooser {
  readonly #deps: CredentialChooserDeps;

  constructor(deps: CredentialChooserDeps) {
    this.#deps = deps;
  }

  /**
   * Fails with `not_found` for a Jump Item the person may not see, with `forbidden` for a host without the right, and
   * with `invalid` for the handle of another system.
   */
  async offer(actor: UserActor, target: CredentialTarget, search: string): Promise<OfferedCredentials> {
    const context = contextOf(actor, await this.#subject(actor, target));
    if (context === undefined) return NOTHING;
    const preferences = this.#deps.stores.credentialPreferences;
    const signal = AbortSignal.timeout(LIST_MS);
    const endpoint = { hostname: context.hostname, context: 'login' } as const;
    const [found, used, favorites, preset] = await Promise.all([
      Promise.all(
        this.#deps.sources
          .all()
          .map((source) => source.find(context, { search, limit: source.limit, signal })),
      ),
      preferences.used(actor.userId, endpoint, MOST_RECOMMENDED),
      preferences.favorites(actor.userId),
      context.jumpItemId === undefined ? undefined : preferences.defaultFor(actor.userId, context.jumpItemId),
    ]);
    const choices = found.flatMap(({ items }) => items);
    // Beyond the limit of a list there may be what was used before and what is the default.
    const truncated = found.some((one) => one.truncated);
    const wanted = [...(truncated && search === '' ? used : []), ...(preset ? [preset] : [])];
    const known = new Set(choices.map(credentialKey));
    const missing = wanted.filter((reference) => !known.has(credentialKey(reference)));
    const more = (await Promise.all(missing.map((one) => this.#oneIfAnswered(context, one, signal)))).filter(
      (choice) => choice !== undefined,
    );
    const available = new Set([...choices, ...more].map(credentialKey));
    const shown = search === '' ? [...choices, ...more] : choices;
    return {
      items: offeredCredentials({ choices: shown, used, favorites, default: preset }),
      default: preset && { ...preset, available: available.has(credentialKey(preset)) },
      truncated,
      problems: found.flatMap(({ problems }) => problems),
    };
  }

  async addFavorite(actor: UserActor, credential: NamedCredential): Promise<void> {
    await this.#deps.unitOfWork.inTransaction(({ credentialPreferences }) =>
      credentialPreferences.addFavorite(actor.userId, credential),
    );
  }

  /** Fails with `not_found` when it is none. */
  async removeFavorite(actor: UserActor, credential: CredentialReference): Promise<void> {
    if (!(await this.#deps.stores.credentialPreferences.removeFavorite(actor.userId, credential))) {
      throw new ApplianceError('not_found', 'This credential is not one of your favourites.');
    }
  }

  /** Fails with `not_found` for a Jump Item the person may not see, or without a default. */
  async default(actor: UserActor, item: { kind: JumpItemKind; id: number }): Promise<DefaultCredential> {
    const seen = await this.#item(actor, item);
    const preset = await this.#deps.stores.credentialPreferences.defaultFor(actor.userId, seen.id);
    if (preset === undefined) throw noDefault();
    const context = contextOf(actor, savedSubject(seen));
    const choice = context && (await this.#oneIfAnswered(context, preset, AbortSignal.timeout(LIST_MS)));
    return { ...preset, available: choice !== undefined };
  }

  /** Fails with `not_found`, and with `invalid` for what this person may not inject there. */
  async setDefault(
    actor: UserActor,
    item: { kind: JumpItemKind; id: number },
    credential: CredentialReference,
  ): Promise<DefaultCredential> {
    const seen = await this.#item(actor, item);
    const context = contextOf(actor, savedSubject(seen));
    const choice = context && (await this.#one(context, credential, AbortSignal.timeout(LIST_MS)));
    if (choice === undefined)
      throw invalidField('id', 'You cannot inject this credential into this Jump Item.');
    const preset = { source: choice.source, id: choice.id, name: choice.name };
    await this.#deps.stores.credentialPreferences.setDefault(actor.userId, seen.id, preset);
    return { ...preset, available: true };
  }

  /** Fails with `not_found` for a Jump Item the person may not see, or without a default. */
  async clearDefault(actor: UserActor, item: { kind: JumpItemKind; id: number }): Promise<void> {
    const seen = await this.#item(actor, item);
    if (!(await this.#deps.stores.credentialPreferences.clearDefault(actor.userId, seen.id)))
      throw noDefault();
  }

  async #item(actor: UserActor, { kind, id }: { kind: JumpItemKind; id: number }): Promise<JumpItem> {
    return await this.#deps.jumpItems.show(actor, id, kind);
  }

  async #subject(actor: UserActor, target: CredentialTarget): Promise<JumpSubject> {
    if ('jumpItem' in target) return savedSubject(await this.#item(actor, target.jumpItem));
    if (!actor.administrator && !actor.rights.has('perm_shell_jump')) {
      throw new ApplianceError('forbidden', 'You may not start Shell Jumps.');
    }
    const { hostname, endpointHandle } = target;
    const { endpointHandles, clock } = this.#deps;
    const asked = { userId: actor.userId, hostname, port: undefined };
    const listed = endpointHandle ? endpointHandles.verified(endpointHandle, asked, clock.now()) : undefined;
    const login = { hostname, port: listed?.port ?? 22, protocol: 'ssh', username: '' } as const;
    return unsavedSubject({ ...login, terminal: 'xterm', keep_alive: 0 }, 0, listed?.id);
  }

  /** What a source cannot say now counts as not available. */
  async #oneIfAnswered(
    context: CredentialContext,
    reference: CredentialReference,
    signal: AbortSignal,
  ): Promise<CredentialChoice | undefined> {
    try {
      return await this.#one(context, reference, signal);
    } catch (error) {
      if (error instanceof ApplianceError && error.code === 'unavailable') return undefined;
      throw error;
    }
  }

  async #one(
    context: CredentialContext,
    { source, id }: CredentialReference,
    signal: AbortSignal,
  ): Promise<CredentialChoice | undefined> {
    const { sources } = this.#deps;
    if (!sources.all().some(({ name }) => name === source)) return undefined;
    return await sources.findOne(context, { source, id }, signal);
  }
}

const NOTHING: OfferedCredentials = { items: [], default: undefined, truncated: false, problems: [] };

/** Undefined for sessions into which nothing can be injected. */
function contextOf({ userId }: UserActor, subject: JumpSubject): CredentialContext | undefined {
  const { shell } = subject;
  if (shell === undefined || shell.protocol === 'telnet') return undefined;
  return credentialContext(userId, subject, shell);
}

function noDefault(): ApplianceError {
  return new ApplianceError('not_found', 'You have no default credential for this Jump Item.');
}
