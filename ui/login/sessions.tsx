import { Drawer } from '@mantine/core';
import { useState } from 'react';
import { useSearchParams } from 'react-router';
import { ListPage } from '../shared/list-page.tsx';
import {
  loadSessions,
  SESSION_COLUMNS,
  SESSION_FILTERS,
  type Session,
  SessionDetails,
} from '../shared/session-list.tsx';

/** The open session and the recording that plays stand in the address: reports link to them. */
export function SessionsPage() {
  const [parameters, setParameters] = useSearchParams();
  const lsid = parameters.get('lsid');
  const recording = parameters.get('recording');
  const show = (shown: string | undefined) =>
    setParameters((now) => {
      const next = new URLSearchParams(now);
      next.delete('recording');
      if (shown === undefined) next.delete('lsid');
      else next.set('lsid', shown);
      return next;
    });
  const [version, setVersion] = useState(0);
  return (
    <>
      <ListPage<Session>
        name="sessions"
        title="Sessions"
        searchable
        everyMs={10_000}
        version={version}
        columns={SESSION_COLUMNS}
        filters={SESSION_FILTERS}
        rowKey={(session) => session.lsid}
        load={loadSessions}
        onRow={(session) => show(session.lsid)}
        empty="No session has been started yet. Representatives start them in the console."
      />
      <Drawer
        opened={lsid !== null}
        onClose={() => show(undefined)}
        position="right"
        size="xl"
        title="Session"
      >
        {lsid !== null && (
          <SessionDetails
            key={lsid}
            lsid={lsid}
            play={recording === null ? undefined : Number(recording)}
            onChanged={() => setVersion((now) => now + 1)}
          />
        )}
      </Drawer>
    </>
  );
}
