import type { Socket } from 'node:net';
import { ShellRefusal } from './remote-shell.ts';

/** How long a target may say nothing at all: an SSH server names itself first (RFC 4253, section 4.2). */
const SILENCE_SECONDS = 15;
/** How long a target that speaks may take to its host key. Small devices reckon long, and hosts can be busy. */
const HANDSHAKE_SECONDS = 45;

/**
 * Limits the time from the connection to the host key; calls `refuse` once with the reason when it is over. Answers what
 * ends the watch: call it when the host key is there, or the attempt is over.
 */
export function limitHandshake(
  socket: Pick<Socket, 'bytesRead'>,
  hostname: string,
  refuse: (refusal: ShellRefusal) => void,
): () => void {
  const refused = (message: string) => refuse(new ShellRefusal('unreachable', message));
  const before = socket.bytesRead;
  let timer = setTimeout(() => {
    if (socket.bytesRead === before) {
      refused(`${hostname} accepts connections, but says nothing: it may be no SSH server, or a busy one.`);
      return;
    }
    timer = setTimeout(
      () => refused(`${hostname} did not settle on encryption within ${HANDSHAKE_SECONDS} seconds.`),
      (HANDSHAKE_SECONDS - SILENCE_SECONDS) * 1000,
    );
  }, SILENCE_SECONDS * 1000);
  return () => clearTimeout(timer);
}
