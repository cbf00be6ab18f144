import { Stack, Text } from '@mantine/core';
import { client, ok, type Read, type Schema } from '../../shared/api.ts';
import { useVaultAccountGroupChoices } from '../../shared/choices.ts';
import { VaultAccountPicker } from '../../shared/thing-pickers.tsx';
import { VAULT_ROLES, type VaultRole } from '../vault/vault-roles.ts';
import { type Part, PartOf } from './group-policy-part.tsx';

type GroupPolicy = Schema<'GroupPolicy'>;

/** The vault accounts and account groups that members of the policy may use. */
export function GroupPolicyVault(props: { read: Read<GroupPolicy>; onChanged: () => void }) {
  const { id } = props.read.value;
  const path = { id };
  const groups = useVaultAccountGroupChoices();
  const parts: Part[] = [
    {
      title: 'Vault account groups',
      help: 'Members may use every account of them.',
      choices: groups,
      roles: VAULT_ROLES,
      load: async (signal) => {
        const granted = await ok(
          client.GET('/group-policy/{id}/vault-account-group', { params: { path }, signal }),
        );
        return granted.map(({ account_group_id, role }) => ({ id: account_group_id, role }));
      },
      add: (account_group_id, role) =>
        ok(
          client.POST('/group-policy/{id}/vault-account-group', {
            params: { path },
            body: { account_group_id, role: role as VaultRole },
          }),
        ),
      remove: (account_group_id) =>
        ok(
          client.DELETE('/group-policy/{id}/vault-account-group/{account_group_id}', {
            params: { path: { id, account_group_id } },
          }),
        ),
    },
    {
      title: 'Vault accounts',
      help: 'Members may use these, whatever group they are in.',
      Picker: VaultAccountPicker,
      roles: VAULT_ROLES,
      load: async (signal) => {
        const granted = await ok(
          client.GET('/group-policy/{id}/vault-account', { params: { path }, signal }),
        );
        return await Promise.all(
          granted.map(async ({ account_id, role }) => {
            const account = { params: { path: { id: account_id } }, signal };
            return {
              id: account_id,
              role,
              name: (await ok(client.GET('/vault/account/{id}', account))).name,
            };
          }),
        );
      },
      add: (account_id, role) =>
        ok(
          client.POST('/group-policy/{id}/vault-account', {
            params: { path },
            body: { account_id, role: role as VaultRole },
          }),
        ),
      remove: (account_id) =>
        ok(
          client.DELETE('/group-policy/{id}/vault-account/{account_id}', {
            params: { path: { id, account_id } },
          }),
        ),
    },
  ];
  return (
    <Stack gap="xl" maw={720}>
      <Text size="sm" c="dimmed">
        What is granted here is added to what people have otherwise; of several roles the highest holds.
      </Text>
      {parts.map((part) => (
        <PartOf key={part.title} part={part} read={props.read} onChanged={props.onChanged} />
      ))}
    </Stack>
  );
}
