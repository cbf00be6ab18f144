import { Stack, Title } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { client, type Read, readOf, type Schema } from '../../shared/api.ts';
import type { FormValues } from '../../shared/record-form.tsx';
import { RecordForm } from '../../shared/record-form.tsx';
import { bodyOf } from '../../shared/resource-page.tsx';
import { useLoaded } from '../../shared/use-loaded.ts';
import { useRevision } from '../../shared/use-revision.ts';
import { WhenLoaded } from '../../shared/when-loaded.tsx';
import { SITE_SETTING_FIELDS } from './site-setting-fields.ts';
import { TicketSystemCheck } from './ticket-system-check.tsx';

type SiteSettings = Schema<'SiteSettings'>;

const read = (signal: AbortSignal) => readOf(client.GET('/site-setting', { signal }));
const toForm = (settings: SiteSettings) => settings as unknown as FormValues;

export function SiteSettingsPage() {
  const loaded = useLoaded('site settings', read);
  return (
    <Stack maw={640}>
      <Title order={1} size="h2">
        Site settings
      </Title>
      <WhenLoaded loaded={loaded}>
        {(data) => <SettingsForm key={data.ifMatch['If-Match']} read={data} onDone={loaded.reload} />}
      </WhenLoaded>
    </Stack>
  );
}

function SettingsForm(props: { read: Read<SiteSettings>; onDone: () => void }) {
  const revision = useRevision(props.read, read);
  const fields = SITE_SETTING_FIELDS.map((field) =>
    field.kind === 'secret' ? { ...field, present: props.read.value.ticket_system_secret_set } : field,
  );
  return (
    <>
      <RecordForm
        fields={fields}
        initial={toForm(props.read.value)}
        onOvertaken={revision.newer(toForm)}
        onCancel={props.onDone}
        onSave={async (values) => {
          revision.set(
            await readOf(
              client.PATCH('/site-setting', {
                params: { header: revision.current.ifMatch },
                body: bodyOf<Schema<'SiteSettingsUpdate'>>(values),
              }),
            ),
          );
          notifications.show({ message: 'Site settings saved', color: 'teal' });
          props.onDone();
        }}
      />
      <TicketSystemCheck configured={props.read.value.ticket_system_url !== ''} />
    </>
  );
}
