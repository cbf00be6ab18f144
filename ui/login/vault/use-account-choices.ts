import {
  type Choice,
  useVaultAccountGroupChoices,
  useVaultAccountPolicyChoices,
  useVaultEndpointChoices,
} from '../../shared/choices.ts';

/** What the form of an account chooses among. */
export function useAccountChoices(): { groups: Choice[]; policies: Choice[]; endpoints: Choice[] } {
  return {
    groups: useVaultAccountGroupChoices(),
    policies: useVaultAccountPolicyChoices(),
    endpoints: useVaultEndpointChoices(),
  };
}
