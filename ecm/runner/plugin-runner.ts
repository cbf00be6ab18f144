import { Socket } from 'node:net';
import { encodeFrame, FrameReader } from '../channel/frames.ts';
import type { FromPlugin, ToPlugin } from '../channel/messages.ts';
import { MAX_MESSAGE_TEXT } from '../channel/messages.ts';
import { endGroup, watchHost } from './host-watch.ts';
import { PluginInProcess } from './plugin-in-process.ts';

/**
 * The program of a plug-in's process. It speaks with its host over descriptor 3 and ends when the host does. Only the
 * plug-in's own code runs here beside it.
 */
const CHANNEL_DESCRIPTOR = 3;
/** What the host has not read yet; beyond it log lines are dropped rather than kept. */
const MOST_UNREAD_BYTES = 1024 * 1024;

const channel = new Socket({ fd: CHANNEL_DESCRIPTOR, readable: true, writable: true });

function send(message: FromPlugin): void {
  if ((message.t === 'log' || message.t === 'mask') && channel.writableLength > MOST_UNREAD_BYTES) return;
  channel.write(frameOf(message));
}

/** A result may be what no message can hold. */
function frameOf(message: FromPlugin): Buffer {
  try {
    return encodeFrame(message);
  } catch (cause) {
    const { id } = message as { id?: number };
    const text = `The result cannot be sent: ${(cause as Error).message}`.slice(0, MAX_MESSAGE_TEXT);
    return encodeFrame(
      id === undefined
        ? { t: 'failed', message: text }
        : ({ t: 'error', id, code: undefined, message: text } satisfies FromPlugin),
    );
  }
}

const plugin = new PluginInProcess(send);
const reader = new FrameReader();
channel.on('data', (chunk: Buffer) => {
  for (const message of reader.read(chunk)) plugin.take(message as ToPlugin);
});
channel.on('error', () => {});
channel.on('close', () => void plugin.close().then(endGroup));
watchHost();
