import {
  AppShell,
  Burger,
  Button,
  Group,
  Menu,
  Modal,
  NavLink,
  Text,
  useComputedColorScheme,
  useMantineColorScheme,
} from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconMoon, IconSun, IconUser } from '@tabler/icons-react';
import { type ReactNode, useEffect } from 'react';
import { Link, useLocation } from 'react-router';
import { ChangePasswordForm, useSession } from './signed-in.tsx';

export interface Place {
  path: string;
  label: string;
  icon: ReactNode;
}

function isWithin(pathname: string, path: string): boolean {
  return pathname === path || pathname.startsWith(`${path}/`);
}

/** The frame around every page of a surface: places on the left, the person on the right. */
export function Shell(props: {
  title: string;
  places: Place[];
  elsewhere: { href: string; label: string };
  children: ReactNode;
}) {
  const [open, { toggle, close }] = useDisclosure(false);
  const { pathname } = useLocation();
  const place = props.places.find(({ path }) => isWithin(pathname, path));
  useEffect(() => {
    document.title = [place?.label, 'Bridgehead'].filter(Boolean).join(' · ');
  }, [place?.label]);
  return (
    <AppShell
      header={{ height: 52 }}
      navbar={{ width: 216, breakpoint: 'sm', collapsed: { mobile: !open } }}
      padding="md"
    >
      <AppShell.Header>
        <Group h="100%" px="md" justify="space-between" wrap="nowrap">
          <Group gap="sm" wrap="nowrap">
            <Burger opened={open} onClick={toggle} hiddenFrom="sm" size="sm" aria-label="Menu" />
            <img src="/assets/icon.svg" alt="" width={28} height={28} />
            <Text fw={700}>Bridgehead</Text>
            <Text c="dimmed" visibleFrom="xs">
              {props.title}
            </Text>
          </Group>
          <Group gap="xs" wrap="nowrap">
            <Button component="a" href={props.elsewhere.href} variant="subtle" size="xs">
              {props.elsewhere.label}
            </Button>
            <ColorSchemeButton />
            <AccountMenu />
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="xs">
        <nav aria-label={props.title}>
          {props.places.map((place) => (
            <NavLink
              key={place.path}
              component={Link}
              to={place.path}
              label={place.label}
              leftSection={place.icon}
              active={isWithin(pathname, place.path)}
              onClick={close}
            />
          ))}
        </nav>
      </AppShell.Navbar>
      <AppShell.Main>{props.children}</AppShell.Main>
    </AppShell>
  );
}

function ColorSchemeButton() {
  const { setColorScheme } = useMantineColorScheme();
  const scheme = useComputedColorScheme('light');
  const other = scheme === 'light' ? 'dark' : 'light';
  return (
    <Button
      variant="subtle"
      size="xs"
      aria-label={`Use the ${other} colours`}
      onClick={() => setColorScheme(other)}
    >
      {scheme === 'light' ? <IconMoon size={18} /> : <IconSun size={18} />}
    </Button>
  );
}

function AccountMenu() {
  const { me, signOut, signOutEverywhere } = useSession();
  const [changing, { open, close }] = useDisclosure(false);
  return (
    <>
      <Menu position="bottom-end">
        <Menu.Target>
          <Button variant="default" size="xs" leftSection={<IconUser size={16} />} maw={180}>
            {me.public_display_name || me.username}
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={open}>Change password</Menu.Item>
          <Menu.Item onClick={() => void signOut()}>Sign out</Menu.Item>
          <Menu.Item onClick={() => void signOutEverywhere()}>Sign out everywhere</Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <Modal opened={changing} onClose={close} title="Change password">
        <ChangePasswordForm onChanged={close} />
      </Modal>
    </>
  );
}
