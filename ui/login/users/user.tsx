import { Anchor, Avatar, Badge, Group, Stack, Tabs, Text, Title } from '@mantine/core';
import { useEffect } from 'react';
import { Link, useParams, useSearchParams } from 'react-router';
import { API, client, readOf, type Schema } from '../../shared/api.ts';
import { useSession } from '../../shared/signed-in.tsx';
import { useLoaded } from '../../shared/use-loaded.ts';
import { nameOfUser } from '../../shared/user-picker.tsx';
import { SECTION_TITLES } from '../../shared/user-settings.ts';
import { mayLeave } from '../../shared/warn-before-leaving.ts';
import { WhenLoaded } from '../../shared/when-loaded.tsx';
import { UserAccount } from './user-account.tsx';
import { UserGroupPolicies } from './user-group-policies.tsx';
import { UserMemberships } from './user-memberships.tsx';
import { UserSettingsSection } from './user-settings.tsx';
import { UserSignInSection } from './user-sign-in.tsx';
import { UserVaultAccounts } from './user-vault-accounts.tsx';

type User = Schema<'User'>;

const SETTING_TABS = ['administration', 'representative', 'roles', 'session'] as const;

/** One user: the account, what the person may do, and where each of it comes from. */
export function UserPage() {
  const id = Number(useParams().id);
  const loaded = useLoaded(`user ${id}`, (signal) =>
    readOf(client.GET('/user/{id}', { params: { path: { id } }, signal })),
  );
  return (
    <Stack maw={960}>
      <Anchor component={Link} to="/users" size="sm">
        ← Users
      </Anchor>
      <WhenLoaded loaded={loaded}>
        {(read) => (
          <>
            <Heading user={read.value} />
            <Sections read={read} onSaved={loaded.reload} />
          </>
        )}
      </WhenLoaded>
    </Stack>
  );
}

function Heading({ user }: { user: User }) {
  const { me } = useSession();
  useEffect(() => {
    document.title = `${user.username} · Users · Bridgehead`;
  }, [user.username]);
  return (
    <Group gap="sm">
      {user.security_provider_id !== 1 && me.perm_admin && <Photo user={user} />}
      <Title order={1} size="h2">
        {nameOfUser(user)}
      </Title>
      {user.perm_admin && <Badge color="river">Administrator</Badge>}
      {!user.enabled && <Badge color="red">Disabled</Badge>}
      {me.perm_admin && (
        <Anchor component={Link} to={`/access/person?user=${user.id}`} size="sm">
          What this user may do
        </Anchor>
      )}
    </Group>
  );
}

/** As the person's provider handed it on, or initials. */
function Photo({ user }: { user: User }) {
  return (
    <Avatar
      src={`${API}/user/${user.id}/photo`}
      name={nameOfUser(user)}
      alt={`Picture of ${nameOfUser(user)}`}
      color="initials"
    />
  );
}

function Sections(props: { read: Parameters<typeof UserAccount>[0]['read']; onSaved: () => void }) {
  const [parameters, setParameters] = useSearchParams();
  const { me } = useSession();
  const section = parameters.get('section') ?? 'account';
  const user = props.read.value;
  return (
    <Tabs
      value={section}
      onChange={(next) => next !== null && mayLeave() && setParameters({ section: next }, { replace: true })}
      keepMounted={false}
    >
      <Tabs.List mb="md">
        <Tabs.Tab value="account">Account</Tabs.Tab>
        {me.perm_admin && (
          <>
            {SETTING_TABS.map((name) => (
              <Tabs.Tab key={name} value={name}>
                {SECTION_TITLES[name]}
              </Tabs.Tab>
            ))}
            <Tabs.Tab value="memberships">Memberships</Tabs.Tab>
            <Tabs.Tab value="policies">Group policies</Tabs.Tab>
            <Tabs.Tab value="sign-in">Sign-in</Tabs.Tab>
          </>
        )}
        {(me.perm_admin || me.rights.includes('perm_vault')) && (
          <Tabs.Tab value="vault-accounts">Vault accounts</Tabs.Tab>
        )}
      </Tabs.List>
      <Tabs.Panel value="account">
        <UserAccount key={props.read.ifMatch['If-Match']} read={props.read} onSaved={props.onSaved} />
      </Tabs.Panel>
      {SETTING_TABS.map((name) => (
        <Tabs.Panel key={name} value={name}>
          <UserSettingsSection userId={user.id} section={name} onSaved={props.onSaved} />
        </Tabs.Panel>
      ))}
      <Tabs.Panel value="memberships">
        <UserMemberships userId={user.id} />
      </Tabs.Panel>
      <Tabs.Panel value="policies">
        <UserGroupPolicies
          userId={user.id}
          local={user.security_provider_id === 1}
          onChanged={props.onSaved}
        />
      </Tabs.Panel>
      <Tabs.Panel value="sign-in">
        <UserSignInSection userId={user.id} onChanged={props.onSaved} />
      </Tabs.Panel>
      <Tabs.Panel value="vault-accounts">
        <UserVaultAccounts userId={user.id} />
      </Tabs.Panel>
      <Text size="xs" c="dimmed" mt="md">
        User {user.id}
      </Text>
    </Tabs>
  );
}
