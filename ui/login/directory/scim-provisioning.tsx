import { Anchor, Button, Code, CopyButton, Group, List, Stack, Table, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import { Link } from 'react-router';
import { client, ok } from '../../shared/api.ts';
import { Time } from '../../shared/time.tsx';
import { useLoaded } from '../../shared/use-loaded.ts';
import { WhenLoaded } from '../../shared/when-loaded.tsx';
import type { ProviderTabProps } from './security-provider-tabs.tsx';

/** What the directory is told, and what has come from it. */
export function ScimProvisioning({ read }: ProviderTabProps) {
  const { id, enabled } = read.value;
  const loaded = useLoaded(`SCIM standing of security provider ${id}`, (signal) =>
    ok(client.GET('/security-provider/{id}/scim', { params: { path: { id } }, signal })),
  );
  return (
    <WhenLoaded loaded={loaded}>
      {(standing) => (
        <Stack gap="xl">
          <Stack gap="xs">
            <Title order={2} size="h4">
              For the directory
            </Title>
            <Group gap="xs">
              <Text size="sm">Base URL (tenant URL)</Text>
              <Code>{standing.base_url}</Code>
              <CopyButton value={standing.base_url}>
                {({ copied, copy }) => (
                  <Button size="compact-xs" variant="default" onClick={copy}>
                    {copied ? 'Copied' : 'Copy'}
                  </Button>
                )}
              </CopyButton>
            </Group>
            <List size="sm">
              <List.Item>
                Make an{' '}
                <Anchor component={Link} to="/api-accounts" inherit underline="always">
                  API account
                </Anchor>{' '}
                with the permission SCIM. A directory that fetches tokens gets its client ID and secret; one
                that asks for a token gets the secret, which the account has to allow.
              </List.Item>
              <List.Item>Choose under Settings which provider signs these people in.</List.Item>
              <List.Item>
                Make groups members of{' '}
                <Anchor component={Link} to="/group-policies" inherit underline="always">
                  group policies
                </Anchor>
                : without one, people are provisioned but may not sign in.
              </List.Item>
            </List>
          </Stack>
          <Stack gap="xs">
            <Title order={2} size="h4">
              From the directory
            </Title>
            {!enabled && <Text size="sm">Calls are refused while the provider is disabled.</Text>}
            <Table withRowBorders={false} w="auto">
              <Table.Tbody>
                <Row name="Last call">
                  <Time at={standing.last_call_at} none="never" />{' '}
                  {standing.last_api_account !== '' && `by ${standing.last_api_account}`}
                </Row>
                <Row name="Users">
                  {standing.users} ({standing.enabled_users} enabled)
                </Row>
                <Row name="Groups">{standing.groups}</Row>
              </Table.Tbody>
            </Table>
            <Group>
              <Button variant="default" size="xs" onClick={loaded.reload}>
                Look again
              </Button>
            </Group>
          </Stack>
        </Stack>
      )}
    </WhenLoaded>
  );
}

function Row({ name, children }: { name: string; children: ReactNode }) {
  return (
    <Table.Tr>
      <Table.Th fw={500}>{name}</Table.Th>
      <Table.Td>{children}</Table.Td>
    </Table.Tr>
  );
}
