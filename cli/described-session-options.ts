import { describedSession } from '../ecm/conformance/described-session.ts';
import type { SessionContext } from '../ecm/sdk/plugin.ts';
import { type Arguments, type CommandOption, usageFailure } from './command.ts';

/** The session that plug-ins are asked about: none that exists. */
export const SESSION_OPTIONS: Record<string, CommandOption> = {
  user: { type: 'string', value: 'NAME', help: 'user name of the person who would jump' },
  provider: { type: 'string', value: 'NAME', help: 'security provider that vouches for them' },
  email: { type: 'string', value: 'ADDRESS', help: 'their mail address' },
  dn: { type: 'string', value: 'DN', help: 'their distinguished name' },
  hostname: { type: 'string', value: 'HOST', help: 'host name of the Jump Item' },
  port: { type: 'string', value: 'PORT', help: 'its port' },
  'item-name': { type: 'string', value: 'NAME', help: 'its name; default: the host name' },
  'item-type': { type: 'string', value: 'TYPE', help: 'its type; default: shell_jump' },
  group: { type: 'string', value: 'NAME', help: 'its Jump Group' },
  tag: { type: 'string', value: 'TAG', help: 'its tag' },
  login: { type: 'string', value: 'NAME', help: 'the login name that the item carries' },
};

/** Fails with a usage failure. */
export function sessionOf(args: Arguments): SessionContext {
  const text = <Name extends string>(name: Name, option: string = name) => {
    const value = args.text(option);
    return (value === undefined ? {} : { [name]: value }) as { [name in Name]?: string };
  };
  return describedSession({
    ...text('username', 'user'),
    ...text('provider'),
    ...text('emailAddress', 'email'),
    ...text('distinguishedName', 'dn'),
    ...text('hostname'),
    ...text('name', 'item-name'),
    ...text('type', 'item-type'),
    ...text('group'),
    ...text('tag'),
    ...text('login'),
    ...portOf(args.text('port')),
  });
}

function portOf(text: string | undefined): { port?: number } {
  if (text === undefined) return {};
  const port = Number(text);
  if (!Number.isInteger(port) || port < 1 || port > 65535)
    throw usageFailure(`--port: ${text} is no port number.`);
  return { port };
}
