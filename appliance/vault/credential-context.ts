import type { JumpSubject } from '../sessions/jump-facts.ts';
import type { CredentialContext } from './credential-source.ts';

/** Who wants a credential for this jump, and for what. */
export function credentialContext(
  userId: number,
  { kind, item, name, shell }: JumpSubject,
  lsid?: string,
): CredentialContext {
  return {
    userId,
    lsid,
    jumpItemId: item?.id,
    kind,
    name,
    hostname: shell?.hostname ?? item?.hostname ?? '',
    port: shell?.port ?? item?.port ?? undefined,
    username: shell?.username ?? item?.username ?? '',
  };
}
