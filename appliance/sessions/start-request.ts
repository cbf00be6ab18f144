import { invalidField } from '../errors.ts';
import type { JumpItemKind } from '../jump/jump-item.ts';
import type { WantedCredential } from './credential-choice.ts';
import type { AttributeChanges } from './session-attributes.ts';
import type { ShellTarget } from './support-session.ts';

/** A system that no Jump Item stands for. */
export interface AdHocTarget {
  jumpointId: number;
  hostname: string;
  port?: number | undefined;
  protocol?: ShellTarget['protocol'] | undefined;
  username?: string | undefined;
  terminal?: ShellTarget['terminal'] | undefined;
  keepAlive?: number | undefined;
  /** It is a system that a credential manager listed: see `EcmEndpointHandles`. */
  endpointHandle?: string | undefined;
}

/** What somebody wants to start. */
export interface StartRequest {
  target: { jumpItem: { kind: JumpItemKind; id: number } } | { adHoc: AdHocTarget };
  /** Signs in to a saved item as this instead of its own user name, and instead of that of the credential. */
  username?: string | undefined;
  /** Injected when the target asks; null: nothing is; undefined: the person's default of the Jump Item. */
  credential?: WantedCredential | null | undefined;
  externalKey?: string | undefined;
  customAttributes?: AttributeChanges | undefined;
  ticketId?: string | undefined;
  overrideSchedule?: boolean | undefined;
  size?: { columns: number; rows: number } | undefined;
  startMethod?: string | undefined;
  /** Of the caller's connection; makes `ip:port` with the actor's address. */
  remotePort?: number | undefined;
}

/** The login name that came with the request; empty when none did. */
export function givenUsername({ target, username }: Pick<StartRequest, 'target' | 'username'>): string {
  return ('adHoc' in target ? target.adHoc.username : username) ?? '';
}

/** Fails with `invalid` for a host name that is none. */
export function adHocShell(target: AdHocTarget): ShellTarget {
  const protocol = target.protocol ?? 'ssh';
  const hostname = target.hostname.trim();
  if (!hostname || /[\s\0]/.test(hostname))
    throw invalidField('ad_hoc.hostname', 'A host name or address is needed.');
  return {
    hostname,
    port: target.port ?? (protocol === 'ssh' ? 22 : 23),
    protocol,
    username: target.username ?? '',
    terminal: target.terminal ?? 'xterm',
    keep_alive: target.keepAlive ?? 0,
  };
}
