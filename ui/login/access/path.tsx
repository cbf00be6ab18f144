import { Anchor, Badge, Collapse, Group, Table, Text, Timeline, UnstyledButton } from '@mantine/core';
import { IconCheck, IconChevronDown, IconChevronRight, IconX } from '@tabler/icons-react';
import { useId, useState } from 'react';
import { Link } from 'react-router';
import { ruleInWords } from '../../shared/access-rules.ts';
import type { Schema } from '../../shared/api.ts';
import { Scrolling } from '../../shared/scrolling.tsx';
import type { SettingNames } from '../../shared/setting-value.tsx';
import { SourceBadge } from '../../shared/source-badge.tsx';
import { aboutInWords, valueInWords } from './words.ts';

type Step = Schema<'AccessStep'>;
type Source = Schema<'AccessSource'>;

export interface PathProps {
  steps: Step[];
  /** Whose own values are meant. */
  user: { id: number; username: string };
  names: SettingNames;
}

/** The rules in the order they were asked, what each said, and who had a say. */
export function Path({ steps, user, names }: PathProps) {
  const first = steps.findIndex(({ allowed }) => !allowed);
  return (
    <Timeline
      active={first === -1 ? steps.length : first}
      bulletSize={24}
      lineWidth={2}
      aria-label="What the rules said"
      role="list"
    >
      {steps.map((step, index) => (
        <Timeline.Item
          // biome-ignore lint/suspicious/noArrayIndexKey: a Jump Policy has several steps; their place is what they are.
          key={index}
          role="listitem"
          color={step.allowed ? 'teal' : 'red'}
          bullet={step.allowed ? <IconCheck size={14} aria-hidden /> : <IconX size={14} aria-hidden />}
          title={
            <Group gap="xs">
              <Text size="sm" fw={600}>
                {ruleInWords(step.rule)}
                {typeof step.facts.rule === 'string' && `: ${step.facts.rule.replaceAll('_', ' ')}`}
              </Text>
              {!step.allowed && <Badge color="red">refuses</Badge>}
            </Group>
          }
        >
          <Text size="sm">
            {step.message} <FactLinks facts={step.facts} user={user} />
          </Text>
          {step.said.length > 0 && <Statements step={step} user={user} names={names} open={!step.allowed} />}
        </Timeline.Item>
      ))}
    </Timeline>
  );
}

/** Where the things a sentence is about can be changed. */
function FactLinks({ facts, user }: { facts: Step['facts']; user: PathProps['user'] }) {
  const links: { to: string; label: string }[] = [];
  const add = (value: unknown, to: (id: number) => string, label: string) => {
    if (typeof value === 'number') links.push({ to: to(value), label });
  };
  add(facts.user_id, (id) => `/users/${id}`, user.username);
  add(facts.jump_item_role_id, (id) => `/jump-item-roles?open=${id}`, 'Jump Item Role');
  add(facts.jumpoint_id, (id) => `/jumpoints?open=${id}`, 'Jumpoint');
  add(facts.jump_policy_id, (id) => `/jump-policies?open=${id}`, 'Jump Policy');
  add(facts.jump_group_id, (id) => `/jump-groups?open=${id}`, 'Jump Group');
  return (
    <>
      {links.map(({ to, label }) => (
        <Anchor key={to} component={Link} to={to} size="xs" underline="always" mr={6}>
          {label}
        </Anchor>
      ))}
    </>
  );
}

function Statements(props: { step: Step; user: PathProps['user']; names: SettingNames; open: boolean }) {
  const { step, user, names } = props;
  const [open, setOpen] = useState(props.open);
  const id = useId();
  const count = step.said.reduce((sum, { statements }) => sum + statements.length, 0);
  return (
    <>
      <UnstyledButton
        fz="xs"
        c="var(--mantine-color-anchor)"
        aria-expanded={open}
        aria-controls={id}
        onClick={() => setOpen(!open)}
      >
        <Group gap={4} mt={4}>
          {open ? <IconChevronDown size={14} aria-hidden /> : <IconChevronRight size={14} aria-hidden />}
          {count === 0 ? 'Nobody said anything about it' : `Who said what (${count})`}
        </Group>
      </UnstyledButton>
      <Collapse expanded={open} id={id}>
        <Scrolling label={`Who said what about ${ruleInWords(step.rule)}`}>
          <Table verticalSpacing={4} fz="xs" withRowBorders={false}>
            <Table.Tbody>
              {step.said.flatMap(({ about, value, source, statements }) => [
                <Table.Tr key={about}>
                  <Table.Th scope="rowgroup" colSpan={3}>
                    {aboutInWords(about)}: {valueInWords(about, value, names)}
                    {statements.length === 0 && (
                      <Text span size="xs" c="dimmed" fw={400}>
                        {' '}
                        (<SourceBadge source={sourceInWords(source ?? INITIAL, user)} />)
                      </Text>
                    )}
                  </Table.Th>
                </Table.Tr>,
                ...statements.map((statement, index) => (
                  // biome-ignore lint/suspicious/noArrayIndexKey: statements have no identity but their place.
                  <Table.Tr key={`${about} ${index}`}>
                    <Table.Td>
                      <SourceBadge source={sourceInWords(statement.source, user)} />
                    </Table.Td>
                    <Table.Td>{valueInWords(about, statement.value, names)}</Table.Td>
                    <Table.Td>
                      {statement.passed_over === null ? (
                        <Text span size="xs" fw={600}>
                          holds
                        </Text>
                      ) : (
                        <Text span size="xs" c="dimmed">
                          {PASSED_OVER[statement.passed_over.because]}{' '}
                          {sourceInWords(statement.passed_over.by, user).of?.name ??
                            sourceInWords(statement.passed_over.by, user).words}
                        </Text>
                      )}
                    </Table.Td>
                  </Table.Tr>
                )),
              ])}
            </Table.Tbody>
          </Table>
        </Scrolling>
      </Collapse>
    </>
  );
}

const PASSED_OVER = {
  final_before: 'passed over: already final by',
  lower_priority: 'passed over: already decided by',
  replaced_later: 'replaced by',
} as const;

const INITIAL: Source = { kind: 'initial', id: null, name: '', status: null };

/** Who said something about a person, with the page where it can be changed. */
export function sourceInWords(source: Source, user: PathProps['user']) {
  if (source.kind === 'initial') return { words: 'Default of new users' };
  if (source.kind === 'session_policy') {
    return {
      words: source.place === 'global' ? 'Global session policy' : 'Session policy',
      of: { name: source.name, to: '/session-policies' },
      note: source.place?.replaceAll('_', ' '),
    };
  }
  if (source.kind === 'user')
    return { words: 'Own value of', of: { name: user.username, to: `/users/${user.id}` } };
  return {
    words: 'Group policy',
    // Policies that are not saved have negative ids, and no page.
    of: { name: source.name, to: (source.id ?? 0) > 0 ? `/group-policies/${source.id}` : '/group-policies' },
    note: source.status === 'final' ? 'final' : undefined,
  };
}
