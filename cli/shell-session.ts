import type { components } from '../api/generated/openapi.ts';
import { CommandFailure } from './command.ts';
import { type Server, ServerRefusal } from './server.ts';
import type { GivenCredentials } from './terminal/answer-prompt.ts';
import type { KeyInput } from './terminal/key-input.ts';
import { RelayTerminal, SHELL_FAILED, terminalSize } from './terminal/relay-terminal.ts';

type SessionStart = components['schemas']['SessionStart'];
type SessionStarted = components['schemas']['SessionStarted'];
type ChannelTicket = components['schemas']['ChannelTicket'];

/** What can be said about a session at its start besides its target. */
export type SessionFacts = Pick<
  SessionStart,
  'external_key' | 'custom_attributes' | 'ticket_id' | 'override_schedule' | 'username' | 'credential'
>;
export type ShellSubject = { jump_item: { type: string; id: number } } | { ad_hoc: Record<string, unknown> };

/** Starts a session and works in it. Returns the exit code of the remote shell. */
export async function runShell(
  server: Server,
  subject: ShellSubject,
  facts: SessionFacts,
  keys: KeyInput | undefined,
  given: GivenCredentials,
): Promise<number> {
  const session = await start(server, { ...subject, ...facts, size: terminalSize() }, keys);
  const { lsid, channel } = session;
  if (keys !== undefined) process.stderr.write(`Session ${lsid}; ~? shows the escapes.\r\n`);
  return new RelayTerminal({
    relayUrl: channel.relay_url,
    reattach: async () =>
      (await server.call<ChannelTicket>('POST', `/session/${lsid}/channel/${channel.id}/ticket`)).relay_url,
    isOver: (error) => error instanceof ServerRefusal && error.status < 500 && error.status !== 429,
    keys,
    given,
  }).run();
}

async function start(
  server: Server,
  body: Record<string, unknown>,
  keys: KeyInput | undefined,
): Promise<SessionStarted> {
  try {
    return await server.call<SessionStarted>('POST', '/session', { json: body });
  } catch (error) {
    if (!(error instanceof ServerRefusal)) throw error;
    if (keys !== undefined && (await provenAgain(server, error, keys)))
      return await start(server, body, keys);
    const hint =
      error.facts.reason === 'default_credential'
        ? ' Name another with --credential, or none with --no-credential.'
        : '';
    throw error.exitCode === 1 ? new CommandFailure(`${error.message}${hint}`, SHELL_FAILED) : error;
  }
}

const TRIES = 3;

/**
 * Whether the start was refused for want of a second factor that was then proven with a code. False: it was refused for
 * something else, or the person has no codes.
 */
async function provenAgain(
  server: Server,
  { facts, message }: ServerRefusal,
  keys: KeyInput,
): Promise<boolean> {
  const methods = Array.isArray(facts.methods) ? facts.methods : [];
  if (facts.reason !== 'second_factor_proof_required') return false;
  if (!methods.includes('totp') && !methods.includes('recovery_code')) return false;
  process.stderr.write(`${message}\r\n`);
  for (let attempt = 1; ; attempt += 1) {
    const code = (await keys.readLine('Code: ', { echo: false })).trim();
    try {
      await server.call('POST', '/me/second-factor/verify', { json: { code } });
      return true;
    } catch (error) {
      if (!(error instanceof ServerRefusal && error.status === 422) || attempt === TRIES) throw error;
      process.stderr.write(`${error.message}\r\n`);
    }
  }
}
