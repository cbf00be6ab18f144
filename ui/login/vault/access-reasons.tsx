import { Anchor, Stack, Text } from '@mantine/core';
import { Link } from 'react-router';
import type { Schema } from '../../shared/api.ts';
import type { Filter } from '../../shared/list-controls.tsx';
import { useSession } from '../../shared/signed-in.tsx';
import { VAULT_ROLES } from './vault-roles.ts';

type Source = Schema<'VaultAccessSource'>;

export const ROLE_FILTER: Filter = { name: 'role', label: 'May do', options: VAULT_ROLES };

export function roleInWords(role: Source['role']): string {
  return VAULT_ROLES.find(({ value }) => value === role)?.label ?? role;
}

/** Everything that lets somebody use an account, one line each. */
export function AccessReasons({ sources }: { sources: Source[] }) {
  const { me } = useSession();
  return (
    <Stack gap={2}>
      {sources.map((source) => (
        <Text size="sm" key={`${source.granted_on} ${source.group_policy?.id ?? ''}`}>
          <Reason source={source} linked={me.perm_admin} />
          {sources.length > 1 && `: ${roleInWords(source.role).toLowerCase()}`}
        </Text>
      ))}
    </Stack>
  );
}

function Reason({ source, linked }: { source: Source; linked: boolean }) {
  const { granted_on: on, group_policy: policy } = source;
  if (on === 'owner') return <>Personal account of theirs</>;
  const where = on === 'account' ? 'the account' : 'its account group';
  if (policy === null) return <>Granted on {where}</>;
  return (
    <>
      Group policy{' '}
      {linked ? (
        <Anchor component={Link} to={`/group-policies/${policy.id}`} size="sm" underline="always">
          {policy.name}
        </Anchor>
      ) : (
        policy.name
      )}
      , on {where}
    </>
  );
}
