import { Alert, Badge, Button, Code, CopyButton, Modal, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { client, ok, pageOf, readOf, type Schema } from '../shared/api.ts';
import { Confirm } from '../shared/confirm.tsx';
import type { Field, FormValues } from '../shared/record-form.tsx';
import { bodyOf, ResourcePage } from '../shared/resource-page.tsx';
import { Time } from '../shared/time.tsx';

type ApiAccount = Schema<'ApiAccount'>;
type Secret = { client_id: string; client_secret: string };

const PERMISSIONS: Field[] = (
  [
    ['Configuration', 'perm_configuration', 'Configuration API'],
    [
      'Configuration',
      'perm_configuration_security',
      'Configuration API: security',
      'API accounts, site settings and security providers. Administrators stay out of reach.',
    ],
    ['Configuration', 'perm_configuration_vault_account', 'Configuration API: vault accounts'],
    ['Configuration', 'perm_scim', 'SCIM'],
    ['Reports', 'perm_reporting_support', 'Support session reports and recordings'],
    ['Reports', 'perm_reporting_license', 'License usage reports'],
    ['Reports', 'perm_reporting_archive', 'Archive reports'],
    ['Reports', 'perm_reporting_vault', 'Vault account activity reports'],
    ['Reports', 'perm_reporting_jump_item', 'Jump Item reports'],
    ['Reports', 'perm_reporting_syslog', 'Syslog reports'],
    ['Other', 'perm_real_time_state', 'Real-time state API'],
    ['Other', 'perm_backup', 'Backup API'],
    ['Other', 'perm_vault_backup', 'Vault key backup'],
    ['Other', 'perm_ecm', 'Endpoint Credential Manager'],
  ] as const
).map(([section, name, label, help]) => ({ name, label, section, help, kind: 'checkbox' }));

export function ApiAccountsPage() {
  const [secret, setSecret] = useState<Secret>();
  const [regenerating, setRegenerating] = useState<ApiAccount>();
  return (
    <>
      <ResourcePage<ApiAccount>
        name="api-accounts"
        title="API accounts"
        noun="API account"
        help="A program signs in with the client ID and secret of its API account and may do what is ticked here."
        empty="There are no API accounts."
        rowKey={(account) => String(account.id)}
        rowName={(account) => account.name}
        columns={[
          { id: 'name', title: 'Name', cell: (account) => account.name },
          { id: 'client_id', title: 'Client ID', cell: (account) => <Code>{account.client_id}</Code> },
          {
            id: 'enabled',
            title: 'Status',
            cell: (account) => <Status account={account} />,
          },
          { id: 'command', title: 'Command API', cell: (account) => account.perm_command },
          { id: 'ip', title: 'Networks', cell: (account) => account.ip_addresses || 'any' },
          {
            id: 'failures',
            title: 'Failed sign-ins',
            cell: (account) => account.failed_login_attempts,
            hidden: true,
          },
        ]}
        filters={[{ name: 'name', label: 'Name is' }]}
        load={(query, signal) =>
          pageOf(
            client.GET('/api-account', {
              params: { query: { current_page: query.page, per_page: 50, ...query.filters } },
              signal,
            }),
          )
        }
        read={(account, signal) =>
          readOf(client.GET('/api-account/{id}', { params: { path: { id: account.id } }, signal }))
        }
        fields={() => [
          { name: 'name', label: 'Name', kind: 'text', required: true, maxLength: 255 },
          { name: 'comments', label: 'Comments', kind: 'textarea', maxLength: 4096 },
          { name: 'enabled', label: 'Enabled', kind: 'checkbox' },
          {
            name: 'ip_addresses',
            label: 'Network restrictions',
            kind: 'textarea',
            help: 'Addresses or ranges such as 10.0.0.0/8, one a line. Blank allows any.',
          },
          {
            name: 'perm_command',
            label: 'Command API',
            kind: 'select',
            required: true,
            section: 'Command API',
            options: [
              { value: 'deny', label: 'Deny' },
              { value: 'read_only', label: 'Read only' },
              { value: 'full_access', label: 'Full access' },
            ],
          },
          ...PERMISSIONS,
          {
            name: 'long_lived_bearer_token',
            label: 'Long-lived bearer token for SCIM',
            kind: 'checkbox',
            section: 'SCIM',
            help: 'The client secret itself is the token and never expires, for directories that cannot fetch one.',
          },
        ]}
        defaults={{
          name: '',
          comments: '',
          enabled: true,
          ip_addresses: '',
          perm_command: 'deny',
          long_lived_bearer_token: false,
          ...Object.fromEntries(PERMISSIONS.map((permission) => [permission.name, false])),
        }}
        toForm={(account) => account as unknown as FormValues}
        create={async (values) =>
          setSecret(
            await ok(client.POST('/api-account', { body: bodyOf<Schema<'ApiAccountCreate'>>(values) })),
          )
        }
        update={(account, values, header) =>
          ok(
            client.PATCH('/api-account/{id}', {
              params: { path: { id: account.id }, header },
              body: bodyOf<Schema<'ApiAccountUpdate'>>(values),
            }),
          )
        }
        remove={(account, header) =>
          ok(client.DELETE('/api-account/{id}', { params: { path: { id: account.id }, header } }))
        }
        removeWarning={() => 'Its tokens stop working at once.'}
        rowActions={(account) => (
          <Button size="compact-xs" variant="subtle" onClick={() => setRegenerating(account)}>
            New secret
          </Button>
        )}
      />
      {regenerating !== undefined && (
        <Confirm
          title={`New secret for ${regenerating.name}?`}
          action="Make a new secret"
          onClose={() => setRegenerating(undefined)}
          onConfirm={async () =>
            setSecret(
              await ok(
                client.POST('/api-account/{id}/secret', { params: { path: { id: regenerating.id } } }),
              ),
            )
          }
        >
          The present secret and every token of this account stop working at once.
        </Confirm>
      )}
      <Modal
        opened={secret !== undefined}
        onClose={() => setSecret(undefined)}
        title="Client secret"
        closeOnClickOutside={false}
      >
        {secret !== undefined && (
          <Stack>
            <Alert color="yellow">
              The secret is shown this once. Keep it where the program will read it.
            </Alert>
            <Text size="sm">Client ID</Text>
            <Code block>{secret.client_id}</Code>
            <Text size="sm">Client secret</Text>
            <Code block>{secret.client_secret}</Code>
            <CopyButton value={secret.client_secret}>
              {({ copied, copy }) => <Button onClick={copy}>{copied ? 'Copied' : 'Copy the secret'}</Button>}
            </CopyButton>
          </Stack>
        )}
      </Modal>
    </>
  );
}

function Status({ account }: { account: ApiAccount }) {
  if (!account.enabled) return <Badge color="red">disabled</Badge>;
  const locked = Date.parse(account.failed_login_expiration) > Date.now();
  if (!locked) return <Badge color="teal">enabled</Badge>;
  return (
    <>
      <Badge color="yellow">locked out</Badge> until <Time at={account.failed_login_expiration} />
    </>
  );
}
