import type { ProviderSource } from '../../appliance/directory/identity-provider.ts';
import { type LdapAnswer, LdapConnection, type LdapEntry, type LdapQuery } from './ldap-connection.ts';
import { LdapFailure } from './ldap-failure.ts';
import { present } from './ldap-filters.ts';
import { textsOf } from './ldap-person.ts';
import { bindFailure, searchFailure } from './ldap-result-failures.ts';
import type { LdapServer, LdapSettings } from './ldap-settings.ts';
import { openSocket } from './ldap-socket.ts';

/** Settings of a provider with what its searches are bound with. */
export interface LdapAccess {
  settings: LdapSettings;
  /** Undefined: searches are anonymous. */
  bind: { name: string; password: string } | undefined;
}

/** A connection to one server that may search. */
export interface LdapSession {
  connection: LdapConnection;
  server: LdapServer;
  activeDirectory: boolean;
}

/** Capability that a domain controller announces (MS-ADTS 3.1.1.3.4.3.1). */
const ACTIVE_DIRECTORY = '1.2.840.113556.1.4.800';

/** Fails with `LdapFailure` when the settings lack what a bind needs. */
export async function accessOf(source: ProviderSource, settings: LdapSettings): Promise<LdapAccess> {
  if (settings.throughAgent) {
    throw new LdapFailure(
      'settings',
      'agent_unavailable',
      'This provider is to be reached through a connection agent, and there is none.',
      'Turn “Through a connection agent” off and make the directory reachable from the appliance.',
    );
  }
  if (settings.anonymous) return { settings, bind: undefined };
  const password = await source.secret('bind_password');
  if (password === undefined || password === '') {
    throw new LdapFailure(
      'settings',
      'bind_password_missing',
      'The provider has no password to search with.',
      'Give the password of the account in “Search as”, or turn on “Search without signing in”.',
    );
  }
  return { settings, bind: { name: settings.bindUsername, password } };
}

/** Fails with `LdapFailure`. */
export async function openConnection(
  server: LdapServer,
  settings: LdapSettings,
  patience = settings.networkMs,
): Promise<LdapConnection> {
  return new LdapConnection(await openSocket(server, settings), patience);
}

/** A connection bound as the provider's own account. Fails with `LdapFailure`, and leaves nothing open then. */
export async function openSession(
  access: LdapAccess,
  server: LdapServer,
  patience?: number,
): Promise<LdapSession> {
  const connection = await openConnection(server, access.settings, patience);
  try {
    if (access.bind !== undefined) await bindAsService(connection, access.bind);
    return { connection, server, activeDirectory: await isActiveDirectory(connection) };
  } catch (error) {
    connection.close();
    throw error;
  }
}

export async function bindAsService(
  connection: LdapConnection,
  bind: { name: string; password: string },
): Promise<void> {
  try {
    await connection.bind(bind.name, bind.password);
  } catch (error) {
    throw bindFailure(error, bind.name);
  }
}

export async function isActiveDirectory(connection: LdapConnection): Promise<boolean> {
  try {
    const { entries } = await connection.search({
      base: '',
      scope: 'base',
      filter: present('objectClass'),
      attributes: ['supportedCapabilities'],
    });
    return entries.some((entry) => textsOf(entry, 'supportedCapabilities').includes(ACTIVE_DIRECTORY));
  } catch (error) {
    // A server may keep this entry to itself; what ended the connection is told by the next question.
    if (error instanceof LdapFailure) throw error;
    return false;
  }
}

/** A search whose failures are explained. */
export async function searched(session: LdapSession, query: LdapQuery): Promise<LdapAnswer> {
  try {
    return await session.connection.search(query);
  } catch (error) {
    throw searchFailure(error, query.base);
  }
}

/** One entry by its name; undefined when there is none or it may not be seen. */
export async function readEntry(
  session: LdapSession,
  dn: string,
  attributes: readonly string[],
): Promise<LdapEntry | undefined> {
  try {
    const { entries } = await searched(session, {
      base: dn,
      scope: 'base',
      filter: present('objectClass'),
      attributes,
    });
    return entries[0];
  } catch (error) {
    if (error instanceof LdapFailure && (error.kind === 'no_such_base' || error.kind === 'base_syntax')) {
      return undefined;
    }
    throw error;
  }
}
