import { Stack, Title } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { client, ok, pageOf, type Read, readOf, type Schema } from '../shared/api.ts';
import type { Field, FormValues } from '../shared/record-form.tsx';
import { RecordForm } from '../shared/record-form.tsx';
import { bodyOf, ResourcePage } from '../shared/resource-page.tsx';
import { useLoaded } from '../shared/use-loaded.ts';
import { useRevision } from '../shared/use-revision.ts';
import { WhenLoaded } from '../shared/when-loaded.tsx';

const FIELDS: Field[] = [
  { name: 'company_name', label: 'Company name', kind: 'text' },
  {
    name: 'time_zone',
    label: 'Time zone',
    kind: 'select',
    required: true,
    help: 'Where the days of report dates begin.',
    options: ['UTC', ...Intl.supportedValuesOf('timeZone').filter((zone) => zone !== 'UTC')].map((zone) => ({
      value: zone,
      label: zone,
    })),
  },
  {
    name: 'recording_required',
    label: 'No recording, no session',
    kind: 'checkbox',
    help: 'A session that cannot be recorded is refused or ended.',
  },
  { name: 'xml_api_enabled', label: 'Command, reporting and client scripting APIs', kind: 'checkbox' },
  {
    name: 'client_script_start_at_once',
    label: 'Links to saved Jump Items start without asking',
    kind: 'checkbox',
  },
  {
    name: 'legacy_password_authentication',
    label: 'User name and password in old XML API calls',
    kind: 'checkbox',
    help: 'For scripts that cannot use an API account. Passwords then travel in addresses.',
  },
  { name: 'xml_namespace_command', label: 'XML namespace of the command API', kind: 'text', required: true },
  {
    name: 'xml_namespace_reporting',
    label: 'XML namespace of the reporting API',
    kind: 'text',
    required: true,
  },
  { name: 'rate_limit_per_second', label: 'API requests per second and account', kind: 'number', min: 1 },
  { name: 'rate_limit_per_hour', label: 'API requests per hour and account', kind: 'number', min: 1 },
  { name: 'password_minimum_length', label: 'Shortest password', kind: 'number', min: 8 },
  {
    name: 'user_lockout_attempts',
    label: 'Failed sign-ins before a user is locked out',
    kind: 'number',
    min: 1,
  },
  { name: 'user_lockout_minutes', label: 'Minutes a user is locked out', kind: 'number', min: 1 },
  {
    name: 'browser_session_idle_minutes',
    label: 'Minutes until an idle browser is signed out',
    kind: 'number',
    min: 1,
  },
  {
    name: 'browser_session_maximum_minutes',
    label: 'Minutes until any browser is signed out',
    kind: 'number',
    min: 1,
  },
];

export function SiteSettingsPage() {
  const loaded = useLoaded('site settings', (signal) => readOf(client.GET('/site-setting', { signal })));
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

function SettingsForm(props: { read: Read<Schema<'SiteSettings'>>; onDone: () => void }) {
  const revision = useRevision(props.read, (signal) => readOf(client.GET('/site-setting', { signal })));
  const toForm = (settings: Schema<'SiteSettings'>) => settings as unknown as FormValues;
  return (
    <RecordForm
      fields={FIELDS}
      initial={toForm(props.read.value)}
      onOvertaken={revision.newer(toForm)}
      onCancel={props.onDone}
      onSave={async (values) => {
        await ok(
          client.PATCH('/site-setting', {
            params: { header: revision.current.ifMatch },
            body: bodyOf<Schema<'SiteSettingsUpdate'>>(values),
          }),
        );
        notifications.show({ message: 'Site settings saved', color: 'teal' });
        props.onDone();
      }}
    />
  );
}

export function CustomAttributesPage() {
  return (
    <ResourcePage<Schema<'CustomSessionAttribute'>>
      name="custom-session-attributes"
      title="Custom session attributes"
      noun="attribute"
      help="Facts of your own that ticket systems attach to sessions and find again in reports."
      empty="There are none. Create one before a ticket system sends it."
      rowKey={(attribute) => String(attribute.id)}
      rowName={(attribute) => attribute.display_name}
      columns={[
        { id: 'display_name', title: 'Name', cell: (attribute) => attribute.display_name },
        { id: 'code_name', title: 'Code name', cell: (attribute) => attribute.code_name },
      ]}
      load={(query, signal) =>
        pageOf(
          client.GET('/custom-session-attribute', {
            params: { query: { current_page: query.page, per_page: 50 } },
            signal,
          }),
        )
      }
      read={(attribute, signal) =>
        readOf(
          client.GET('/custom-session-attribute/{id}', { params: { path: { id: attribute.id } }, signal }),
        )
      }
      fields={() => [
        { name: 'display_name', label: 'Name', kind: 'text', required: true, maxLength: 255 },
        {
          name: 'code_name',
          label: 'Code name',
          kind: 'text',
          maxLength: 64,
          help: 'Made from the name when blank.',
        },
      ]}
      defaults={{ display_name: '', code_name: '' }}
      toForm={(attribute) => attribute as unknown as FormValues}
      create={(values) =>
        ok(
          client.POST('/custom-session-attribute', {
            body: bodyOf<Schema<'CustomSessionAttributeCreate'>>(values),
          }),
        )
      }
      update={(attribute, values, header) =>
        ok(
          client.PATCH('/custom-session-attribute/{id}', {
            params: { path: { id: attribute.id }, header },
            body: bodyOf<Schema<'CustomSessionAttributeUpdate'>>(values),
          }),
        )
      }
      remove={(attribute, header) =>
        ok(
          client.DELETE('/custom-session-attribute/{id}', { params: { path: { id: attribute.id }, header } }),
        )
      }
      removeWarning={() => 'Values that sessions already carry stay in their reports.'}
    />
  );
}
