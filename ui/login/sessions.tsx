import { Drawer } from '@mantine/core';
import { useState } from 'react';
import { ListPage } from '../shared/list-page.tsx';
import {
  loadSessions,
  SESSION_COLUMNS,
  SESSION_FILTERS,
  type Session,
  SessionDetails,
} from '../shared/session-list.tsx';

export function SessionsPage() {
  const [shown, setShown] = useState<Session>();
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
        onRow={setShown}
        empty="No session has been started yet. Representatives start them in the console."
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
