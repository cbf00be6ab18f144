import { Alert, Badge, Button, Code, CopyButton, Group, Stack, Table, Text, Title } from '@mantine/core';
import { useState } from 'react';
import { API, client, ok, pageOf, readOf, type Schema } from '../../shared/api.ts';
import { Members } from '../../shared/members.tsx';
import type { FormValues } from '../../shared/record-form.tsx';
import { bodyOf, ResourcePage } from '../../shared/resource-page.tsx';
import { Time } from '../../shared/time.tsx';
import { useLoaded } from '../../shared/use-loaded.ts';

type Jumpoint = Schema<'Jumpoint'>;
type ProvisionedTarget = Schema<'ProvisionedTarget'>;

export function JumpointsPage() {
  return (
    <ResourcePage<Jumpoint>
      name="jumpoints"
      title="Jumpoints"
      noun="Jumpoint"
      help="A Jumpoint is a program inside a network; jumps to systems of that network go through it."
      empty="There are no Jumpoints. Create one, then install its program on a host inside the network you want to reach."
      everyMs={5000}
      rowKey={(jumpoint) => String(jumpoint.id)}
      rowName={(jumpoint) => jumpoint.name}
      columns={[
        { id: 'name', title: 'Name', cell: (jumpoint) => jumpoint.name },
        { id: 'code_name', title: 'Code name', cell: (jumpoint) => jumpoint.code_name },
        {
          id: 'connected',
          title: 'Status',
          cell: (jumpoint) => (
            <Badge color={!jumpoint.enabled ? 'red' : jumpoint.connected ? 'teal' : 'gray'}>
              {!jumpoint.enabled ? 'disabled' : jumpoint.connected ? 'connected' : 'not connected'}
            </Badge>
          ),
        },
        {
          id: 'shell',
          title: 'Shell Jump',
          cell: (jumpoint) => (jumpoint.shell_jump_enabled ? jumpoint.shell_jump_access : 'off'),
        },
        { id: 'clustered', title: 'Clustered', cell: (jumpoint) => (jumpoint.clustered ? 'yes' : 'no') },
        { id: 'platform', title: 'Platform', cell: (jumpoint) => jumpoint.platform, hidden: true },
        { id: 'comments', title: 'Comments', cell: (jumpoint) => jumpoint.comments, hidden: true },
      ]}
      searchable
      filters={[{ name: 'hostname', label: 'Node hostname is' }]}
      load={(query, signal) =>
        pageOf(
          client.GET('/jumpoint', {
            params: {
              query: { current_page: query.page, per_page: 50, search: query.search, ...query.filters },
            },
            signal,
          }),
        )
      }
      read={(row, signal) =>
        readOf(client.GET('/jumpoint/{id}', { params: { path: { id: row.id } }, signal }))
      }
      fields={(row) => [
        { name: 'name', label: 'Name', kind: 'text', required: true, maxLength: 255 },
        {
          name: 'code_name',
          label: 'Code name',
          kind: 'text',
          maxLength: 64,
          help: 'Made from the name when blank.',
        },
        {
          name: 'platform',
          label: 'Platform',
          kind: 'select',
          required: true,
          disabled: row !== undefined,
          options: [
            { value: 'linux-x86', label: 'Linux' },
            { value: 'windows-x86', label: 'Windows' },
          ],
        },
        {
          name: 'clustered',
          label: 'Cluster of several programs',
          kind: 'checkbox',
          disabled: row !== undefined,
        },
        { name: 'enabled', label: 'Enabled', kind: 'checkbox' },
        { name: 'comments', label: 'Comments', kind: 'textarea', maxLength: 1024 },
        { name: 'shell_jump_enabled', label: 'Shell Jump', kind: 'checkbox' },
        {
          name: 'shell_jump_access',
          label: 'Shell Jump may reach',
          kind: 'select',
          required: true,
          when: (values) => values.shell_jump_enabled === true,
          options: [
            { value: 'open', label: 'Any system of its network' },
            { value: 'limited', label: 'Addresses in these ranges' },
            { value: 'provisioned', label: 'Provisioned systems only' },
          ],
        },
        {
          name: 'shell_jump_ranges',
          label: 'Address ranges',
          kind: 'list',
          help: 'Addresses, 10.0.0.0/24, or 10.0.0.5-10.0.0.9; press Enter after each.',
          when: (values) => values.shell_jump_enabled === true && values.shell_jump_access === 'limited',
        },
        {
          name: 'shell_jump_provisioned',
          label: 'Provisioned systems',
          kind: 'list',
          help: 'ssh://user@host:22 or telnet://host:23; press Enter after each.',
          when: (values) => values.shell_jump_enabled === true,
        },
      ]}
      defaults={{
        name: '',
        code_name: '',
        platform: 'linux-x86',
        clustered: false,
        enabled: true,
        comments: '',
        shell_jump_enabled: true,
        shell_jump_access: 'open',
        shell_jump_ranges: [],
        shell_jump_provisioned: [],
      }}
      toForm={(row) => ({
        ...(row as unknown as FormValues),
        shell_jump_provisioned: row.shell_jump_provisioned.map(targetText),
      })}
      create={(values) => ok(client.POST('/jumpoint', { body: toBody(values) }))}
      update={(row, values, header) => {
        const { platform: _platform, clustered: _clustered, ...changes } = values;
        return ok(
          client.PATCH('/jumpoint/{id}', { params: { path: { id: row.id }, header }, body: toBody(changes) }),
        );
      }}
      remove={(row, header) =>
        ok(client.DELETE('/jumpoint/{id}', { params: { path: { id: row.id }, header } }))
      }
      removeWarning={() =>
        'Every Jump Item that goes through this Jumpoint is deleted with it, and its programs can no longer connect.'
      }
      details={(row) => <JumpointDetails jumpoint={row} />}
    />
  );
}

