import type {
  ProviderSource,
  ProviderTest,
  ProviderTester,
} from '../../appliance/directory/identity-provider.ts';
import type { ProviderTrace } from '../../appliance/directory/provider-trace.ts';
import { ApplianceError } from '../../appliance/errors.ts';
import type { RadiusProvider } from './radius-provider.ts';
import { nameOf, type RadiusServers, STATUS_SECONDS, serversOf, tell } from './radius-servers.ts';

/** Tries a RADIUS provider: each server by itself, then the sign-in of a person. */
export class RadiusTester implements ProviderTester {
  readonly #servers: RadiusServers;
  readonly #provider: RadiusProvider;

  constructor(deps: { servers: RadiusServers; provider: RadiusProvider }) {
    this.#servers = deps.servers;
    this.#provider = deps.provider;
  }

  async test(source: ProviderSource, test: ProviderTest, trace: ProviderTrace): Promise<void> {
    try {
      await this.#eachServer(source, test.password !== undefined, trace);
      if (trace.failure !== undefined) return;
      if (test.username !== undefined && test.password !== undefined) {
        await this.#person(source, { username: test.username, password: test.password }, trace);
      } else {
        trace.noted(
          'password',
          'No password was tried.',
          'Give a user name and a password to try a sign-in; only that shows everything.',
        );
      }
    } catch (error) {
      if (!(error instanceof ApplianceError && error.code === 'unavailable')) throw error;
      if (trace.failure === undefined) trace.failed('answer', error.message);
    }
  }

  async #eachServer(source: ProviderSource, passwordFollows: boolean, trace: ProviderTrace): Promise<void> {
    const servers = serversOf(source);
    const seconds = Math.min(STATUS_SECONDS, Number(source.provider.settings.timeout ?? 3));
    let possible = 0;
    for (const [index, server] of servers.entries()) {
      const isLast = index === servers.length - 1;
      const outcome = await this.#servers.status(source, server, trace);
      if (outcome.kind === 'answer') {
        trace.passed('answer', `${nameOf(server)} answers, signed with our shared secret.`);
        possible += 1;
      } else if (outcome.kind === 'silent' && outcome.ignored === 'no_message_authenticator') {
        possible += 1;
        // Only a sign-in shows whether it signs what counts.
        trace.noted(
          'answer',
          `${nameOf(server)} knows our shared secret, but answered the question whether it is there without Message-Authenticator.`,
          'Update the server when a sign-in is answered without it too: such answers are not taken (CVE-2024-3596).',
        );
      } else if (outcome.kind === 'silent' && outcome.ignored === undefined) {
        possible += 1;
        trace.noted(
          'answer',
          `${nameOf(server)} does not answer the question whether it is there. Many servers never do.`,
          passwordFollows
            ? undefined
            : `If a sign-in gets no answer either: register ${outcome.from} as a client there, with the same shared secret.`,
        );
      } else tell(trace, server, outcome, seconds * 1000, !isLast || possible > 0);
    }
  }

  async #person(
    source: ProviderSource,
    credentials: { username: string; password: string },
    trace: ProviderTrace,
  ): Promise<void> {
    const answer = await this.#provider.checkPassword(source, credentials, trace);
    switch (answer.outcome) {
      case 'accepted':
        trace.passed('password', `${credentials.username} may sign in.`);
        break;
      case 'challenge':
        trace.passed(
          'challenge',
          `The password was taken, and the server asks for more: “${answer.message}”. A sign-in shows this question; the test ends here.`,
        );
        break;
      case 'refused':
        if (trace.failure !== undefined) break;
        trace.failed(
          'password',
          `${credentials.username} was ${answer.reason}.`,
          'The log of the RADIUS server says why: a wrong password, an unknown user or a rule of its own.',
        );
        break;
      case 'unknown':
        break;
    }
  }
}
