import type { Clock } from '../../appliance/clock.ts';
import type { AssertionReplays } from '../../appliance/directory/assertion-replays.ts';
import type { ExternalLookup } from '../../appliance/directory/external-lookup.ts';
import type {
  NegotiateAnswer,
  NegotiateProvider,
  ProviderIdentity,
  ProviderSource,
} from '../../appliance/directory/identity-provider.ts';
import type { ProviderTrace } from '../../appliance/directory/provider-trace.ts';
import { ApplianceError } from '../../appliance/errors.ts';
import { type Explanation, explain, explainMissing, NTLM, REPLAYED } from './kerberos-failure.ts';
import type { KerberosProcess } from './kerberos-process.ts';
import type { KerberosReply } from './kerberos-protocol.ts';
import { type KeytabEntry, keysOf, keytabOf, principalOf, readKeytab } from './keytab.ts';
import { type OfferedTicket, readNegotiateToken } from './negotiate-token.ts';
import { isListed, type Principal, readPrincipal, takesService, usernameOf } from './principal-rules.ts';

interface Log {
  warn(facts: object, message: string): void;
}

/** Twice the difference of clocks that Kerberos allows. */
const PROOF_MS = 10 * 60_000;

/** The part of the Kerberos process that is needed here. */
export type KerberosLibrary = Pick<KerberosProcess, 'ask'>;

/**
 * Judges SPNEGO tokens with the keytab of one provider. Only the keys of the service that the ticket is for are given
 * to the library, so a provider never answers for the keys of another.
 */
export class KerberosProvider implements NegotiateProvider {
  readonly #library: KerberosLibrary;
  readonly #lookup: Pick<ExternalLookup, 'complete'>;
  readonly #replays: Pick<AssertionReplays, 'remember'>;
  readonly #clock: Clock;
  readonly #log: Log;
  #saidMissing = false;

  constructor(deps: {
    library: KerberosLibrary;
    lookup: Pick<ExternalLookup, 'complete'>;
    replays: Pick<AssertionReplays, 'remember'>;
    clock: Clock;
    log: Log;
  }) {
    this.#library = deps.library;
    this.#lookup = deps.lookup;
    this.#replays = deps.replays;
    this.#clock = deps.clock;
    this.#log = deps.log;
  }

