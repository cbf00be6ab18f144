import { Stack, Title } from '@mantine/core';
import { SignInSecurity } from './sign-in-security.tsx';

/** How I sign in: the page of the account menu, the same on every surface. */
export function SignInSecurityPage() {
  return (
    <Stack maw={760}>
      <Title order={1} size="h2">
        Sign-in security
      </Title>
      <SignInSecurity />
    </Stack>
  );
}
