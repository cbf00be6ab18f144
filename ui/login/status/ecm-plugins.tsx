import { Badge, Table, Text } from '@mantine/core';
import { Scrolling } from '../../shared/scrolling.tsx';
import type { EcmHost, EcmPlugin } from './ecm-host-record.ts';

const STATES: Record<EcmPlugin['state'], string> = { running: 'teal', restarting: 'yellow', broken: 'red' };

/** The plug-ins of a host and how they are, as the host told last. */
export function EcmPlugins({ host }: { host: EcmHost }) {
  if (host.plugins.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        It has told of no plug-in yet.
      </Text>
    );
  }
  return (
    <Scrolling label={`Plug-ins of ${host.name}`}>
      <Table aria-label={`Plug-ins of ${host.name}`} miw={560}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Plug-in</Table.Th>
            <Table.Th>Kind</Table.Th>
            <Table.Th>State</Table.Th>
            <Table.Th>Health</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {host.plugins.map((plugin) => (
            <Table.Tr key={plugin.instance}>
              <Table.Td>{plugin.instance}</Table.Td>
              <Table.Td>
                {plugin.name} {plugin.version}
                <Text size="xs" c="dimmed">
                  {plugin.description}
                </Text>
              </Table.Td>
              <Table.Td>
                <Badge color={STATES[plugin.state]}>{plugin.state}</Badge>
                {plugin.problem !== null && <Text size="xs">{plugin.problem}</Text>}
              </Table.Td>
              <Table.Td>
                <Health plugin={plugin} />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Scrolling>
  );
}

function Health({ plugin }: { plugin: EcmPlugin }) {
  if (plugin.health === null) {
    return (
      <Text size="sm" c="dimmed">
        {plugin.capabilities.health ? 'not checked yet' : 'cannot be checked'}
      </Text>
    );
  }
  const { healthy, detail } = plugin.health;
  return (
    <>
      <Badge color={healthy ? 'teal' : 'red'}>{healthy ? 'healthy' : 'unhealthy'}</Badge>
      {detail !== '' && <Text size="xs">{detail}</Text>}
    </>
  );
}
