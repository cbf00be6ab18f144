import { Anchor, Group, Tabs, Text, Title } from '@mantine/core';
import { type ReactNode, useEffect } from 'react';
import { Link, useSearchParams } from 'react-router';
import { mayLeave } from './warn-before-leaving.ts';

export interface RecordTab {
  /** In the address, as `?section=`. */
  value: string;
  label: string;
  panel: ReactNode;
}

/** The way back to the list a record is in. */
export function BackTo({ to, label }: { to: string; label: string }) {
  return (
    <Anchor component={Link} to={to} size="sm" w="fit-content">
      ← {label}
    </Anchor>
  );
}

/** The page of one record: its name, what can be done with it, and its sides behind tabs that have addresses. */
export function RecordTabs(props: {
  name: string;
  /** What kind of thing it is, for the title of the window, e.g. `Account groups`. */
  among: string;
  /** Said beneath the name. */
  kind?: ReactNode;
  actions?: ReactNode;
  tabs: RecordTab[];
}) {
  const { name, among, tabs } = props;
  const [parameters, setParameters] = useSearchParams();
  useEffect(() => {
    document.title = `${name} · ${among} · Bridgehead`;
  }, [name, among]);
  const asked = parameters.get('section');
  const shown = tabs.some(({ value }) => value === asked) ? asked : tabs[0]?.value;
  return (
    <>
      <Group justify="space-between">
        <div>
          <Title order={1} size="h2">
            {name}
          </Title>
          {props.kind !== undefined && (
            <Text size="sm" c="dimmed">
              {props.kind}
            </Text>
          )}
        </div>
        <Group gap="xs">{props.actions}</Group>
      </Group>
      <Tabs
        value={shown ?? null}
        onChange={(next) =>
          next !== null && mayLeave() && setParameters({ section: next }, { replace: true })
        }
        keepMounted={false}
      >
        <Tabs.List mb="md">
          {tabs.map(({ value, label }) => (
            <Tabs.Tab key={value} value={value}>
              {label}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {tabs.map(({ value, panel }) => (
          <Tabs.Panel key={value} value={value}>
            {panel}
          </Tabs.Panel>
        ))}
      </Tabs>
    </>
  );
}
