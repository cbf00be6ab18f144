import type { EndpointSummary, SessionContext } from '../sdk/plugin.ts';

/** What can be said of a session that does not exist; everything else is made up. */
export interface SessionDescription {
  username?: string;
  displayName?: string;
  emailAddress?: string;
  distinguishedName?: string;
  provider?: string;
  /** Of the Jump Item. */
  name?: string;
  hostname?: string;
  port?: number;
  type?: string;
  group?: string;
  tag?: string;
  comments?: string;
  /** The login name that the item carries. */
  login?: string;
  url?: string;
}

export function describedSession(description: SessionDescription): SessionContext {
  const { username = 'conformance', hostname = 'server.example.com' } = description;
  return {
    lsid: undefined,
    user: {
      id: 1,
      username,
      displayName: description.displayName ?? username,
      emailAddress: description.emailAddress ?? '',
      distinguishedName: description.distinguishedName ?? '',
      provider: description.provider ?? 'Local',
    },
    jumpItem: {
      id: 1,
      type: description.type ?? 'shell_jump',
      name: description.name ?? hostname,
      hostname,
      port: description.port,
      username: description.login ?? '',
      group: description.group ?? '',
      tag: description.tag ?? '',
      comments: description.comments ?? '',
      url: description.url ?? '',
    },
  };
}

/** The same person with a system that the plug-in listed. */
export function sessionWith(
  session: SessionContext,
  { id, type, hostname, port }: EndpointSummary,
): SessionContext {
  const nothing = { username: '', group: '', tag: '', comments: '', url: '' };
  return {
    ...session,
    jumpItem: { id: 0, type, name: hostname, hostname, port, ...nothing },
    endpointId: id,
  };
}
