import { Anchor, Button, Group, Select, Stack, Table, Text, TextInput, Title } from '@mantine/core';
import { useState } from 'react';
import { Link } from 'react-router';
import { client, ok, pageOf, type Schema } from '../../shared/api.ts';
import { useSecurityProviderChoices } from '../../shared/choices.ts';
import { PageButtons } from '../../shared/page-buttons.tsx';
import { Refusal } from '../../shared/refusal.tsx';
import { useAttempt } from '../../shared/use-attempt.ts';
import { useLoaded } from '../../shared/use-loaded.ts';
import { UserPicker, useUserNames } from '../../shared/user-picker.tsx';
import { DirectoryNamePicker } from './directory-name-picker.tsx';
import { ScimGroupPicker, useScimProviders } from './scim-group-picker.tsx';

type Member = Schema<'GroupPolicyMember'>;

/** Provider 1 keeps the users of the appliance itself and has no directory groups. */
const LOCAL_PROVIDER = 1;

/** Whom the policy is for: users by name, and people and groups of a directory by theirs. */
export function GroupPolicyMembers({ id }: { id: number }) {
  const path = { id };
  const providers = useSecurityProviderChoices();
  const [page, setPage] = useState(1);
  const { data, error, reload } = useLoaded(`members of group policy ${id} ${page}`, (signal) =>
    pageOf(
      client.GET('/group-policy/{id}/member', {
        params: { path, query: { current_page: page, per_page: 50 } },
        signal,
      }),
    ),
  );
  const members = data?.items ?? [];
  const nameOfUser = useUserNames(members.flatMap((member) => member.user_id ?? []));
  const nameOf = (member: Member) =>
    member.user_id === null ? member.distinguished_name || member.group_name : nameOfUser(member.user_id);
  const providerOf = (member: Member) =>
    providers.find(({ value }) => value === String(member.security_provider_id))?.label ?? '';
  const { problem, attempt } = useAttempt(reload);
  const add = (body: Schema<'GroupPolicyMemberCreate'>) =>
    attempt(() => ok(client.POST('/group-policy/{id}/member', { params: { path }, body })));
  const shownProblem = problem ?? error;
  return (
    <Stack maw={720}>
      {shownProblem !== undefined && <Refusal error={shownProblem} />}
      <Text size="sm" c="dimmed" aria-live="polite">
        {data === undefined
          ? ''
          : `${data.total.toLocaleString()} ${data.total === 1 ? 'member' : 'members'}`}
      </Text>
      <Table.ScrollContainer minWidth={420}>
        <Table aria-label="Members">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Member</Table.Th>
              <Table.Th>Security provider</Table.Th>
              <Table.Th aria-label="Actions" />
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {members.map((member) => (
              <Table.Tr key={member.id}>
                <Table.Td>
                  {member.user_id === null ? (
                    nameOf(member)
                  ) : (
                    <Anchor component={Link} to={`/users/${member.user_id}`} size="sm">
                      {nameOf(member)}
                    </Anchor>
                  )}
                </Table.Td>
                <Table.Td>{providerOf(member)}</Table.Td>
                <Table.Td ta="right">
                  <Button
                    size="compact-xs"
                    variant="subtle"
                    color="red"
                    aria-label={`Remove ${nameOf(member)}`}
                    onClick={() =>
                      void attempt(() =>
                        ok(
                          client.DELETE('/group-policy/{id}/member/{member_id}', {
                            params: { path: { id, member_id: member.id } },
                          }),
                        ),
                      )
                    }
                  >
                    Remove
                  </Button>
                </Table.Td>
              </Table.Tr>
            ))}
            {data?.total === 0 && (
              <Table.Tr>
                <Table.Td colSpan={3} c="dimmed">
                  Nobody yet, so the policy has no effect.
                </Table.Td>
              </Table.Tr>
            )}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      <PageButtons of="members" page={page} last={data?.lastPage} onPage={setPage} />
      <AddUser add={add} except={members.flatMap((member) => member.user_id ?? [])} />
      {providers.some(({ value }) => value !== String(LOCAL_PROVIDER)) && (
        <AddFromDirectory
          add={add}
          providers={providers.filter(({ value }) => value !== String(LOCAL_PROVIDER))}
        />
      )}
    </Stack>
  );
}

type Add = (body: Schema<'GroupPolicyMemberCreate'>) => Promise<boolean>;

function AddUser({ add, except }: { add: Add; except: readonly number[] }) {
  const [user, setUser] = useState<number | null>(null);
  const [round, setRound] = useState(0);
  return (
    <Group align="end">
      <UserPicker key={round} label="Add a user" value={user} onChange={setUser} except={except} />
      <Button
        variant="default"
        disabled={user === null}
        onClick={async () => {
          if (!(await add({ user_id: user }))) return;
          setUser(null);
          setRound((now) => now + 1);
        }}
      >
        Add
      </Button>
    </Group>
  );
}

function AddFromDirectory({ add, providers }: { add: Add; providers: { value: string; label: string }[] }) {
  const [provider, setProvider] = useState<string | null>(null);
  const [kind, setKind] = useState<'distinguished_name' | 'group_name'>('distinguished_name');
  const [name, setName] = useState('');
  const scimProviders = useScimProviders();
  return (
    <>
      <Title order={2} size="h4">
        From a directory
      </Title>
      <Group align="end">
        <Select label="Security provider" data={providers} value={provider} onChange={setProvider} />
        <Select
          label="By"
          allowDeselect={false}
          data={[
            { value: 'distinguished_name', label: 'Distinguished name (LDAP)' },
            { value: 'group_name', label: 'Group name (SAML, OpenID Connect, SCIM)' },
          ]}
          value={kind}
          onChange={(next) => setKind(next as typeof kind)}
        />
        {kind === 'distinguished_name' && provider !== null ? (
          <DirectoryNamePicker key={provider} provider={Number(provider)} value={name} onChange={setName} />
        ) : kind === 'group_name' && provider !== null && scimProviders.has(provider) ? (
          <ScimGroupPicker key={provider} provider={Number(provider)} value={name} onChange={setName} />
        ) : (
          <TextInput
            label="Name"
            value={name}
            maxLength={kind === 'group_name' ? 64 : 1024}
            onChange={(event) => setName(event.currentTarget.value)}
          />
        )}
        <Button
          variant="default"
          disabled={provider === null || name.trim() === ''}
          onClick={async () => {
            if (await add({ security_provider_id: Number(provider), [kind]: name.trim() })) setName('');
          }}
        >
          Add
        </Button>
      </Group>
    </>
  );
}
