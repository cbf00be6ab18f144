import { WebSocket } from 'ws';
import { MAX_RELAY_BYTES, RELAY_SUBPROTOCOL } from '../../agents/protocol.ts';
import { parseRelayMessageForRepresentative } from '../../agents/relay-protocol.ts';
import type { TestSshd } from '../../test/support/test-sshd.ts';
import { type MeasuredTerminal, prompted } from './measured-terminal.ts';

/** Somebody signed in to a running server. */
export interface SignedIn {
  url: string;
  headers: Record<string, string>;
  jumpointId: number;
}

/** A Shell Jump through everything: this socket, the server's relay with its recording, the Jumpoint, sshd. */
export async function bridgeheadTerminal(site: SignedIn, sshd: TestSshd): Promise<MeasuredTerminal> {
  const answer = await fetch(new URL('/api/config/v1/session', site.url), {
    method: 'POST',
    headers: { ...site.headers, 'content-type': 'application/json' },
    body: JSON.stringify({
      ad_hoc: {
        type: 'shell_jump',
        jumpoint_id: site.jumpointId,
        hostname: '127.0.0.1',
        port: sshd.port,
        protocol: 'ssh',
        username: sshd.username,
      },
    }),
  });
  if (answer.status !== 201) throw new Error(`No session: ${answer.status} ${await answer.text()}`);
  const { channel } = (await answer.json()) as { channel: { relay_url: string } };
  const socket = new WebSocket(channel.relay_url, RELAY_SUBPROTOCOL, {
    perMessageDeflate: false,
    maxPayload: MAX_RELAY_BYTES,
    generateMask: (mask) => mask.fill(0),
  });
  let listener: (data: Buffer) => void = () => undefined;
  const terminal: MeasuredTerminal = {
    write: (text) => socket.send(Buffer.from(text)),
    listen(next) {
      listener = next;
    },
    close: () => socket.terminate(),
  };
  const ready = prompted(terminal);
  const connected = new Promise<void>((resolve, reject) => {
    socket.on('error', reject);
    socket.on('close', (code, reason) => reject(new Error(`The relay closed: ${code} ${reason}`)));
    socket.on('message', (data: Buffer, isBinary) => {
      if (isBinary) {
        listener(data);
        return;
      }
      const message = parseRelayMessageForRepresentative(data);
      if (message.t === 'prompt') {
        const reply = message.kind === 'host-key' ? { choice: 'save' } : { private_key: sshd.privateKey };
        socket.send(JSON.stringify({ t: 'answer', id: message.id, ...reply }));
      } else if (message.t === 'status' && message.state === 'connected') resolve();
      else if (message.t === 'refused') reject(new Error(message.message));
    });
  });
  await Promise.all([connected, ready]);
  return terminal;
}
