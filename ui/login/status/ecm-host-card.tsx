import { Alert, Badge, Button, Group, Paper, Stack, Table, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import { Time } from '../../shared/time.tsx';
import type { EcmHost } from './ecm-host-record.ts';
import { EcmPlugins } from './ecm-plugins.tsx';
import { Fingerprint } from './fingerprint.tsx';

export type HostAction = 'approve' | 'rename' | 'revoke' | 'remove';

const LOOKS: Record<EcmHost['connection'], { color: string; label: string }> = {
  connected: { color: 'teal', label: 'connected' },
  waiting_for_approval: { color: 'yellow', label: 'connected, waits for approval' },
  waiting_for_room: { color: 'yellow', label: 'connected, waits for room' },
  disconnected: { color: 'gray', label: 'not connected' },
};

/** One ECM host: its key, its connection, its plug-ins and what can be done with it. */
export function EcmHostCard(props: {
  host: EcmHost;
  /** Counted from 1 in the order they are asked; undefined when it is not asked. */
  place: number | undefined;
  onAct: (action: HostAction) => void;
}) {
  const { host, place } = props;
  const look = LOOKS[host.connection];
  return (
    <Paper withBorder p="md" component="article" aria-label={host.name}>
      <Stack gap="sm">
        <Group justify="space-between">
          <Group gap="xs">
            <Title order={4} size="h5">
              {host.name}
            </Title>
            {host.state === 'revoked' ? (
              <Badge color="red">revoked</Badge>
            ) : (
              <Badge color={look.color}>{look.label}</Badge>
            )}
            {place !== undefined && (
              <Badge color="river">{place === 1 ? 'asked first' : `asked as no. ${place}`}</Badge>
            )}
          </Group>
          <Actions {...props} />
        </Group>
        {host.clone_suspected_at !== null && (
          <Alert color="red" title="Its key was seen alive twice">
            Two programs used it at the same time, last noticed <Time at={host.clone_suspected_at} />. Revoke
            it and enrol the host anew, unless you know why.
          </Alert>
        )}
        <Table withRowBorders={false} verticalSpacing={2}>
          <Table.Tbody>
            {factsOf(host).map(([name, value]) => (
              <Table.Tr key={name}>
                <Table.Th scope="row" fw={500} w={150}>
                  {name}
                </Table.Th>
                <Table.Td>{value}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
        {host.state === 'pending' && (
          <Text size="sm">
            Compare the fingerprint with the one the host printed when it was enrolled. Approve it only when
            both are the same.
          </Text>
        )}
        {host.state === 'approved' && <EcmPlugins host={host} />}
      </Stack>
    </Paper>
  );
}

function factsOf(host: EcmHost): [string, ReactNode][] {
  const { state } = host;
  return [
    ['Host', [host.hostname, host.private_ip].filter((part) => part !== '').join(', ') || '–'],
    ['Dials from', host.public_ip || '–'],
    ['Version', host.version || '–'],
    host.connection !== 'disconnected'
      ? ['Connected since', <Time key="since" at={host.connected_since ?? host.last_connect_timestamp} />]
      : ['Last connected', <Time key="last" at={host.last_connect_timestamp} none="never" />],
    ['Key', <Fingerprint key="key" text={host.key_fingerprint} />],
    [
      'Enrolled',
      <span key="enrolled">
        <Time at={host.enrolled_at} /> by {host.enrolled_by || 'an API account'}
      </span>,
    ],
    ...(state === 'approved' ? [told('Approved', host.approved_at, host.approved_by)] : []),
    ...(state === 'revoked' ? [told('Revoked', host.revoked_at, host.revoked_by)] : []),
  ];
}

function told(name: string, at: string | null, by: string): [string, ReactNode] {
  return [
    name,
    <span key={name}>
      <Time at={at} />
      {by !== '' && ` by ${by}`}
    </span>,
  ];
}

function Actions({ host, onAct }: { host: EcmHost; onAct: (action: HostAction) => void }) {
  const offered: [HostAction, string][] =
    host.state === 'revoked'
      ? [['remove', 'Remove']]
      : [
          ...(host.state === 'pending' ? ([['approve', 'Approve']] as [HostAction, string][]) : []),
          ['rename', 'Rename'],
          ['revoke', host.state === 'pending' ? 'Refuse' : 'Revoke'],
          ['remove', 'Remove'],
        ];
  return (
    <Group gap="xs">
      {offered.map(([action, label]) => (
        <Button
          key={action}
          size="compact-sm"
          variant={action === 'approve' ? 'filled' : 'default'}
          aria-label={`${label} ${host.name}`}
          onClick={() => onAct(action)}
        >
          {label}
        </Button>
      ))}
    </Group>
  );
}
