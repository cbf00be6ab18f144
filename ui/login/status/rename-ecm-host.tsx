import { Modal } from '@mantine/core';
import { client, ok, type Read } from '../../shared/api.ts';
import { RecordForm } from '../../shared/record-form.tsx';
import { useLoaded } from '../../shared/use-loaded.ts';
import { useRevision } from '../../shared/use-revision.ts';
import { mayLeave } from '../../shared/warn-before-leaving.ts';
import { WhenLoaded } from '../../shared/when-loaded.tsx';
import { type EcmHost, NAME_FIELD, readHost } from './ecm-host-record.ts';

/** Gives an ECM host another name here; the host itself does not notice. */
export function RenameEcmHost(props: { host: EcmHost; onClose: () => void; onSaved: () => void }) {
  const loaded = useLoaded(`ecm host ${props.host.id}`, (signal) => readHost(props.host.id, signal));
  return (
    <Modal opened onClose={() => mayLeave() && props.onClose()} title={`Rename ${props.host.name}`}>
      <WhenLoaded loaded={loaded}>{(read) => <NameOfHost {...props} read={read} />}</WhenLoaded>
    </Modal>
  );
}

function NameOfHost(props: { read: Read<EcmHost>; onClose: () => void; onSaved: () => void }) {
  const { id } = props.read.value;
  const revision = useRevision(props.read, (signal) => readHost(id, signal));
  return (
    <RecordForm
      fields={[NAME_FIELD]}
      initial={{ name: props.read.value.name }}
      onCancel={props.onClose}
      onOvertaken={revision.newer(({ name }) => ({ name }))}
      onSave={async ({ name }) => {
        const params = { path: { id }, header: revision.current.ifMatch };
        await ok(client.PATCH('/ecm-host/{id}', { params, body: { name: String(name) } }));
        props.onSaved();
      }}
    />
  );
}