function targetText(target: ProvisionedTarget): string {
  const user = target.username ? `${target.username}@` : '';
  return `${target.protocol ?? 'ssh'}://${user}${target.hostname}${target.port === undefined ? '' : `:${target.port}`}`;
}

function toBody<Body>(values: FormValues): Body {
  const targets = Array.isArray(values.shell_jump_provisioned)
    ? values.shell_jump_provisioned.map(parseTarget)
    : undefined;
  return bodyOf({
    ...values,
    ...(targets === undefined ? {} : { shell_jump_provisioned: targets as never }),
  });
}

function parseTarget(text: string): ProvisionedTarget {
  const match = /^(?:(ssh|telnet):\/\/)?(?:([^@/]+)@)?(\[[^\]]+\]|[^:/]+)(?::(\d+))?$/.exec(text.trim());
  return {
    hostname: match?.[3]?.replace(/^\[|\]$/g, '') ?? text,
    protocol: (match?.[1] as 'ssh' | 'telnet' | undefined) ?? 'ssh',
    ...(match?.[4] === undefined ? {} : { port: Number(match[4]) }),
    ...(match?.[2] === undefined ? {} : { username: match[2] }),
  };
}

function JumpointDetails({ jumpoint }: { jumpoint: Jumpoint }) {
  const path = { id: jumpoint.id };
  const nodes = useLoaded(
    `nodes ${jumpoint.id}`,
    (signal) => ok(client.GET('/jumpoint/{id}/node', { params: { path }, signal })),
    3000,
  );
  const [token, setToken] = useState<Schema<'EnrolmentTokenWithText'>>();
  const [problem, setProblem] = useState<string>();
  const attempt = async (work: () => Promise<unknown>) => {
    setProblem(undefined);
    try {
      await work();
    } catch (error) {
      setProblem((error as Error).message);
    }
  };
  return (
    <Stack mt="xl">
      <Title order={2} size="h4">
        Programs
      </Title>
      {problem !== undefined && (
        <Alert color="red" role="alert">
          {problem}
        </Alert>
      )}
      <Table>
        <Table.Tbody>
          {(nodes.data ?? []).map((node) => (
            <Table.Tr key={node.id}>
              <Table.Td>
                {node.hostname} {node.clone_suspected_at !== null && <Badge color="red">cloned key?</Badge>}
              </Table.Td>
              <Table.Td>{node.connected ? 'connected' : 'not connected'}</Table.Td>
              <Table.Td>
                <Time at={node.last_connect_timestamp} none="never" />
              </Table.Td>
              <Table.Td ta="right">
                <Button
                  size="compact-xs"
                  variant="subtle"
                  color="red"
                  onClick={() =>
                    void attempt(async () => {
                      await ok(
                        client.DELETE('/jumpoint/{id}/node/{node_id}', {
                          params: { path: { id: jumpoint.id, node_id: node.id } },
                        }),
                      );
                      nodes.reload();
                    })
                  }
                >
                  Revoke
                </Button>
              </Table.Td>
            </Table.Tr>
          ))}
          {nodes.data?.length === 0 && (
            <Table.Tr>
              <Table.Td c="dimmed">No program is enrolled yet.</Table.Td>
            </Table.Tr>
          )}
        </Table.Tbody>
      </Table>
      <Group>
        <Button component="a" variant="default" href={`${API}/jumpoint/${jumpoint.id}/installer`}>
          Download the program
        </Button>
        <Button
          variant="default"
          onClick={() =>
            void attempt(async () => {
              setToken(
                await ok(client.POST('/jumpoint/{id}/enrolment-token', { params: { path }, body: {} })),
              );
            })
          }
        >
          Make an enrolment token
        </Button>
      </Group>
      {token !== undefined && (
        <Alert title="Shown this once">
          <Stack gap="xs">
            <Text size="sm">
              Unpack the program on the host and run <Code>./install.sh TOKEN</Code> before{' '}
              <Time at={token.expires_at} />:
            </Text>
            <Code block className="unbroken">
              {token.token}
            </Code>
            <CopyButton value={token.token}>
              {({ copied, copy }) => (
                <Button size="xs" onClick={copy} maw="fit-content">
                  {copied ? 'Copied' : 'Copy'}
                </Button>
              )}
            </CopyButton>
          </Stack>
        </Alert>
      )}
      <Users jumpoint={jumpoint} />
    </Stack>
  );
}

function Users({ jumpoint }: { jumpoint: Jumpoint }) {
  const { id } = jumpoint;
  return (
    <Members
      name={`jumpoint users ${id}`}
      title="Who may use it"
      help="Jumps through this Jumpoint take membership of it, beside a role in the Jump Group. Members may also reach systems that are not saved as Jump Items."
      empty="Nobody yet. People may also become members through a group policy."
      load={(page, search, signal) =>
        pageOf(
          client.GET('/jumpoint/{id}/member', {
            params: { path: { id }, query: { current_page: page, per_page: 25, search } },
            signal,
          }),
        )
      }
      add={(user_id) =>
        ok(client.POST('/jumpoint/{id}/user', { params: { path: { id } }, body: { user_id } }))
      }
      remove={(user_id) =>
        ok(client.DELETE('/jumpoint/{id}/user/{user_id}', { params: { path: { id, user_id } } }))
      }
    />
  );
}
