import { Button, CloseButton, Drawer, Group, Tabs } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconTerminal2 } from '@tabler/icons-react';
import { startTransition, useEffect, useState } from 'react';
import { useLocation, useNavigate } from 'react-router';
import { mayAdminister } from '../shared/administrative-rights.ts';
import { ApiError, client, ok, type Schema } from '../shared/api.ts';
import {
  JUMP_ITEM_COLUMNS,
  type JumpItemSummary,
  searchJumpItems,
  useJumpItemFilters,
} from '../shared/jump-item-list.tsx';
import { ListPage } from '../shared/list-page.tsx';
import {
  loadSessions,
  SESSION_COLUMNS,
  SESSION_FILTERS,
  type Session,
  SessionDetails,
} from '../shared/session-list.tsx';
import { Shell, SIGN_IN_SECURITY } from '../shared/shell.tsx';
import { SignInSecurityPage } from '../shared/sign-in-security/lazy.tsx';
import { useSession } from '../shared/signed-in.tsx';
import { startSurface } from '../shared/surface.tsx';
import { AdHoc } from './ad-hoc.tsx';
import { CredentialChooser, takesCredential } from './credential-chooser.tsx';
import { JumpForm, type StartRequest, startSession } from './jump.tsx';
import { JumpRefusal } from './jump-refusal.tsx';
import { Launch, launchRequestOf } from './launch.tsx';
import { InvitationsPage, OTHER_PAGES, placesOf, VaultAccountsPage } from './places.tsx';
import { TerminalTab } from './terminal.tsx';
import { VaultSystemsButton } from './vault-systems-button.tsx';

interface OpenSession {
  started: Schema<'SessionStarted'>;
  /** How it was started, to start it again. */
  request: StartRequest;
  ended: boolean;
}

