import type { ExternalLookup } from '../../appliance/directory/external-lookup.ts';
import type {
  PasswordAnswer,
  PasswordCredentials,
  PasswordProvider,
  ProviderSource,
} from '../../appliance/directory/identity-provider.ts';
import type { ProviderTrace } from '../../appliance/directory/provider-trace.ts';
import { nameOf, nasOf, type RadiusServer, type RadiusServers } from './radius-servers.ts';

/** What User-Password holds (RFC 2865, 5.2), in UTF-8. */
const LONGEST_PASSWORD = 128;
const LONGEST_NAME = 253;

/** What goes on after a question; kept on the server. */
interface ChallengeState {
  server: RadiusServer;
  /** Base64; absent when the server asked without one. */
  state?: string | undefined;
}

/** Checks passwords, and the answers to what a RADIUS server asks back (RFC 2865, 4.4). */
export class RadiusProvider implements PasswordProvider {
  readonly #servers: Pick<RadiusServers, 'ask'>;
  readonly #lookup: Pick<ExternalLookup, 'complete'>;

  constructor(deps: { servers: Pick<RadiusServers, 'ask'>; lookup: Pick<ExternalLookup, 'complete'> }) {
    this.#servers = deps.servers;
    this.#lookup = deps.lookup;
  }

  async checkPassword(
    source: ProviderSource,
    { username, password }: PasswordCredentials,
    trace: ProviderTrace,
  ): Promise<PasswordAnswer> {
    const reason = whyNotAsked(source, username);
    if (reason !== undefined) {
      trace.failed('rules', reason, 'Add the user to allowed_users, or leave the list empty for everybody.');
      return { outcome: 'unknown' };
    }
    return await this.#ask(source, username, password, trace);
  }

  async answerChallenge(
    source: ProviderSource,
    answer: { username: string; state: string; response: string },
    trace: ProviderTrace,
  ): Promise<PasswordAnswer> {
    const challenge = JSON.parse(answer.state) as ChallengeState;
    return await this.#ask(source, answer.username, answer.response, trace, challenge);
  }

  async #ask(
    source: ProviderSource,
    username: string,
    password: string,
    trace: ProviderTrace,
    challenge?: ChallengeState,
  ): Promise<PasswordAnswer> {
    const length = Buffer.byteLength(password);
    if (length === 0 || length > LONGEST_PASSWORD) {
      const reason = `RADIUS carries passwords of 1 to ${LONGEST_PASSWORD} bytes; this one has ${length}.`;
      trace.failed('password', reason, 'Choose another password.');
      return { outcome: 'refused', reason };
    }
    const attributes: [string, string | number | Buffer][] = [
      ['User-Name', Buffer.from(username)],
      ['User-Password', password],
      ...nasOf(source),
      ['NAS-Port-Type', 5],
    ];
    if (challenge?.state !== undefined) attributes.push(['State', Buffer.from(challenge.state, 'base64')]);
    const { answer, server } = await this.#servers.ask(source, attributes, trace, challenge?.server);
    switch (answer.code) {
      case 'accept':
        return await this.#accepted(source, username, trace);
      case 'challenge': {
        const state: ChallengeState = { server, state: answer.state?.toString('base64') };
        const message = answer.message || 'Enter the code.';
        return { outcome: 'challenge', message, state: JSON.stringify(state) };
      }
      case 'reject': {
        const said = answer.message === '' ? '' : `: ${answer.message}`;
        return { outcome: 'refused', reason: `refused by ${nameOf(server)}${said}` };
      }
    }
  }

  async #accepted(source: ProviderSource, username: string, trace: ProviderTrace): Promise<PasswordAnswer> {
    // RADIUS has nothing that outlives a name, and most servers do not mind its case.
    const identity = { externalId: username.normalize('NFC').toLowerCase(), username };
    const known = await this.#lookup.complete(source.provider, identity, [username], trace);
    return known.kind === 'disabled'
      ? { outcome: 'refused', reason: known.reason }
      : { outcome: 'accepted', identity: known.identity };
  }
}

/** Why the servers are not asked about a name; undefined when they are. */
function whyNotAsked({ provider: { settings } }: ProviderSource, username: string): string | undefined {
  const allowed = (settings.allowed_users ?? []) as readonly string[];
  const wanted = username.toLowerCase();
  if (username.trim() !== username || Buffer.byteLength(username) > LONGEST_NAME) {
    return 'This is no name that is asked for by RADIUS.';
  }
  if (allowed.length > 0 && !allowed.some((name) => name.toLowerCase() === wanted)) {
    return `${username} is not in the list of users of the provider.`;
  }
  return undefined;
}
