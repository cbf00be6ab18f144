import { Anchor, Badge, Button, Code, CopyButton, Group, Stack, Table, Text, Title } from '@mantine/core';
import { useState } from 'react';
import { client, ok, type Schema } from '../../shared/api.ts';
import { Refusal } from '../../shared/refusal.tsx';
import { Time } from '../../shared/time.tsx';
import { useLoaded } from '../../shared/use-loaded.ts';
import { WhenLoaded } from '../../shared/when-loaded.tsx';
import { SamlMetadataImport } from './saml-metadata-import.tsx';
import type { ProviderTabProps } from './security-provider-tabs.tsx';

type Standing = Schema<'SAMLStanding'>;
type Step = 'generate' | 'prepare' | 'use_next' | 'discard_next';

const DAY_MS = 86_400_000;
const SOON_DAYS = 30;

/** What an identity provider has to know of this site, what this site knows of it, and the keys of both. */
export function SamlSetup({ read, onChanged }: ProviderTabProps) {
  const { id } = read.value;
  const loaded = useLoaded(`SAML setup of security provider ${id}`, (signal) =>
    ok(client.GET('/security-provider/{id}/saml', { params: { path: { id } }, signal })),
  );
  return (
    <Stack gap="xl">
      <WhenLoaded loaded={loaded}>
        {(standing) => (
          <>
            <Addresses id={id} standing={standing} />
            <Keys
              id={id}
              standing={standing}
              onChanged={() => {
                loaded.reload();
                onChanged();
              }}
            />
          </>
        )}
      </WhenLoaded>
      <SamlMetadataImport
        read={read}
        onSaved={() => {
          loaded.reload();
          onChanged();
        }}
      />
    </Stack>
  );
}

function Addresses({ id, standing }: { id: number; standing: Standing }) {
  const rows: [string, string][] = [
    ['Entity ID (audience, identifier)', standing.entity_id],
    ['Metadata', standing.metadata_url],
    ['Assertion consumer (reply URL, recipient)', standing.acs_url],
    ['Single logout', standing.slo_url],
  ];
  return (
    <Stack gap="xs">
      <Title order={2} size="h4">
        For the identity provider
      </Title>
      <Text size="sm" c="dimmed">
        Give it our metadata, or type these in there. They have to match letter by letter.
      </Text>
      {rows.map(([label, value]) => (
        <div key={label}>
          <Text size="sm" fw={500}>
            {label}
          </Text>
          <Group gap="xs">
            <Code style={{ overflowWrap: 'anywhere' }}>{value}</Code>
            <CopyButton value={value}>
              {({ copied, copy }) => (
                <Button size="compact-xs" variant="default" onClick={copy} aria-label={`Copy ${label}`}>
                  {copied ? 'Copied' : 'Copy'}
                </Button>
              )}
            </CopyButton>
          </Group>
        </div>
      ))}
      <Anchor href={`/saml/${id}/metadata?download`} size="sm">
        Download our metadata
      </Anchor>
    </Stack>
  );
}

function Keys({ id, standing, onChanged }: { id: number; standing: Standing; onChanged: () => void }) {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Error>();
  const has = (use: string) => standing.certificates.some((one) => one.use === use);
  const run = async (step: Step) => {
    setBusy(true);
    setProblem(undefined);
    try {
      const path = '/security-provider/{id}/saml-key';
      await ok(client.POST(path, { params: { path: { id } }, body: { step } }));
      onChanged();
    } catch (error) {
      setProblem(error as Error);
    } finally {
      setBusy(false);
    }
  };
  const button = (step: Step, label: string) => (
    <Button variant="default" disabled={busy} onClick={() => void run(step)}>
      {label}
    </Button>
  );
  return (
    <Stack gap="xs">
      <Title order={2} size="h4">
        Keys and certificates
      </Title>
      {standing.certificates.length === 0 ? (
        <Text size="sm">
          There are none yet. Generate a key pair, and import the metadata of the provider.
        </Text>
      ) : (
        <Certificates certificates={standing.certificates} />
      )}
      <Text size="sm" c="dimmed">
        {has('next')
          ? 'Our metadata shows both certificates. When the identity provider has taken it over, use the next one.'
          : has('present')
            ? 'To replace a certificate without a break, prepare the next one first.'
            : 'Without a key pair, requests are not signed and assertions cannot be encrypted.'}
      </Text>
      {problem !== undefined && <Refusal error={problem} />}
      <Group gap="xs">
        {!has('present') && button('generate', 'Generate a key pair')}
        {has('present') && !has('next') && button('prepare', 'Prepare the next key pair')}
        {has('next') && button('use_next', 'Use the next key pair')}
        {has('next') && button('discard_next', 'Discard the next key pair')}
      </Group>
    </Stack>
  );
}

const USES = { present: 'ours', next: 'ours, next', identity_provider: 'identity provider' } as const;

function Certificates({ certificates }: Pick<Standing, 'certificates'>) {
  return (
    <Table>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>Of</Table.Th>
          <Table.Th>Name</Table.Th>
          <Table.Th>Valid until</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {certificates.map((one) => (
          <Table.Tr key={`${one.use} ${one.fingerprint}`}>
            <Table.Td>{USES[one.use]}</Table.Td>
            <Table.Td title={one.fingerprint} style={{ overflowWrap: 'anywhere' }}>
              {one.subject}
            </Table.Td>
            <Table.Td>
              <Group gap="xs">
                <Time at={one.not_after} />
                <Expiry at={one.not_after} />
              </Group>
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}

function Expiry({ at }: { at: string }) {
  const days = Math.floor((Date.parse(at) - Date.now()) / DAY_MS);
  if (days < 0) return <Badge color="red">expired</Badge>;
  return days < SOON_DAYS ? <Badge color="yellow">in {days} days</Badge> : null;
}
