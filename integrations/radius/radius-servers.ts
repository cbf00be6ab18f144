import { lookup } from 'node:dns/promises';
import { serverOf } from '../../appliance/directory/directory-server.ts';
import type { ProviderSource } from '../../appliance/directory/identity-provider.ts';
import type { ProviderTrace } from '../../appliance/directory/provider-trace.ts';
import { ApplianceError } from '../../appliance/errors.ts';
import { type RadiusAddress, RadiusLink, type RadiusSilence } from './radius-link.ts';
import { encodeRequest, type RadiusAnswer, type RadiusRequest } from './radius-packet.ts';

export interface RadiusServer {
  host: string;
  port: number;
}

type Attributes = [string, string | number | Buffer][];

/** Whether it is there, a server says at once or never. */
export const STATUS_SECONDS = 2;
/** A server that did not answer is asked after the others for so long. */
const DISTRUST_MS = 60_000;

/** The RADIUS servers of all providers: one link for each address, and which of them answered last. */
export class RadiusServers {
  readonly #links = new Map<string, RadiusLink>();
  readonly #silentUntil = new Map<string, number>();

  /**
   * Asks the servers of a provider in their order until one answers; the trace tells how each of them did. With `only`,
   * no other: a question belongs to the server that asked it. Fails with `unavailable` when nobody answers.
   */
  async ask(
    source: ProviderSource,
    attributes: Attributes,
    trace: ProviderTrace,
    only?: RadiusServer,
  ): Promise<{ answer: RadiusAnswer; server: RadiusServer }> {
    const secret = await secretOf(source, trace);
    const milliseconds = Number(source.provider.settings.timeout ?? 3) * 1000;
    const all = serversOf(source);
    const servers =
      only === undefined ? this.#inOrder(all) : all.filter((server) => nameOf(server) === nameOf(only));
    const encode = (identifier: number) => encodeRequest('Access-Request', identifier, secret, attributes);
    for (const [index, server] of servers.entries()) {
      const outcome = await this.#askOne(server, encode, secret, milliseconds);
      if (outcome.kind === 'answer') {
        this.#silentUntil.delete(nameOf(server));
        trace.passed('answer', `${nameOf(server)} answers: ${WORDS[outcome.answer.code]}.`);
        return { answer: outcome.answer, server };
      }
      this.#silentUntil.set(nameOf(server), Date.now() + DISTRUST_MS);
      tell(trace, server, outcome, milliseconds, index < servers.length - 1);
    }
    throw new ApplianceError('unavailable', `No RADIUS server of ${source.provider.name} answers.`);
  }

  /** Whether a server says that it is there (RFC 5997); many do not say. */
  async status(source: ProviderSource, server: RadiusServer, trace: ProviderTrace) {
    const secret = await secretOf(source, trace);
    const milliseconds = Math.min(STATUS_SECONDS, Number(source.provider.settings.timeout ?? 3)) * 1000;
    const encode = (identifier: number) => encodeRequest('Status-Server', identifier, secret, nasOf(source));
    return await this.#askOne(server, encode, secret, milliseconds);
  }

  close(): void {
    for (const link of this.#links.values()) link.close();
    this.#links.clear();
  }

  #inOrder(servers: readonly RadiusServer[]): RadiusServer[] {
    const now = Date.now();
    const silent = (server: RadiusServer) => (this.#silentUntil.get(nameOf(server)) ?? 0) > now;
    return [...servers.filter((server) => !silent(server)), ...servers.filter(silent)];
  }

  async #askOne(
    server: RadiusServer,
    encode: (identifier: number) => RadiusRequest,
    secret: string,
    milliseconds: number,
  ) {
    let address: string;
    try {
      ({ address } = await lookup(server.host));
    } catch {
      return { kind: 'unknown_host' as const };
    }
    return await this.#linkTo({ address, port: server.port }).ask(encode, secret, milliseconds);
  }

  #linkTo(to: RadiusAddress): RadiusLink {
    const key = `${to.address} ${to.port}`;
    const known = this.#links.get(key);
    if (known !== undefined) return known;
    const link = new RadiusLink(to);
    this.#links.set(key, link);
    return link;
  }
}

