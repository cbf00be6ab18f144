import { EventEmitter } from 'node:events';
import { pino } from 'pino';
import { expect, it } from 'vitest';
import type { WebSocket } from 'ws';
import { RelayChannel } from '../../../api/realtime/relay-channel.ts';

it('ends a Jumpoint that tells again and again what became of a credential', async () => {
  const entered: string[] = [];
  const ended: string[] = [];
  const channel = new RelayChannel(
    { id: 'channel', lsid: 'session', instance: 1, size: { columns: 80, rows: 24 } },
    {
      connected: async () => undefined,
      representativeLeft: () => undefined,
      giveCredential: async () => ({ refused: '' }),
      credentialUsed: async (_ok, reason) => void entered.push(reason),
      ended: (reason) => void ended.push(reason),
    },
    pino({ level: 'silent' }),
  );
  const nothing = () => undefined;
  const socket = Object.assign(new EventEmitter(), { resume: nothing, pause: nothing, send: nothing });
  channel.attachJumpoint(socket as unknown as WebSocket);
  for (const reason of ['first', 'second', 'third'])
    socket.emit('message', Buffer.from(JSON.stringify({ t: 'credential-used', ok: false, reason })), false);
  await expect.poll(() => ended).toEqual(['protocol_error']);
  expect(entered).toEqual(['first']);
});
