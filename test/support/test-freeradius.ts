import { type ChildProcess, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export interface TestFreeradius {
  port: number;
  secret: string;
  /** What the server wrote. */
  log(): Promise<string>;
  stop(): Promise<void>;
}

export interface FreeradiusOptions {
  /** User name to password. */
  users: Record<string, string>;
  /** Who is asked for a code after the password: user name to code. */
  codes?: Record<string, string>;
  /** Answers as servers before the repair of CVE-2024-3596 did. Default false. */
  withoutMessageAuthenticator?: boolean;
  /** The client it knows. Default 127.0.0.1. */
  client?: string;
}

const SECRET = 'the shared secret of the tests';

/** A real FreeRADIUS server on a loopback port of its own, with its own configuration. */
export async function testFreeradius(options: FreeradiusOptions): Promise<TestFreeradius> {
  const directory = await mkdtemp(join(tmpdir(), 'bridgehead-radius-'));
  const log = join(directory, 'radius.log');
  const port = await freeUdpPort();
  await Promise.all([
    writeFile(join(directory, 'radiusd.conf'), configuration(directory, port, options), { mode: 0o600 }),
    writeFile(join(directory, 'users'), usersFile(options), { mode: 0o600 }),
  ]);
  const server = spawn('freeradius', ['-f', '-n', 'radiusd', '-d', directory, '-l', log], {
    stdio: 'ignore',
  });
  await ready(server, log);
  return {
    port,
    secret: SECRET,
    log: () => readFile(log, 'utf8'),
    async stop() {
      await ended(server);
      await rm(directory, { recursive: true, force: true });
    },
  };
}

function usersFile({ users }: FreeradiusOptions): string {
  return Object.entries(users)
    .map(([name, password]) => `"${name}" Cleartext-Password := "${password}"\n`)
    .join('');
}

function configuration(directory: string, port: number, options: FreeradiusOptions): string {
  const signed = options.withoutMessageAuthenticator
    ? ''
    : 'update reply {\n Message-Authenticator := 0x00\n }';
  const questions = Object.entries(options.codes ?? {}).map(([name, code]) =>
    question(name, options.users[name] ?? '', code, signed),
  );
  return `
prefix = /usr
localstatedir = ${directory}
logdir = ${directory}
raddbdir = ${directory}
confdir = ${directory}
run_dir = ${directory}
libdir = /usr/lib/freeradius
pidfile = ${directory}/radiusd.pid
max_request_time = 5
cleanup_delay = 2
log {
  destination = files
  file = ${directory}/radius.log
  auth = yes
}
security {
  max_attributes = 200
  reject_delay = 0
  status_server = yes
}
thread pool {
  start_servers = 1
  max_servers = 4
  min_spare_servers = 1
  max_spare_servers = 2
}
client appliance {
  ipaddr = ${options.client ?? '127.0.0.1'}
  secret = "${SECRET}"
  require_message_authenticator = yes
}
modules {
  always handled {
    rcode = handled
  }
  always reject {
    rcode = reject
  }
  pap {
  }
  files {
    filename = ${directory}/users
  }
}
server default {
  listen {
    type = auth
    ipaddr = 127.0.0.1
    port = ${port}
  }
  authorize {
    ${signed}
    ${questions.join('\n')}
    files
    pap
  }
  authenticate {
    Auth-Type PAP {
      pap
    }
  }
  post-auth {
    ${signed}
    Post-Auth-Type REJECT {
      update reply {
        Reply-Message := "Wrong user name or password"
      }
      ${signed}
    }
  }
}
`;
}

/** The password first; then a code, which belongs to the state that was sent with the question. */
function question(name: string, password: string, code: string, signed: string): string {
  return `
    if (&User-Name == "${name}") {
      ${signed}
      if (!&State && &User-Password == "${password}") {
        update reply {
          State := 0x0102030405060708090a0b0c0d0e0f10
          Reply-Message := "Enter the code from your phone, ${name}."
        }
        update control {
          Response-Packet-Type := Access-Challenge
        }
        handled
      }
      if (&State == 0x0102030405060708090a0b0c0d0e0f10 && &User-Password == "${code}") {
        update control {
          Auth-Type := Accept
        }
        return
      }
      update reply {
        Reply-Message := "Wrong code"
      }
      reject
    }`;
}

async function ready(server: ChildProcess, log: string): Promise<void> {
  for (let attempt = 0; attempt < 400 && server.exitCode === null; attempt++) {
    const text = await readFile(log, 'utf8').catch(() => '');
    if (text.includes('Ready to process requests')) return;
    await sleep(25);
  }
  await ended(server);
  throw new Error(`FreeRADIUS did not start: ${await readFile(log, 'utf8').catch(() => 'no log')}`);
}

async function ended(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const exit = new Promise((resolve) => server.once('exit', resolve));
  server.kill('SIGTERM');
  const impatience = setTimeout(() => server.kill('SIGKILL'), 3000);
  await exit;
  clearTimeout(impatience);
}

/** Free at this moment. */
export async function freeUdpPort(): Promise<number> {
  const socket = createSocket('udp4');
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    socket.bind(0, '127.0.0.1', resolve);
  });
  const { port } = socket.address();
  await new Promise<void>((resolve) => socket.close(() => resolve()));
  return port;
}
