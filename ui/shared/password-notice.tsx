import { Alert, Text } from '@mantine/core';
import { useSession } from './signed-in.tsx';
import { Time } from './time.tsx';

const NOTICE_DAYS = 14;

/** Says two weeks ahead that the password has to be changed soon. */
export function PasswordNotice() {
  const { me } = useSession();
  if (me.password_expires_at === null) return null;
  const days = (Date.parse(me.password_expires_at) - Date.now()) / 86_400_000;
  if (days > NOTICE_DAYS) return null;
  return (
    <Alert color="yellow" title="Your password expires soon" mb="md">
      <Text size="sm">
        Change it before <Time at={me.password_expires_at} /> in the menu at the top right; after that you
        have to at your next sign-in.
      </Text>
    </Alert>
  );
}
