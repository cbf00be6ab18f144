import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { testAuthority } from './test-certificates.ts';

const run = promisify(execFile);

export const SAMBA_ADDRESS = '127.0.0.55';
export const SAMBA_PASSWORD = 'Passw0rd!x';

export interface TestSamba {
  /** Its ports are those of the protocols: 389, 636 and 3268 (LDAP), 88 and 464 (Kerberos). */
  address: string;
  /** A name that no name server knows; its certificate is for this and for the address. */
  hostname: string;
  realm: string;
  /** `DC=ad,DC=test` */
  base: string;
  /** PEM of the authority of its certificate. */
  authority: string;
  administrator: { name: string; password: string };
  /** `krb5.conf` of a client of this realm. */
  krb5Conf: string;
  /** Password with capitals, digits and signs, or it is refused. Further arguments of `samba-tool user create`. */
  addUser(name: string, password: string, args?: string[]): Promise<void>;
  addGroup(name: string, members: string[]): Promise<void>;
  /** E.g. `HTTP/localhost` for a user that stands for a service. */
  addServicePrincipal(principal: string, user: string): Promise<void>;
  /** Writes the keys of the principal (`HTTP/localhost@AD.TEST`) into a file. */
  exportKeytab(principal: string, file: string): Promise<void>;
  /** Any other command, e.g. `['user', 'disable', 'alice']`. */
  tool(args: string[]): Promise<string>;
  /** Changes entries of its database, as `ldbmodify` takes them. */
  modify(ldif: string): Promise<void>;
  stop(): Promise<void>;
}

/**
 * A real Active Directory domain controller on an address of its own, with Kerberos. It has fixed ports, so only one
 * runs at a time on an address: pick another one for another test file. Needs root.
 */
export async function testSamba({ address = SAMBA_ADDRESS } = {}): Promise<TestSamba> {
  const directory = await mkdtemp(join(tmpdir(), 'bridgehead-samba-'));
  const path = (name: string) => join(directory, name);
  const config = path('smb.conf');
  await run('samba-tool', [
    'domain',
    'provision',
    '-s',
    '/dev/null',
    '--realm=AD.TEST',
    '--domain=ADT',
    `--adminpass=${SAMBA_PASSWORD}`,
    '--server-role=dc',
    '--dns-backend=SAMBA_INTERNAL',
    '--host-name=dc1',
    `--host-ip=${address}`,
    `--targetdir=${path('p')}`,
    `--option=interfaces=${address}/8`,
    '--option=bind interfaces only=yes',
    '--option=vfs objects=dfs_samba4 acl_xattr xattr_tdb',
  ]);
  const authority = await testAuthority();
  const { certificate, key } = await authority.issue(['DNS:dc1.ad.test', `IP:${address}`]);
  await writeFile(path('ca.pem'), authority.certificate);
  await writeFile(path('cert.pem'), certificate);
  await writeFile(path('key.pem'), key, { mode: 0o600 });
  await writeFile(config, configuration(directory, address));
  await writeFile(path('krb5.conf'), kerberosConfiguration(address));
  const server = spawn('samba', ['-s', config, '-F', '--no-process-group'], {
    stdio: 'ignore',
    // Children of samba get its group, so that all of them can be ended at once.
    detached: true,
  });
  await untilListening(address, 636, server);
  await untilListening(address, 88, server);
  const tool = async (args: string[]) => (await run('samba-tool', [...args, '-s', config])).stdout;
  return {
    address,
    hostname: 'dc1.ad.test',
    realm: 'AD.TEST',
    base: 'DC=ad,DC=test',
    authority: authority.certificate,
    administrator: { name: 'Administrator@AD.TEST', password: SAMBA_PASSWORD },
    krb5Conf: path('krb5.conf'),
    tool,
    async addUser(name, password, args = []) {
      await tool(['user', 'create', name, password, ...args]);
    },
    async addGroup(name, members) {
      await tool(['group', 'add', name]);
      if (members.length > 0) await tool(['group', 'addmembers', name, members.join(',')]);
    },
    async addServicePrincipal(principal, user) {
      await tool(['spn', 'add', principal, user]);
    },
    async exportKeytab(principal, file) {
      await tool(['domain', 'exportkeytab', file, `--principal=${principal}`]);
    },
    async modify(ldif) {
      const file = path(`change-${Math.random().toString(36).slice(2)}.ldif`);
      await writeFile(file, ldif);
      await run('ldbmodify', ['-H', path('p/private/sam.ldb'), file]);
    },
    async stop() {
      await endGroup(server);
      await rm(directory, { recursive: true, force: true });
    },
  };
}

function configuration(directory: string, address: string): string {
  return `[global]
 server role = active directory domain controller
 netbios name = DC1
 realm = AD.TEST
 workgroup = ADT
 interfaces = ${address}/8
 bind interfaces only = yes
 private dir = ${directory}/p/private
 state directory = ${directory}/p/state
 cache directory = ${directory}/p/cache
 lock directory = ${directory}/p
 pid directory = ${directory}/p
 ncalrpc dir = ${directory}/p/ncalrpc
 binddns dir = ${directory}/p/bind-dns
 log file = ${directory}/p/log.%m
 server services = ldap, kdc, rpc, cldap
 dcerpc endpoint servers = epmapper, wkssvc, samr, netlogon, lsarpc, drsuapi, dssetup, unixinfo, browser, eventlog6, backupkey
 ldap server require strong auth = allow_sasl_over_tls
 dns forwarder = 127.0.0.1
 tls enabled = yes
 tls cafile = ${directory}/ca.pem
 tls certfile = ${directory}/cert.pem
 tls keyfile = ${directory}/key.pem
`;
}

function kerberosConfiguration(address: string): string {
  return `[libdefaults]
 default_realm = AD.TEST
 dns_lookup_kdc = false
 dns_lookup_realm = false
 dns_canonicalize_hostname = false
 rdns = false
 udp_preference_limit = 1
[realms]
 AD.TEST = {
  kdc = ${address}:88
 }
`;
}

async function untilListening(address: string, port: number, server: ChildProcess): Promise<void> {
  for (let attempt = 0; attempt < 600; attempt += 1) {
    if (server.exitCode !== null) throw new Error(`samba ended with ${server.exitCode}.`);
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect(port, address);
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
      socket.once('connect', () => socket.destroy());
    });
    if (open) return;
    await delay(50);
  }
  throw new Error('samba does not listen.');
}

/** Its processes are those of the group that this code started it as. */
async function endGroup(server: ChildProcess): Promise<void> {
  const signal = (name: NodeJS.Signals) => {
    try {
      process.kill(-server.pid!, name);
      return true;
    } catch {
      return false;
    }
  };
  signal('SIGTERM');
  for (let attempt = 0; attempt < 100 && signal('SIGCONT'); attempt += 1) await delay(50);
  signal('SIGKILL');
}
