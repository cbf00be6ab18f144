import { Alert, Button, Stack, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useState } from 'react';
import { client, ok, type Read, readOf, type Schema } from '../../shared/api.ts';
import { Confirm } from '../../shared/confirm.tsx';
import { type Field, type FormValues, RecordForm } from '../../shared/record-form.tsx';
import { Refusal } from '../../shared/refusal.tsx';
import { bodyOf } from '../../shared/resource-page.tsx';
import { useSession } from '../../shared/signed-in.tsx';
import { Time } from '../../shared/time.tsx';
import { useRevision } from '../../shared/use-revision.ts';
import { ACCOUNT_FIELDS } from '../account-fields.ts';

type User = Schema<'User'>;

/** Provider 1 keeps the users of the appliance itself; the others belong to a directory. */
const LOCAL_PROVIDER = 1;

const EXPIRATION = 'password_expiration';

const PASSWORD_FIELDS: Field[] = [
  { name: 'password', label: 'New password', kind: 'password', help: 'Blank leaves it as it is.' },
  {
    name: 'password_reset_next_login',
    label: 'Has to choose a new password at the next sign-in',
    kind: 'checkbox',
  },
  {
    name: EXPIRATION,
    label: 'Password expires',
    kind: 'text',
    help: 'A moment such as 2030-01-31T00:00:00Z; blank for never.',
  },
];

/** Names, password and whether the person may sign in. */
export function UserAccount({ read, onSaved }: { read: Read<User>; onSaved: () => void }) {
  const user = read.value;
  const path = { id: user.id };
  const revision = useRevision(read, (signal) =>
    readOf(client.GET('/user/{id}', { params: { path }, signal })),
  );
  const { me } = useSession();
  const [round, setRound] = useState(0);
  const local = user.security_provider_id === LOCAL_PROVIDER;
  if (!me.perm_admin && user.id === me.id) {
    return <Alert color="river">You change your own password in the menu at the top right.</Alert>;
  }
  if (!me.perm_admin && user.perm_admin) {
    return <Alert color="river">Passwords of administrators are set by administrators.</Alert>;
  }
  const fields = me.perm_admin ? fieldsOf(local) : PASSWORD_FIELDS.filter(({ name }) => name !== EXPIRATION);
  return (
    <Stack maw={560}>
      <Unlock user={user} onUnlocked={onSaved} />
      {me.perm_admin && user.two_factor_enabled && <ResetFactors user={user} onReset={onSaved} />}
      {!local && (
        <Alert color="river">
          This account comes from a directory: names that the directory keeps in step change there.
        </Alert>
      )}
      {!me.perm_admin && (
        <Text size="sm" c="dimmed">
          Passwords of people with more rights than you, and of administrators, are set by administrators.
        </Text>
      )}
      <RecordForm
        key={round}
        fields={fields}
        initial={toForm(user)}
        onCancel={() => setRound((now) => now + 1)}
        onOvertaken={revision.newer(toForm)}
        onSave={async (values) => {
          const { password, ...rest } = values;
          const body = bodyOf<Schema<'UserUpdate'>>(password ? values : rest);
          await ok(client.PATCH('/user/{id}', { params: { path, header: revision.current.ifMatch }, body }));
          notifications.show({ message: 'User saved', color: 'teal' });
          onSaved();
        }}
      />
      <Text size="sm" c="dimmed">
        Last sign-in: <Time at={user.last_authentication} none="never" />. Made: <Time at={user.created_at} />
        .
      </Text>
    </Stack>
  );
}

function fieldsOf(local: boolean): Field[] {
  return local
    ? [...ACCOUNT_FIELDS, ...PASSWORD_FIELDS]
    : ACCOUNT_FIELDS.map((field) => ({ ...field, disabled: field.name === 'username' }));
}

function toForm(user: User): FormValues {
  return {
    ...(user as unknown as FormValues),
    password: '',
    password_expiration: user.password_expiration ?? '',
  };
}

/** Failed sign-ins in a row lock an account for a while. */
/** For somebody who lost their device. */
function ResetFactors({ user, onReset }: { user: User; onReset: () => void }) {
  const [asking, setAsking] = useState(false);
  const passkeys = user.fido2_credential_count ?? 0;
  return (
    <Alert color="river" title="Signs in with a second factor">
      <Stack gap="xs" align="flex-start">
        {passkeys > 0 && (
          <Text size="sm">
            {passkeys === 1 ? 'One passkey' : `${passkeys} passkeys`}, last used{' '}
            <Time at={user.fido2_last_used_date} none="never" />.
          </Text>
        )}
        <Button size="xs" variant="default" onClick={() => setAsking(true)}>
          Reset the second factors
        </Button>
      </Stack>
      {asking && (
        <Confirm
          title={`Reset the second factors of ${user.username}?`}
          action="Reset the second factors"
          onClose={() => setAsking(false)}
          onConfirm={async () => {
            await ok(client.DELETE('/user/{id}/second-factor', { params: { path: { id: user.id } } }));
            notifications.show({ message: 'Second factors reset', color: 'teal' });
            onReset();
          }}
        >
          Authenticator app, passkeys and recovery codes go, and the user is signed out everywhere. Until new
          ones are registered the password alone signs in.
        </Confirm>
      )}
    </Alert>
  );
}

function Unlock({ user, onUnlocked }: { user: User; onUnlocked: () => void }) {
  const [problem, setProblem] = useState<Error>();
  if (user.failed_logins === 0) return null;
  const unlock = async () => {
    try {
      const params = { path: { id: user.id } };
      await ok(client.PATCH('/user/{id}', { params, body: { failed_logins: 0 } }));
      notifications.show({ message: 'Account unlocked', color: 'teal' });
      onUnlocked();
    } catch (refusal) {
      setProblem(refusal as Error);
    }
  };
  return (
    <Alert
      color="yellow"
      title={`${user.failed_logins} failed ${user.failed_logins === 1 ? 'sign-in' : 'sign-ins'} in a row`}
    >
      {problem !== undefined && <Refusal error={problem} />}
      <Button size="xs" variant="default" onClick={() => void unlock()}>
        Forget them and unlock the account
      </Button>
    </Alert>
  );
}
