// The real servers and tools that the tests need, from Debian.
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { run } from './toolchain.mjs';

/** Package, and a file by which one sees that it is there. */
const NEEDED = [
  ['openssh-server', '/usr/sbin/sshd'],
  ['openssh-client', '/usr/bin/ssh'],
  ['inetutils-telnetd', '/usr/sbin/telnetd'],
  ['chromium', '/usr/bin/chromium'],
  ['libxml2-utils', '/usr/bin/xmllint'],
  ['util-linux', '/usr/bin/setpriv'],
  ['postgresql', '/usr/lib/postgresql'],
  ['openssl', '/usr/bin/openssl'],
  ['slapd', '/usr/sbin/slapd'],
  ['ldap-utils', '/usr/bin/ldapadd'],
  // An Active Directory domain controller in parts: server, provisioning, its database tools.
  ['samba', '/usr/sbin/smbd'],
  ['samba-ad-dc', '/usr/sbin/samba'],
  ['samba-ad-provision', '/usr/share/samba/setup/provision.ldif'],
  ['samba-dsdb-modules', '/usr/lib/x86_64-linux-gnu/samba/ldb/samldb.so'],
  ['samba-vfs-modules', '/usr/lib/x86_64-linux-gnu/samba/vfs/acl_xattr.so'],
  ['winbind', '/usr/sbin/winbindd'],
  ['python3-samba', '/usr/bin/samba-tool'],
  ['python3-markdown', '/usr/lib/python3/dist-packages/markdown/__init__.py'],
  // An identity provider of SAML.
  ['php-cli', '/usr/bin/php'],
  ['simplesamlphp', '/usr/share/simplesamlphp/www/saml2/idp/SSOService.php'],
  ['ldb-tools', '/usr/bin/ldbmodify'],
  // A Kerberos realm, its users, and what the package `kerberos` is compiled with.
  ['krb5-kdc', '/usr/sbin/krb5kdc'],
  ['krb5-admin-server', '/usr/sbin/kadmin.local'],
  ['krb5-user', '/usr/bin/kinit'],
  ['libkrb5-dev', '/usr/include/gssapi/gssapi.h'],
  ['python3', '/usr/bin/python3'],
  ['make', '/usr/bin/make'],
  ['g++', '/usr/bin/g++'],
  ['curl', '/usr/bin/curl'],
  ['faketime', '/usr/bin/faketime'],
  ['freeradius', '/usr/sbin/freeradius'],
  // What bundled credential plug-ins talk to.
  ['keepassxc', '/usr/bin/keepassxc-cli'],
  ['pass', '/usr/bin/pass'],
  ['gnupg', '/usr/bin/gpg'],
  ['custodia', '/usr/sbin/custodia'],
];

/** Installs what is missing, or ends the process with the command that does it. */
export async function ensureDebianPackages() {
  const missing = NEEDED.filter(([, file]) => !existsSync(file)).map(([name]) => name);
  if (missing.length === 0) return;
  if (process.getuid() !== 0) {
    process.stderr.write(
      `The tests run against real servers and these are missing. Install them once, as root:\n\n  apt-get install --no-install-recommends ${missing.join(' ')}\n\n`,
    );
    process.exit(1);
  }
  process.stdout.write(`Installing Debian packages: ${missing.join(' ')}\n`);
  const allowServices = forbidServices();
  try {
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    await run('apt-get', ['update', '-qq'], { env });
    const install = ['install', '-y', '-qq', '--no-install-recommends', '-o', 'Dpkg::Use-Pty=0', ...missing];
    const code = await run('apt-get', install, { env, stdio: ['ignore', 'ignore', 'inherit'] });
    if (code !== 0) {
      process.stderr.write('The Debian packages could not be installed.\n');
      process.exit(code);
    }
  } finally {
    allowServices();
  }
}

/** The tests start their servers themselves; Debian would start its own at installation. Answers the way back. */
function forbidServices() {
  const policy = '/usr/sbin/policy-rc.d';
  if (existsSync(policy)) return () => {};
  writeFileSync(policy, '#!/bin/sh\nexit 101\n');
  chmodSync(policy, 0o755);
  return () => rmSync(policy, { force: true });
}

/** Directory of the programs of Debian's PostgreSQL, the oldest there is; undefined when none runs. */
export function debianPostgresql() {
  const base = '/usr/lib/postgresql';
  const majors = (existsSync(base) ? readdirSync(base) : []).map(Number).filter((major) => major >= 15);
  const oldest = majors.sort((a, b) => a - b)[0];
  const directory = `${base}/${oldest}/bin`;
  return oldest !== undefined && spawnSync(`${directory}/postgres`, ['--version']).status === 0
    ? directory
    : undefined;
}
