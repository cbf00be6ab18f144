import {
  type CredentialChoice,
  type CredentialChoices,
  type CredentialContext,
  CredentialRefusal,
  type CredentialSource,
  type SealedCredential,
  type SealingRecipient,
} from '../vault/credential-source.ts';
import { type EcmExchange, instanceOf } from './ecm-exchange.ts';
import type { EcmPresence } from './ecm-presence.ts';
import type { EcmCredential, EcmFailure, EcmReply } from './ecm-question.ts';
import type { EcmSessions } from './ecm-sessions.ts';

const LONGEST_ID = 320;
const LONGEST_SEARCH = 255;

export interface EcmCredentialSourceDeps {
  exchange: EcmExchange;
  sessions: EcmSessions;
  presence: Pick<EcmPresence, 'anyApproved'>;
}

/**
 * The customer's own vaults, through the Endpoint Credential Manager. Who may have what is for them to say. A site that
 * never approved a host has no credentials there and no problem either.
 */
export class EcmCredentialSource implements CredentialSource {
  readonly name = 'ecm';
  readonly limit = 200;
  readonly #deps: EcmCredentialSourceDeps;

  constructor(deps: EcmCredentialSourceDeps) {
    this.#deps = deps;
  }

  async find(
    context: CredentialContext,
    { search, limit, signal }: { search: string; limit: number; signal: AbortSignal },
  ): Promise<CredentialChoices> {
    const { answer, failure } = await this.#found(context, search, limit, signal);
    if (failure) return { items: [], truncated: false, problems: [failure.message] };
    return {
      items: answer.items.map(toChoice),
      truncated: answer.truncated,
      problems: answer.problems.map(({ instance, message }) => `${instance}: ${message}`),
    };
  }

  /**
   * Stores have no question for one credential, so it is looked for in what there is for this person here. Among more
   * than can be listed it may be hidden: then it counts as there under its id, and the store says so when it is given.
   * Fails with `CredentialRefusal` when nobody can say.
   */
  async findOne(
    context: CredentialContext,
    id: string,
    { signal }: { signal: AbortSignal },
  ): Promise<CredentialChoice | undefined> {
    if (id === '' || id.length > LONGEST_ID) return undefined;
    const first = await this.#search(context, '', id, signal);
    if (first.choice || !first.truncated) return first.choice;
    const second = await this.#search(context, ownIdOf(id), id, signal);
    return second.choice ?? toChoice({ id, label: ownIdOf(id) });
  }

  async #search(
    context: CredentialContext,
    search: string,
    id: string,
    signal: AbortSignal,
  ): Promise<{ choice: CredentialChoice | undefined; truncated: boolean }> {
    const { answer, failure } = await this.#found(context, search, this.limit, signal);
    if (failure) throw refusalOf(failure);
    const listed = answer.items.find((item) => item.id === id);
    const problem = answer.problems.find(({ instance }) => instance === instanceOf(id));
    if (!listed && problem) throw new CredentialRefusal('unavailable', problem.message);
    return { choice: listed && toChoice(listed), truncated: answer.truncated };
  }

  async #found(
    context: CredentialContext,
    search: string,
    limit: number,
    signal: AbortSignal,
  ): Promise<EcmReply<'find_credentials'>> {
    const { exchange, sessions, presence } = this.#deps;
    if (!(await presence.anyApproved())) return { answer: { items: [], truncated: false, problems: [] } };
    return await exchange.ask(
      {
        kind: 'find_credentials',
        session: await sessions.of(context),
        search: search.slice(0, LONGEST_SEARCH),
        limit: Math.max(1, Math.min(limit, this.limit)),
      },
      signal,
    );
  }

  async give(
    context: CredentialContext & { lsid: string },
    id: string,
    recipient: SealingRecipient,
    { signal }: { signal: AbortSignal },
  ): Promise<SealedCredential> {
    const { exchange, sessions } = this.#deps;
    if (id === '' || id.length > LONGEST_ID) {
      throw new CredentialRefusal('not_found', 'There is no such credential.');
    }
    const { answer, failure } = await exchange.ask(
      {
        kind: 'get_credential',
        session: await sessions.of(context),
        credentialId: id,
        sealTo: { publicKey: recipient.publicKey.toString('base64'), context: recipient.context },
      },
      signal,
    );
    // Whoever has it may be a host that was lost on the way: it is given back in any case.
    if (failure?.inDoubt) throw new CredentialRefusal('unavailable', failure.message);
    if (failure) throw refusalOf(failure);
    const { sealed, username, lease } = answer;
    return { sealed, name: ownIdOf(id), username, ...(lease !== undefined && { lease }) };
  }

  /** What the store does not know any more is released. Fails with `CredentialRefusal` otherwise, to be tried again. */
  async release(
    context: Omit<CredentialContext, 'userId'> & { userId: number | undefined; lsid: string },
    id: string,
    endedAt: Date,
    { lease, signal }: { lease: string | undefined; signal: AbortSignal },
  ): Promise<void> {
    const { exchange, sessions } = this.#deps;
    const { failure } = await exchange.ask(
      {
        kind: 'release_credential',
        // A person who was deleted since has the number that nobody has.
        session: await sessions.of({ ...context, userId: context.userId ?? 0 }),
        credentialId: id,
        endedAt: endedAt.toISOString(),
        lease,
      },
      signal,
    );
    if (failure && failure.code !== 'not_found') throw refusalOf(failure);
  }
}

function toChoice({ id, label, username }: EcmCredential): CredentialChoice {
  return {
    source: 'ecm',
    id,
    name: label,
    username: username ?? '',
    type: '',
    group: instanceOf(id),
    associated: undefined,
  };
}

/** What the plug-in itself calls the credential. */
function ownIdOf(id: string): string {
  return id.slice(instanceOf(id).length + 1) || id;
}

function refusalOf({ code, message }: EcmFailure): CredentialRefusal {
  switch (code) {
    case 'not_found':
    case 'forbidden':
    case 'in_use':
      return new CredentialRefusal(code, message);
    default:
      return new CredentialRefusal('unavailable', message);
  }
}
