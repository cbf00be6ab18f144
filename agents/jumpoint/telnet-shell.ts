import type { Socket } from 'node:net';
import type { ShellTarget } from '../control-protocol.ts';
import type { TerminalSize } from '../protocol.ts';
import type { RemoteShell, Representative, ShellEvents } from './remote-shell.ts';
import { TELNET_NOP, TelnetCodec } from './telnet-codec.ts';

const BACKSPACE = 8;
const LINE_FEED = 10;
const RETURN = 13;
const SPACE = 32;
const DELETE = 127;

export interface TelnetShellOptions {
  target: ShellTarget;
  socket: Socket;
  representative: Representative;
  events: ShellEvents;
}

/** A Telnet session on a connected socket. The remote login asks for names and passwords in the terminal itself. */
export function openTelnetShell(options: TelnetShellOptions): RemoteShell {
  const { socket, target, events } = options;
  let closed = false;
  let failure: Error | undefined;
  const codec = new TelnetCodec(
    {
      terminal: target.terminal === 'VT100' ? 'vt100' : 'xterm',
      size: options.representative.size(),
      username: target.username,
    },
    (bytes) => socket.write(bytes),
  );
  const keepAlive = target.keep_alive
    ? setInterval(() => socket.write(TELNET_NOP), target.keep_alive * 1000)
    : undefined;

  socket.on('data', (data: Buffer) => {
    const output = codec.decode(data);
    if (output.length) events.output(output);
  });
  socket.on('drain', () => events.drained());
  socket.on('error', (cause) => {
    failure = cause;
  });
  socket.on('close', () => {
    clearInterval(keepAlive);
    if (closed) return;
    closed = true;
    events.ended({
      code: null,
      message: failure
        ? `The connection to ${target.hostname} was lost: ${failure.message}.`
        : `${target.hostname} closed the connection.`,
    });
  });

  return {
    write(data: Buffer): boolean {
      if (codec.echoesHere) events.output(localEcho(data));
      return socket.write(codec.encode(data));
    },
    resize: (size: TerminalSize) => codec.resize(size),
    pause: () => void socket.pause(),
    resume: () => void socket.resume(),
    close(): void {
      closed = true;
      clearInterval(keepAlive);
      socket.destroy();
    },
  };
}

/** Typed text as a terminal shows it: Enter is a new line, other control characters stay invisible. */
function localEcho(data: Buffer): Buffer {
  const shown: number[] = [];
  for (const byte of data) {
    if (byte === RETURN) shown.push(RETURN, LINE_FEED);
    else if (byte === BACKSPACE || byte === DELETE) shown.push(BACKSPACE, SPACE, BACKSPACE);
    else if (byte >= SPACE) shown.push(byte);
  }
  return Buffer.from(shown);
}
