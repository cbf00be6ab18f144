import type { Stores } from '../stores.ts';
import type { CredentialReference } from '../vault/credential-source.ts';

/** What the parameter `credential_id` of a command stands for, for one person. */
export interface LaunchCredential {
  reference: CredentialReference;
  /** Of a vault account that is meant for some Jump Items only: the items it is for are searched. */
  associationId: number | undefined;
}

const NAMED = /^(vault|ecm):(.+)$/s;
const ACCOUNT_ID = /^[1-9]\d{0,9}$/;
const LARGEST_ID = 2 ** 31 - 1;

/**
 * `17` and `vault:17` name a vault account, `ecm:...` what an Endpoint Credential Manager calls a credential. Undefined:
 * there is no such account, or the person may not use it; which of the two is not told.
 */
export async function launchCredential(
  { vaultAccess, vaultAssociations }: Pick<Stores, 'vaultAccess' | 'vaultAssociations'>,
  userId: number,
  text: string,
): Promise<LaunchCredential | undefined> {
  const [, source = 'vault', id = text] = NAMED.exec(text) ?? [];
  if (source === 'ecm') return { reference: { source, id }, associationId: undefined };
  if (!ACCOUNT_ID.test(id) || Number(id) > LARGEST_ID) return undefined;
  const accountId = Number(id);
  if ((await vaultAccess.roleOf(userId, accountId)) === undefined) return undefined;
  const association = await vaultAssociations.holdingFor(accountId);
  return { reference: { source: 'vault', id }, associationId: association?.id };
}
