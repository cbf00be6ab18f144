import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';

export interface Inetd {
  port: number;
  /** Ends every connection's program, as a crash of the target would. */
  dropConnections(): void;
  stop(): Promise<void>;
}

/** Starts `command` for every connection to a port the kernel picks, with the socket as its input and output. */
export async function inetd(command: string, commandArguments: () => string[]): Promise<Inetd> {
  const children = new Set<ChildProcess>();
  const server = createServer({ pauseOnConnect: true, noDelay: true }, (socket: Socket) => {
    const child = spawn(command, commandArguments(), { stdio: [socket, socket, 'ignore'] });
    children.add(child);
    child.on('exit', () => children.delete(child));
    socket.on('error', () => undefined);
    // The program holds the connection now; this only lets go of our copy.
    socket.destroy();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const dropConnections = () => {
    for (const child of children) child.kill('SIGKILL');
  };
  return {
    port: (server.address() as AddressInfo).port,
    dropConnections,
    async stop() {
      server.close();
      dropConnections();
    },
  };
}