function Console() {
  const { me } = useSession();
  const location = useLocation();
  const navigate = useNavigate();
  const [launch, setLaunch] = useState(() => launchRequestOf(window.location.search));
  const [open, setOpen] = useState<OpenSession[]>([]);
  const [refused, setRefused] = useState<{ error: ApiError; request: StartRequest }>();
  const [shown, setShown] = useState<JumpItemSummary>();
  const [choosing, setChoosing] = useState<{ request: StartRequest; change: boolean }>();
  const [busy, setBusy] = useState(false);
  const current = location.pathname.startsWith('/session/')
    ? location.pathname.slice('/session/'.length)
    : undefined;

  const show = (started: Schema<'SessionStarted'>, request: StartRequest) => {
    setOpen((now) => [
      ...now.filter((other) => other.started.lsid !== started.lsid),
      { started, request, ended: false },
    ]);
    navigate(`/session/${started.lsid}`);
  };
  /** Asks for a credential first, where one can be injected and none was named. */
  const jump = async (request: StartRequest, change = false) => {
    if (takesCredential(request) && request.credential === undefined) setChoosing({ request, change });
    else await start(request);
  };
  const start = async (request: StartRequest) => {
    setChoosing(undefined);
    setBusy(true);
    setRefused(undefined);
    try {
      show(await startSession(request), request);
      setShown(undefined);
    } catch (error) {
      if (error instanceof ApiError) setRefused({ error, request });
      else throw error;
    } finally {
      setBusy(false);
    }
  };
  const close = (lsid: string) => {
    // In the transition in which the router moves on: otherwise the address would for a moment name a session that
    // this window no longer holds, which would be taken up again.
    startTransition(() => setOpen((now) => now.filter((session) => session.started.lsid !== lsid)));
    if (current === lsid) navigate('/');
  };

  const running = open.some((session) => !session.ended);
  useEffect(() => {
    if (!running) return;
    const warn = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener('beforeunload', warn);
    return () => window.removeEventListener('beforeunload', warn);
  }, [running]);

  return (
    <Shell
      title="Console"
      places={placesOf(me)}
      elsewhere={
        mayAdminister(me)
          ? { href: '/login', label: 'Administration' }
          : { href: '/console', label: 'Console' }
      }
    >
      {open.length > 0 && (
        <Tabs
          value={current ?? null}
          onChange={(lsid) => lsid !== null && navigate(`/session/${lsid}`)}
          mb="md"
        >
          <Tabs.List aria-label="Open sessions">
            {open.map((session) => (
              <Group key={session.started.lsid} gap={0} wrap="nowrap">
                <Tabs.Tab value={session.started.lsid} leftSection={<IconTerminal2 size={16} aria-hidden />}>
                  {session.started.jump_item.name}
                </Tabs.Tab>
                {session.ended && (
                  <CloseButton
                    size="sm"
                    aria-label={`Close ${session.started.jump_item.name}`}
                    onClick={() => close(session.started.lsid)}
                  />
                )}
              </Group>
            ))}
          </Tabs.List>
        </Tabs>
      )}
      {open.map((session) => (
        <TerminalTab
          key={session.started.lsid}
          started={session.started}
          active={current === session.started.lsid}
          onEnded={(lsid) =>
            setOpen((now) =>
              now.map((other) => (other.started.lsid === lsid ? { ...other, ended: true } : other)),
            )
          }
          onClose={() => close(session.started.lsid)}
          injected={Boolean(session.request.credential)}
          onStartAgain={(change) => {
            close(session.started.lsid);
            const { credential: _credential, ...request } = session.request;
            void (change ? jump(request as StartRequest, true) : jump(session.request));
          }}
        />
      ))}
      {current === undefined && location.pathname === '/recent' && (
        <RecentSessions onResume={show} openLsids={open.map((session) => session.started.lsid)} />
      )}
      {location.pathname === SIGN_IN_SECURITY && <SignInSecurityPage />}
      {location.pathname === '/invitations' && <InvitationsPage />}
      {location.pathname === '/vault-accounts' && <VaultAccountsPage />}
      {current === undefined && !OTHER_PAGES.includes(location.pathname) && (
        <JumpItems onShow={setShown} onJump={(request) => void jump(request)} />
      )}
      {current !== undefined && !open.some((session) => session.started.lsid === current) && (
        <Elsewhere lsid={current} onResume={show} />
      )}
      <Drawer
        opened={shown !== undefined}
        onClose={() => setShown(undefined)}
        position="right"
        title={shown?.name ?? ''}
      >
        {shown !== undefined && (
          <JumpForm
            item={shown}
            busy={busy}
            onJump={(externalKey, change) =>
              void jump(
                {
                  jump_item: { type: shown.type, id: shown.id },
                  ...(externalKey === '' ? {} : { external_key: externalKey }),
                } as StartRequest,
                change,
              )
            }
          />
        )}
      </Drawer>
      {launch !== undefined && (
        <Launch
          request={launch}
          onStart={(request) => {
            setLaunch(undefined);
            void jump(request);
          }}
          onClose={() => {
            setLaunch(undefined);
            navigate('/', { replace: true });
          }}
        />
      )}
      {choosing !== undefined && (
        <CredentialChooser
          key={JSON.stringify(choosing.request)}
          request={choosing.request}
          change={choosing.change}
          onJump={(request) => void start(request)}
          onClose={() => setChoosing(undefined)}
        />
      )}
      {refused !== undefined && (
        <JumpRefusal
          error={refused.error}
          request={refused.request}
          onClose={() => setRefused(undefined)}
          onOverride={() => void jump({ ...refused.request, override_schedule: true } as StartRequest)}
          onProven={() => void jump(refused.request)}
          onTicket={(ticketId) => void jump({ ...refused.request, ticket_id: ticketId } as StartRequest)}
        />
      )}
    </Shell>
  );
}

