import { Alert, Stack, Text, Title } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { type ReactNode, useState } from 'react';
import { client, everyPage, ok } from '../../shared/api.ts';
import { Confirm } from '../../shared/confirm.tsx';
import { RemoveRecord } from '../../shared/remove-record.tsx';
import { useLoaded } from '../../shared/use-loaded.ts';
import { WhenLoaded } from '../../shared/when-loaded.tsx';
import { EcmEnrolment } from './ecm-enrolment.tsx';
import { EcmHostCard, type HostAction } from './ecm-host-card.tsx';
import { connectedOf, type EcmHost, inOrder, REMOVABLE } from './ecm-host-record.ts';
import { Fingerprint } from './fingerprint.tsx';
import { RenameEcmHost } from './rename-ecm-host.tsx';

/** Hosts of the Endpoint Credential Manager: who is asked for credentials and in which order, and who waits to be let in. */
export function EcmClients() {
  const loaded = useLoaded(
    'ecm hosts',
    (signal) =>
      everyPage((page) =>
        client.GET('/ecm-host', { params: { query: { per_page: 100, current_page: page } }, signal }),
      ),
    5000,
  );
  const [open, setOpen] = useState<{ action: HostAction; host: EcmHost }>();
  const close = () => setOpen(undefined);
  const done = async (message: string) => {
    close();
    await loaded.reload();
    notifications.show({ message, color: 'teal' });
  };
  return (
    <Stack>
      <Title order={2} size="h4">
        ECM Clients
      </Title>
      <Text size="sm" c="dimmed">
        Hosts of the Endpoint Credential Manager look up credentials in your own vaults. The one connected
        longest is asked; when it does not answer, the next one is. At most five are asked, further ones wait.
      </Text>
      <WhenLoaded loaded={loaded}>
        {(hosts) => <Hosts hosts={hosts} onAct={(action, host) => setOpen({ action, host })} />}
      </WhenLoaded>
      {open?.action === 'rename' && (
        <RenameEcmHost host={open.host} onClose={close} onSaved={() => void done('ECM host renamed')} />
      )}
      {open?.action === 'approve' && (
        <Confirm
          title={`Approve ${open.host.name}?`}
          action="Approve"
          color="teal"
          onClose={close}
          onConfirm={async () => {
            const path = { id: open.host.id };
            await ok(client.POST('/ecm-host/{id}/approve', { params: { path } }));
            void done('ECM host approved');
          }}
        >
          <Stack gap="xs">
            <Text size="sm">
              From then on it is asked for credentials. Approve it only when the host printed this
              fingerprint:
            </Text>
            <Fingerprint text={open.host.key_fingerprint} />
          </Stack>
        </Confirm>
      )}
      {open?.action === 'revoke' && (
        <Confirm
          title={`${open.host.state === 'pending' ? 'Refuse' : 'Revoke'} ${open.host.name}?`}
          action={open.host.state === 'pending' ? 'Refuse' : 'Revoke its key'}
          onClose={close}
          onConfirm={async () => {
            await ok(client.POST('/ecm-host/{id}/revoke', { params: { path: { id: open.host.id } } }));
            void done(open.host.state === 'pending' ? 'ECM host refused' : 'Key of the ECM host revoked');
          }}
        >
          Its connection is closed and its key never counts again. To come back, the host has to be enrolled
          anew.
        </Confirm>
      )}
      {open?.action === 'remove' && (
        <RemoveRecord<EcmHost>
          page={REMOVABLE}
          row={open.host}
          onClose={close}
          onRemoved={() => void done('ECM host removed')}
        />
      )}
    </Stack>
  );
}

function Hosts(props: { hosts: EcmHost[]; onAct: (action: HostAction, host: EcmHost) => void }) {
  const { hosts } = props;
  const pending = hosts.filter(({ state }) => state === 'pending');
  const approved = inOrder(hosts.filter(({ state }) => state === 'approved'));
  const revoked = hosts.filter(({ state }) => state === 'revoked');
  const places = connectedOf(approved);
  const cards = (of: EcmHost[]) =>
    of.map((host) => (
      <EcmHostCard
        key={host.id}
        host={host}
        place={places.includes(host) ? places.indexOf(host) + 1 : undefined}
        onAct={(action) => props.onAct(action, host)}
      />
    ));
  return (
    <Stack gap="xl">
      {places.length === 0 && (
        <Alert
          color="yellow"
          title={`No ${pending.length > 0 ? 'approved ' : ''}ECM host is connected`}
          role="status"
        >
          Nothing can be looked up in your own vaults now. Accounts of the vault here are not concerned.
        </Alert>
      )}
      {pending.length > 0 && <Section title="Waiting for your approval">{cards(pending)}</Section>}
      {approved.length > 0 && <Section title="Hosts, in the order they are asked">{cards(approved)}</Section>}
      {revoked.length > 0 && <Section title="Revoked">{cards(revoked)}</Section>}
      <EcmEnrolment opened={places.length === 0 && pending.length === 0} />
    </Stack>
  );
}

function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <Stack gap="sm" component="section" aria-label={title}>
      <Title order={3} size="h5">
        {title}
      </Title>
      {children}
    </Stack>
  );
}
