import {
  AppShell,
  Burger,
  Button,
  Group,
  Loader,
  Menu,
  Modal,
  NavLink,
  ScrollArea,
  Text,
  useComputedColorScheme,
  useMantineColorScheme,
} from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconMoon, IconSun, IconUser } from '@tabler/icons-react';
import { type ReactNode, Suspense, useEffect, useId } from 'react';
import { Link, useLocation } from 'react-router';
import { PasswordNotice } from './password-notice.tsx';
import { ChangePasswordForm } from './sign-in/change-password.tsx';
import { useSession } from './signed-in.tsx';

/** Path of the page about one's own second factors, on every surface. */
export const SIGN_IN_SECURITY = '/sign-in-security';

export interface Place {
  path: string;
  label: string;
  icon: ReactNode;
  /** Places of one section stand under its heading. */
  section?: string;
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
      <a className="skip-link" href="#main">
        Skip to the content
      </a>
      <AppShell.Header>
        <Group h="100%" px="md" justify="space-between" wrap="nowrap">
          <Group gap="sm" wrap="nowrap">
            <Burger opened={open} onClick={toggle} hiddenFrom="sm" size="sm" aria-label="Menu" />
            <img src="/assets/icon.svg" alt="" width={28} height={28} />
            <Text fw={700} visibleFrom="xs">
              Bridgehead
            </Text>
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
        <AppShell.Section grow component={ScrollArea} type="auto" scrollbarSize={6}>
          <nav aria-label={props.title}>
            {sectionsOf(props.places).map(({ section, places }) => (
              <Section key={section ?? ''} title={section}>
                {places.map((place) => (
                  <NavLink
                    key={place.path}
                    component={Link}
                    to={place.path}
                    label={place.label}
                    leftSection={place.icon}
                    py={5}
                    active={isWithin(pathname, place.path)}
                    onClick={close}
                  />
                ))}
              </Section>
            ))}
          </nav>
        </AppShell.Section>
      </AppShell.Navbar>
      <AppShell.Main id="main" tabIndex={-1} className="main">
        <PasswordNotice />
        <Suspense fallback={<Loader aria-label="Loading" />}>{props.children}</Suspense>
      </AppShell.Main>
    </AppShell>
  );
}

/** Places in their order, cut where another section begins. */
function sectionsOf(places: Place[]): { section: string | undefined; places: Place[] }[] {
  const names = [...new Set(places.map((place) => place.section))];
  return names.map((section) => ({ section, places: places.filter((place) => place.section === section) }));
}

function Section({ title, children }: { title: string | undefined; children: ReactNode }) {
  const id = useId();
  if (title === undefined) return <>{children}</>;
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for form fields.
    <div role="group" aria-labelledby={id}>
      <Text id={id} size="xs" fw={700} c="dimmed" tt="uppercase" px="sm" pt="sm" pb={4}>
        {title}
      </Text>
      {children}
    </div>
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
          <Button variant="default" size="xs" maw={180} aria-label={me.public_display_name || me.username}>
            <IconUser size={16} aria-hidden />
            <Text span size="xs" fw={600} ml={6} truncate visibleFrom="xs">
              {me.public_display_name || me.username}
            </Text>
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={open}>Change password</Menu.Item>
          <Menu.Item component={Link} to={SIGN_IN_SECURITY}>
            Sign-in security
          </Menu.Item>
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