function JumpItems(props: {
  onShow: (item: JumpItemSummary) => void;
  onJump: (request: StartRequest) => void;
}) {
  const filters = useJumpItemFilters();
  const [adHoc, setAdHoc] = useState<{ system?: Schema<'EcmEndpoint'> }>();
  return (
    <>
      <ListPage<JumpItemSummary>
        name="console-jump-items"
        title="Jump Items"
        searchable
        everyMs={15_000}
        columns={JUMP_ITEM_COLUMNS}
        filters={filters}
        rowKey={(item) => `${item.type} ${item.id}`}
        load={searchJumpItems}
        onRow={props.onShow}
        empty="You have no Jump Items. An administrator gives you access to Jump Groups."
        actions={
          <>
            <VaultSystemsButton onJump={(system) => setAdHoc({ system })} />
            <Button variant="default" leftSection={<IconTerminal2 size={16} />} onClick={() => setAdHoc({})}>
              Shell Jump
            </Button>
          </>
        }
        rowActions={(item) => (
          <Button
            size="compact-sm"
            aria-label={`Jump to ${item.name}`}
            onClick={() => props.onJump({ jump_item: { type: item.type, id: item.id } } as StartRequest)}
          >
            Jump
          </Button>
        )}
      />
      {adHoc && (
        <AdHoc
          system={adHoc.system}
          onClose={() => setAdHoc(undefined)}
          onJump={(request) => {
            setAdHoc(undefined);
            props.onJump(request);
          }}
        />
      )}
    </>
  );
}

type Resume = (started: Schema<'SessionStarted'>, request: StartRequest) => void;

/** Takes up a session that still runs, with a fresh ticket for its terminal. */
async function resume(session: Session, onResume: Resume): Promise<void> {
  const channel = session.channels.find((candidate) => candidate.open);
  if (channel === undefined) throw new Error('This session has no open terminal.');
  const path = { lsid: session.lsid, channel_id: channel.id };
  const ticket = await ok(client.POST('/session/{lsid}/channel/{channel_id}/ticket', { params: { path } }));
  onResume({ ...session, channel: { id: channel.id, relay_url: ticket.relay_url } }, {
    jump_item: { type: session.jump_item.type, id: session.jump_item.id ?? 0 },
    external_key: session.external_key,
  } as StartRequest);
}

function RecentSessions(props: { onResume: Resume; openLsids: string[] }) {
  const [shown, setShown] = useState<Session>();
  const [version, setVersion] = useState(0);
  return (
    <>
      <ListPage<Session>
        name="recent-sessions"
        title="Recent sessions"
        searchable
        everyMs={10_000}
        version={version}
        columns={SESSION_COLUMNS}
        filters={SESSION_FILTERS}
        rowKey={(session) => session.lsid}
        load={loadSessions}
        onRow={setShown}
        empty="You have not started a session yet."
        rowActions={(session) =>
          session.state !== 'ended' && !props.openLsids.includes(session.lsid) ? (
            <Button
              size="compact-sm"
              variant="default"
              onClick={() =>
                void resume(session, props.onResume).catch((error: Error) =>
                  notifications.show({ message: error.message, color: 'red' }),
                )
              }
            >
              Resume
            </Button>
          ) : null
        }
      />
      <Drawer
        opened={shown !== undefined}
        onClose={() => setShown(undefined)}
        position="right"
        size="xl"
        title={shown === undefined ? '' : `Session ${shown.lseq}`}
      >
        {shown !== undefined && (
          <SessionDetails lsid={shown.lsid} onChanged={() => setVersion((now) => now + 1)} />
        )}
      </Drawer>
    </>
  );
}

/** The address names a session that this window does not hold: after a reload it is taken up again. */
function Elsewhere({ lsid, onResume }: { lsid: string; onResume: Resume }) {
  const navigate = useNavigate();
  // biome-ignore lint/correctness/useExhaustiveDependencies: once for each address.
  useEffect(() => {
    ok(client.GET('/session/{lsid}', { params: { path: { lsid } } }))
      .then((session) => resume(session, onResume))
      .catch((error: Error) => {
        notifications.show({ message: error.message, color: 'red' });
        navigate('/recent', { replace: true });
      });
  }, [lsid]);
  return null;
}

startSurface('/console', <Console />);