const WORDS = { accept: 'accepted', reject: 'refused', challenge: 'a question' } as const;

export function serversOf({ provider: { settings } }: ProviderSource): RadiusServer[] {
  const port = Number(settings.port ?? 1812);
  const alternates = (settings.alternate_servers ?? []) as readonly string[];
  return [
    { host: String(settings.hostname), port },
    ...alternates.flatMap((server) => serverOf(server, port) ?? []),
  ];
}

export function nameOf({ host, port }: RadiusServer): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Who we are: RFC 2865 asks every request to say so. NAS-Port-Type 5 is `Virtual`. */
export function nasOf({ provider }: ProviderSource): Attributes {
  return [['NAS-Identifier', String(provider.settings.nas_identifier || 'bridgehead')]];
}

/** Tells what one server came to; a failure only when no other is left. */
export function tell(
  trace: ProviderTrace,
  server: RadiusServer,
  silence: RadiusSilence | { kind: 'unknown_host' },
  milliseconds: number,
  othersFollow: boolean,
): void {
  const { step, message, advice } = explain(server, silence, milliseconds);
  if (othersFollow) trace.noted(step, `${message} The next server is asked.`, advice);
  else trace.failed(step, message, advice);
}

function explain(
  server: RadiusServer,
  silence: RadiusSilence | { kind: 'unknown_host' },
  milliseconds: number,
): { step: string; message: string; advice: string } {
  const name = nameOf(server);
  switch (silence.kind) {
    case 'unknown_host':
      return {
        step: 'resolve',
        message: `The name ${server.host} has no address.`,
        advice: 'Check the hostname and the name servers that this server uses.',
      };
    case 'closed':
      return {
        step: 'connect',
        message: `Nothing listens at ${name}.`,
        advice:
          'Check the port (1812, or 1645 on old servers) and whether the RADIUS server runs and listens on that address.',
      };
    case 'unreachable':
      return {
        step: 'connect',
        message: `${name} cannot be reached: ${silence.cause.message}.`,
        advice: 'Check the address and the routes and firewalls on the way there (UDP).',
      };
    case 'busy':
      return {
        step: 'connect',
        message: `Too many requests wait for ${name}.`,
        advice: 'The server answers slowly: look at its load and what it asks in turn.',
      };
    case 'silent':
      return { step: 'answer', ...explainSilence(name, silence, milliseconds / 1000) };
  }
}

function explainSilence(
  name: string,
  { ignored, from }: Extract<RadiusSilence, { kind: 'silent' }>,
  seconds: number,
): { message: string; advice: string } {
  switch (ignored) {
    case 'no_message_authenticator':
      return {
        message: `${name} answers without Message-Authenticator. Such answers can be forged (CVE-2024-3596) and are not taken.`,
        advice:
          'Update the RADIUS server, and let it send Message-Authenticator in every answer (in FreeRADIUS before 3.2.5: update reply { Message-Authenticator := 0x00 }).',
      };
    case 'not_authentic':
      return {
        message: `${name} answers, but its answers are not signed with our shared secret.`,
        advice: `The shared secret differs: set the one that the RADIUS server has for its client ${from}.`,
      };
    case 'malformed':
    case 'other_request':
      return {
        message: `What comes from ${name} is no answer to our request.`,
        advice: 'Check that a RADIUS server for authentication listens on that port, and nothing else.',
      };
    case undefined:
      return {
        message: `${name} did not answer within ${seconds} seconds.`,
        advice: `RADIUS servers are silent towards clients they do not know and when the shared secret differs. Register ${from} as a client there, with the same shared secret; then check that UDP gets through, and whether people need longer to confirm a sign-in (timeout).`,
      };
  }
}

async function secretOf(source: ProviderSource, trace: ProviderTrace): Promise<string> {
  const secret = await source.secret('shared_secret');
  if (secret) return secret;
  trace.failed(
    'secret',
    'The provider has no shared secret.',
    'Set the one that the RADIUS server has for us.',
  );
  throw new ApplianceError(
    'unavailable',
    `The security provider ${source.provider.name} has no shared secret.`,
  );
}
