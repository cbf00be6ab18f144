import type { VaultActivityRow } from '../../../appliance/vault/vault-activity.ts';
import { type XmlElement, xml } from '../xml-renderer.ts';
import { wholeSeconds } from './report-time.ts';

/** One `<vault_account_activity>`. What the appliance did by itself was performed by nobody. */
export function vaultActivityElement({
  occurredAt,
  type,
  accountName,
  performedBy: { kind, id, name },
  data,
}: VaultActivityRow): XmlElement {
  const attributes = { timestamp: wholeSeconds(occurredAt), event_type: type, account: accountName };
  const children = [
    ...(id === null ? [] : [xml('performed_by', { id, type: kind }, name)]),
    ...(data === '' ? [] : [xml('data', data)]),
  ];
  return children.length === 0
    ? xml('vault_account_activity', attributes)
    : xml('vault_account_activity', attributes, children);
}
