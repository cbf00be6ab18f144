import { lookup } from 'node:dns/promises';
import { isIP, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import type {
  ProviderSource,
  ProviderTest,
  ProviderTester,
} from '../../appliance/directory/identity-provider.ts';
import type { ProviderTrace } from '../../appliance/directory/provider-trace.ts';
import { LdapConnection } from './ldap-connection.ts';
import { LdapFailure } from './ldap-failure.ts';
import { everyGroup, present, userFilter } from './ldap-filters.ts';
import { testPerson } from './ldap-person-test.ts';
import { anonymousFailure } from './ldap-result-failures.ts';
import {
  accessOf,
  bindAsService,
  isActiveDirectory,
  type LdapAccess,
  type LdapSession,
  searched,
} from './ldap-session.ts';
import { type LdapServer, type LdapSettings, ldapSettings } from './ldap-settings.ts';
import { openSocket } from './ldap-socket.ts';

/** Tries an LDAP provider as a sign-in would use it, on connections of its own. */
export class LdapTester implements ProviderTester {
  readonly #now: () => Date;

  constructor(now: () => Date = () => new Date()) {
    this.#now = now;
  }

  async test(source: ProviderSource, test: ProviderTest, trace: ProviderTrace): Promise<void> {
    const settings = ldapSettings(source.provider);
    const opened: LdapSession[] = [];
    try {
      const access = await accessOf(source, settings);
      checkQueries(settings);
      for (const server of settings.servers) {
        const session = await reached(access, server, trace);
        if (session !== undefined) opened.push(session);
      }
      const session = opened[0];
      if (session === undefined) return;
      await checkBases(session, settings, trace);
      if (test.username === undefined) await checkAnybody(session, settings, trace);
      else await testPerson(access, session, test, trace, this.#now());
    } catch (error) {
      if (!(error instanceof LdapFailure)) throw error;
      failed(trace, error);
    } finally {
      for (const { connection } of opened) connection.close();
    }
  }
}

function failed(trace: ProviderTrace, { stage, message, advice }: LdapFailure): void {
  trace.failed(stage, message, advice);
}

/** Filters are read before anything is sent. Fails with `LdapFailure`. */
function checkQueries(settings: LdapSettings): void {
  userFilter(settings, 'somebody', false);
  everyGroup(settings);
}

/** One server up to the bind; what goes wrong is in the trace. */
async function reached(
  access: LdapAccess,
  server: LdapServer,
  trace: ProviderTrace,
): Promise<LdapSession | undefined> {
  const { settings } = access;
  let connection: LdapConnection | undefined;
  try {
    await resolved(server, trace);
    const socket = await openSocket(server, settings, (step, one) =>
      trace.passed(step, told(step, one, server, settings)),
    );
    connection = new LdapConnection(socket, settings.networkMs);
    if (settings.encryption === 'none') {
      trace.noted(
        'tls',
        'The connection is not encrypted: passwords of everybody who signs in can be read on the network.',
        'Choose LDAPS, or TLS on the plain port.',
      );
    }
    await bound(access, connection, trace);
    const activeDirectory = await isActiveDirectory(connection);
    trace.noted('server', `${server.host} is ${activeDirectory ? 'Active Directory' : 'an LDAP directory'}.`);
    return { connection, server, activeDirectory };
  } catch (error) {
    connection?.close();
    if (!(error instanceof LdapFailure)) throw error;
    failed(trace, await diagnosed(error, server, settings));
    return undefined;
  }
}

async function resolved(server: LdapServer, trace: ProviderTrace): Promise<void> {
  if (isIP(server.host) !== 0) return;
  // A name that is not known is told by the connection, which asks again.
  const addresses = await lookup(server.host, { all: true }).catch(() => []);
  if (addresses.length === 0) return;
  trace.passed(
    'resolve',
    `${server.host} has the address ${addresses.map(({ address }) => address).join(', ')}.`,
  );
}

function told(
  step: 'connect' | 'tls',
  socket: Socket,
  { host, port }: LdapServer,
  { encryption }: LdapSettings,
) {
  if (step === 'connect') return `${host} accepts connections on port ${port}.`;
  const secured = socket as TLSSocket;
  const until = secured.getPeerCertificate().valid_to;
  const how = encryption === 'ldaps' ? 'from the start' : 'on the plain port';
  return `${secured.getProtocol()} ${how}; the certificate is trusted and valid until ${until}.`;
}

async function bound({ bind }: LdapAccess, connection: LdapConnection, trace: ProviderTrace): Promise<void> {
  if (bind !== undefined) {
    await bindAsService(connection, bind);
    trace.passed('bind', `Signed in to the directory as “${bind.name}”.`);
    return;
  }
  try {
    await connection.bindAnonymously();
  } catch (error) {
    throw anonymousFailure(error);
  }
  trace.passed('bind', 'The directory takes questions without signing in.');
}

/** A server that hangs up or stays silent on a plain connection may be waiting for a TLS handshake. */
async function diagnosed(
  failure: LdapFailure,
  server: LdapServer,
  settings: LdapSettings,
): Promise<LdapFailure> {
  const puzzling = failure.kind === 'closed' || failure.kind === 'timeout';
  if (settings.encryption !== 'none' || failure.stage !== 'bind' || !puzzling) return failure;
  if (!(await speaksTls(server, settings.networkMs))) return failure;
  return new LdapFailure(
    'tls',
    'tls_expected',
    `${server.host}:${server.port} speaks TLS from the start, and the provider is set to no encryption.`,
    'Choose LDAPS, or the plain port (usually 389).',
  );
}

function speaksTls({ host, port }: LdapServer, patience: number): Promise<boolean> {
  return new Promise((resolve) => {
    // Only whether it speaks TLS is asked; nothing is sent, so whose certificate it is does not matter.
    const socket = connectTls({ host, port, rejectUnauthorized: false });
    const done = (answer: boolean) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(answer);
    };
    const timer = setTimeout(() => done(false), patience);
    socket.once('secureConnect', () => done(true)).once('error', () => done(false));
  });
}

async function checkBases(session: LdapSession, settings: LdapSettings, trace: ProviderTrace): Promise<void> {
  const query = { scope: 'base' as const, filter: present('objectClass'), attributes: ['1.1'] };
  const { entries, references } = await searched(session, { ...query, base: settings.base }).catch(
    (error) => {
      const unseen = error instanceof LdapFailure && error.kind === 'no_right_to_search';
      throw unseen && settings.anonymous ? anonymousFailure(error.cause) : error;
    },
  );
  if (entries.length === 0 && references.length === 0) {
    throw new LdapFailure(
      'search',
      'base_hidden',
      settings.anonymous
        ? `Without signing in, nothing of “${settings.base}” may be seen.`
        : `The searching account may not see “${settings.base}”.`,
      'Give it the right to read users and groups there, or sign in with another account.',
    );
  }
  trace.passed('search_base', `“${settings.base}” is there.`);
  if (!settings.groupLookup || settings.groupBase === settings.base) return;
  await searched(session, { ...query, base: settings.groupBase });
  trace.passed('search_base', `“${settings.groupBase}”, where groups are, is there.`);
}

async function checkAnybody(
  session: LdapSession,
  settings: LdapSettings,
  trace: ProviderTrace,
): Promise<void> {
  const { entries } = await searched(session, {
    base: settings.base,
    scope: 'sub',
    filter: userFilter(settings, undefined, session.activeDirectory),
    attributes: ['1.1'],
    limit: 1,
  });
  if (entries.length === 0) {
    throw new LdapFailure(
      'search',
      'nobody',
      `Nobody below “${settings.base}” has one of the object classes ${settings.objectClasses.join(', ')} and the attribute ${settings.username}.`,
      'Check search base, object classes and the attribute of the user name. OpenLDAP usually has inetOrgPerson and uid, Active Directory user and sAMAccountName.',
    );
  }
  trace.passed('find_user', `There are users, such as ${entries[0]!.dn}.`);
  trace.noted('find_user', 'Give a user name, and a password if you like, to try a sign-in as well.');
}
