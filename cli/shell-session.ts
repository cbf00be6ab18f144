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
  'external_key' | 'custom_attributes' | 'ticket_id' | 'override_schedule' | 'username'
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
  const session = await start(server, { ...subject, ...facts, size: terminalSize() });
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

async function start(server: Server, body: Record<string, unknown>): Promise<SessionStarted> {
  try {
    return await server.call<SessionStarted>('POST', '/session', { json: body });
  } catch (error) {
    if (!(error instanceof ServerRefusal)) throw error;
    throw error.exitCode === 1 ? new CommandFailure(error.message, SHELL_FAILED) : error;
  }
}
