import { Button, Stack, Text, Title } from '@mantine/core';
import { Link } from 'react-router';

/** Shown for an address that leads nowhere. */
export function NoSuchPage() {
  return (
    <Stack align="flex-start">
      <Title order={1} size="h2">
        There is no such page
      </Title>
      <Text>The address may be mistyped, or what was there has been moved.</Text>
      <Button component={Link} to="/" variant="default">
        To the first page
      </Button>
    </Stack>
  );
}
