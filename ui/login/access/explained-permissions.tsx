import { Badge, Group, Switch, Table, Text, TextInput } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import { useState } from 'react';
import type { Schema } from '../../shared/api.ts';
import { Scrolling } from '../../shared/scrolling.tsx';
import {
  permissionInWords,
  type SessionPermission,
  sectionTitle,
  useSessionPermissions,
} from '../../shared/session-permissions.ts';
import { SourceBadge } from '../../shared/source-badge.tsx';
import { same } from '../../shared/three-way.ts';
import { sourceInWords } from './path.tsx';

type Explained = Schema<'ExplainedSessionPermission'>;
type Source = Schema<'SessionPermissionSource'>;

const PLACES: Record<Source['place'], string> = {
  jump_item: 'Jump Item',
  public_portal: 'Public portal',
  representative: 'Representative',
  global: 'Global session policy',
  rep_invite: 'Invitation',
  built_in: 'Nobody defines it',
};

/** Every session permission with its value, the policy that decided it, and what others said. */
export function ExplainedPermissions(props: {
  permissions: Explained[];
  /** Values without the changes that are tried. */
  before?: Record<string, unknown> | null;
  user: { id: number; username: string };
}) {
  const { permissions, before = null, user } = props;
  const catalogue = useSessionPermissions().data ?? [];
  const [search, setSearch] = useState('');
  const [changedOnly, setChangedOnly] = useState(false);
  const wanted = search.trim().toLowerCase();
  const isChanged = ({ name, value }: Explained) => before !== null && !same(before[name], value);
  const shown = permissions.filter(
    (permission) =>
      (wanted === '' || `${permission.label} ${permission.name}`.toLowerCase().includes(wanted)) &&
      (!changedOnly || isChanged(permission)),
  );
  const sections = [...new Set(shown.map(({ section }) => section))];
  const changes = permissions.filter(isChanged).length;
  return (
    <>
      <Group align="end">
        <TextInput
          type="search"
          label="Find a permission"
          leftSection={<IconSearch size={16} aria-hidden />}
          value={search}
          onChange={(event) => setSearch(event.currentTarget.value)}
        />
        {before !== null && (
          <Switch
            mb={8}
            label={`Only what the changes alter (${changes})`}
            checked={changedOnly}
            onChange={(event) => setChangedOnly(event.currentTarget.checked)}
          />
        )}
      </Group>
      <Scrolling label="Session permissions">
        <Table verticalSpacing={6}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Permission</Table.Th>
              <Table.Th>Value</Table.Th>
              {before !== null && <Table.Th>Without the changes</Table.Th>}
              <Table.Th>Decided by</Table.Th>
              <Table.Th>Passed over</Table.Th>
            </Table.Tr>
          </Table.Thead>
          {sections.map((section) => (
            <Table.Tbody key={section}>
              <Table.Tr>
                <Table.Th colSpan={before === null ? 4 : 5} scope="rowgroup">
                  <Text size="xs" fw={700} c="dimmed" tt="uppercase">
                    {sectionTitle(section)}
                  </Text>
                </Table.Th>
              </Table.Tr>
              {shown
                .filter((permission) => permission.section === section)
                .map((permission) => (
                  <Row
                    key={permission.name}
                    explained={permission}
                    known={catalogue.find(({ name }) => name === permission.name)}
                    before={before === null ? undefined : { value: before[permission.name] }}
                    changed={isChanged(permission)}
                    user={user}
                  />
                ))}
            </Table.Tbody>
          ))}
        </Table>
      </Scrolling>
      {shown.length === 0 && <Text c="dimmed">No permission matches.</Text>}
    </>
  );
}

function Row(props: {
  explained: Explained;
  known: SessionPermission | undefined;
  before: { value: unknown } | undefined;
  changed: boolean;
  user: { id: number; username: string };
}) {
  const { explained, known, before, user } = props;
  const passed = explained.statements.filter(({ holds }) => !holds);
  return (
    <Table.Tr>
      <Table.Th scope="row" fw={400}>
        {explained.label}
      </Table.Th>
      <Table.Td>
        <Value value={explained.value} known={known} />
      </Table.Td>
      {before !== undefined && (
        <Table.Td>
          {props.changed ? <Value value={before.value} known={known} /> : <Text c="dimmed">same</Text>}
        </Table.Td>
      )}
      <Table.Td>
        <Decider source={explained.source} user={user} />
      </Table.Td>
      <Table.Td>
        {passed.length === 0 ? (
          <Text size="xs" c="dimmed">
            –
          </Text>
        ) : (
          passed.map((statement) => (
            <div key={statement.source.place}>
              <Text span size="xs">
                {permissionInWords(known, statement.value)}:{' '}
              </Text>
              <Decider source={statement.source} user={user} />
            </div>
          ))
        )}
      </Table.Td>
    </Table.Tr>
  );
}

function Value({ value, known }: { value: unknown; known: SessionPermission | undefined }) {
  const colour = value === 'allow' ? 'teal' : value === 'deny' ? 'red' : 'gray';
  return (
    <Badge color={colour} tt="none" miw="max-content">
      {permissionInWords(known, value)}
    </Badge>
  );
}

/** The policy with its page; for the representative's, also who chose it. */
export function Decider({ source, user }: { source: Source; user: { id: number; username: string } }) {
  const { place, policy, setting } = source;
  if (place === 'global') {
    return (
      <SourceBadge source={{ words: '', of: { name: PLACES.global, to: '/session-policies/global' } }} />
    );
  }
  const chosen = setting === null ? undefined : sourceInWords(setting.source, user);
  return (
    <>
      <SourceBadge
        source={
          policy === null
            ? { words: place === 'built_in' ? PLACES.built_in : `${PLACES[place]}: permissions of its own` }
            : { words: `${PLACES[place]}:`, of: { name: policy.name, to: `/session-policies/${policy.id}` } }
        }
      />
      {chosen !== undefined && (
        <Text span size="xs" c="dimmed">
          {', chosen by '}
          <SourceBadge source={{ ...chosen, words: chosen.words.toLowerCase() }} />
        </Text>
      )}
    </>
  );
}
