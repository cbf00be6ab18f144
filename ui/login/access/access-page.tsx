import { Stack, Tabs, Text, Title } from '@mantine/core';
import { useLocation, useNavigate } from 'react-router';
import { Explain } from './explain.tsx';
import { PersonAccess } from './person.tsx';
import { WhoMayTable } from './who-may.tsx';

const VIEWS = [
  { path: '/access', label: 'Explain', view: <Explain /> },
  { path: '/access/who-may', label: 'Who may do it', view: <WhoMayTable /> },
  { path: '/access/person', label: 'What a user may do', view: <PersonAccess /> },
];

/** Questions about access, answered by the very rules that are enforced. */
export function AccessPage() {
  const { pathname } = useLocation();
  const navigate = useNavigate();
  const current = VIEWS.find(({ path }) => path === pathname) ?? VIEWS[0]!;
  return (
    <Stack maw={1200}>
      <Title order={1} size="h2">
        Who may do what
      </Title>
      <Text size="sm" c="dimmed">
        Answered by the very rules that are asked when a session starts or a Jump Item is changed.
      </Text>
      <Tabs
        value={current.path}
        keepMounted={false}
        onChange={(path) => path !== null && void navigate(path)}
      >
        <Tabs.List mb="md">
          {VIEWS.map(({ path, label }) => (
            <Tabs.Tab key={path} value={path}>
              {label}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {VIEWS.map(({ path, view }) => (
          <Tabs.Panel key={path} value={path}>
            {view}
          </Tabs.Panel>
        ))}
      </Tabs>
    </Stack>
  );
}
