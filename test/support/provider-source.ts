import type { ProviderSource } from '../../appliance/directory/identity-provider.ts';
import type { ProviderSettings, SecurityProviderType } from '../../appliance/directory/security-provider.ts';
import {
  PROVIDER_KINDS,
  type ProviderSecretName,
} from '../../appliance/directory/security-provider-kinds.ts';

let lastId = 100;

/** A provider as the ports see one: the usual settings of its type with others on top, and secrets in the clear. */
export function providerSource(
  type: SecurityProviderType,
  settings: ProviderSettings = {},
  secrets: Partial<Record<ProviderSecretName, string>> = {},
): ProviderSource {
  const usual = Object.entries(PROVIDER_KINDS[type].settings).map(([name, { initial }]) => [name, initial]);
  lastId += 1;
  return {
    provider: {
      id: lastId,
      revision: 1,
      type,
      name: `Test ${type}`,
      enabled: true,
      priority: 1,
      defaultPolicyId: null,
      settings: { ...Object.fromEntries(usual), ...settings },
    },
    secret: async (name) => secrets[name],
  };
}