  async negotiate(source: ProviderSource, token: string, trace: ProviderTrace): Promise<NegotiateAnswer> {
    const { settings } = source.provider;
    const entries = await this.#entriesOf(source, trace);
    const offered = readNegotiateToken(token);
    if (offered.kind === 'ntlm') return refused(trace, NTLM);
    if (offered.kind === 'unusable') {
      return refused(trace, {
        step: 'token',
        message: `The token cannot be used: ${offered.reason}.`,
        advice: 'Let the client negotiate by SPNEGO (RFC 4559) and offer Kerberos first.',
      });
    }
    const { ticket } = offered;
    const { service } = ticket;
    const keys = keysOf(entries, service);
    if (keys.length === 0 || !takesService(service.name, service.realm, settings)) {
      const why =
        keys.length === 0 ? 'the keytab holds no key of it' : 'the settings of the provider leave it out';
      trace.failed('spn', `The ticket is for ${principalOf(service)}, and ${why}.`);
      return { outcome: 'unknown' };
    }
    const reply = await this.#accepted(keys, ticket, token, trace);
    if (reply.kind === 'refused') return reply.answer;
    // The library remembers what was used on this host; another host of the site asks the database.
    const until = new Date(this.#clock.now().getTime() + PROOF_MS);
    if (!(await this.#replays.remember(source.provider.id, `kerberos ${ticket.proof}`, until))) {
      return refused(trace, REPLAYED);
    }
    return await this.#admit(source, entries, reply, trace);
  }

  async #accepted(
    keys: readonly KeytabEntry[],
    ticket: OfferedTicket,
    token: string,
    trace: ProviderTrace,
  ): Promise<
    { kind: 'refused'; answer: NegotiateAnswer } | { kind: 'accepted'; principal: string; token: string }
  > {
    const keytab = keytabOf(keys).toString('base64');
    const reply = await this.#library.ask({ ask: 'accept', keytab, token });
    if (reply.reply === 'missing') throw this.#missing(reply.message, trace);
    if (reply.reply !== 'accepted') {
      const words = reply.reply === 'failed' ? reply.message : '';
      return { kind: 'refused', answer: refused(trace, explain(words, { ticket, entries: keys })) };
    }
    trace.passed('ticket', `The ticket for ${principalOf(ticket.service)} is that of ${reply.principal}.`);
    return { kind: 'accepted', principal: reply.principal, token: reply.token };
  }

  async #admit(
    source: ProviderSource,
    entries: readonly KeytabEntry[],
    { principal: whole, token }: { principal: string; token: string },
    trace: ProviderTrace,
  ): Promise<NegotiateAnswer> {
    const { provider } = source;
    const principal = readPrincipal(whole);
    if (principal === undefined) {
      return refused(trace, {
        step: 'rules',
        message: 'The principal of the ticket is not one that a person has.',
        advice: 'Sign in as a user whose name has no quoted characters.',
      });
    }
    const ownRealms = new Set(entries.map(({ realm }) => realm));
    const barred = await whyBarred(this.#library, principal, ownRealms, provider.settings);
    if (barred !== undefined) return refused(trace, barred);
    trace.passed('rules', `The settings of the provider let ${principal.whole} in.`);
    const identity: ProviderIdentity = {
      externalId: principal.whole,
      username: usernameOf(principal, ownRealms, provider.settings),
    };
    const names = ownRealms.has(principal.realm) ? [principal.name, principal.whole] : [principal.whole];
    const known = await this.#lookup.complete(provider, identity, names, trace);
    if (known.kind === 'disabled') return { outcome: 'refused', reason: known.reason };
    return { outcome: 'accepted', identity: known.identity, token };
  }

  async #entriesOf(source: ProviderSource, trace: ProviderTrace): Promise<KeytabEntry[]> {
    const keytab = readKeytab((await source.secret('keytab')) ?? '');
    if (keytab.kind === 'keytab') return keytab.entries;
    trace.failed('keytab', `The keytab cannot be used: ${keytab.reason}.`, 'Set the keytab of the provider.');
    throw new ApplianceError(
      'unavailable',
      `The security provider ${source.provider.name} has no usable keytab.`,
    );
  }

  #missing(words: string, trace: ProviderTrace): ApplianceError {
    const { step, message, advice } = explainMissing(words);
    trace.failed(step, message, advice);
    if (!this.#saidMissing) this.#log.warn({ reason: words, advice }, message);
    this.#saidMissing = true;
    return new ApplianceError('unavailable', message);
  }
}

/** Why the settings of a provider keep somebody out; undefined when they do not. */
export async function whyBarred(
  library: KerberosLibrary,
  principal: Principal,
  ownRealms: ReadonlySet<string>,
  settings: ProviderSource['provider']['settings'],
): Promise<Explanation | undefined> {
  if (settings.user_mode === 1 && !isListed(principal, ownRealms, settings)) {
    return {
      step: 'rules',
      message: `${principal.whole} is not in the list of users of the provider.`,
      advice: 'Add the user to allowed_users, or let everybody in by user_mode 0.',
    };
  }
  if (settings.user_mode !== 2) return undefined;
  const pattern = String(settings.allowed_users_regex ?? '');
  const reply: KerberosReply = await library.ask({ ask: 'match', pattern, text: principal.whole });
  if (reply.reply === 'matched' && reply.matches) return undefined;
  if (reply.reply === 'matched') {
    return {
      step: 'rules',
      message: `${principal.whole} does not match the pattern of the provider.`,
      advice: 'The pattern in allowed_users_regex is held against the whole principal, realm included.',
    };
  }
  return {
    step: 'rules',
    message: 'The pattern of the provider takes too long to match and was given up.',
    advice: 'Write allowed_users_regex without a repetition inside a repetition, such as (a+)+.',
  };
}

function refused(trace: ProviderTrace, { step, message, advice }: Explanation): NegotiateAnswer {
  trace.failed(step, message, advice);
  return { outcome: 'refused', reason: message };
}
