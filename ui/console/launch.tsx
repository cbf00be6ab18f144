import { Alert, Button, Group, Loader, Modal, Radio, Select, Stack, Table, Text } from '@mantine/core';
import { useEffect, useRef, useState } from 'react';
import { client, ok, type Schema } from '../shared/api.ts';
import { KIND_LABELS } from '../shared/jump-item-kinds.ts';
import { useLoaded } from '../shared/use-loaded.ts';
import type { StartRequest } from './jump.tsx';

type Result = Schema<'LaunchResult'>;
type LaunchRequest = Schema<'LaunchRequest'>;

/** The command that the address carries, as a link of a ticket system made it; undefined for none. */
export function launchRequestOf(search: string): LaunchRequest | undefined {
  const parameters = new URLSearchParams(search);
  const token = parameters.get('launch_token');
  if (token !== null) return { launch_token: token } as LaunchRequest;
  if (!parameters.has('action')) return undefined;
  return { parameters: Object.fromEntries(parameters) } as unknown as LaunchRequest;
}

/**
 * Says what a link would do and does it on one confirmation, or at once when the API says that none is needed.
 * Opening the address alone starts nothing.
 */
export function Launch(props: {
  request: LaunchRequest;
  onStart: (request: StartRequest) => void;
  onClose: () => void;
}) {
  const { data, error } = useLoaded(`launch ${JSON.stringify(props.request)}`, (signal) =>
    ok(client.POST('/launch', { body: props.request, signal })),
  );
  const [chosen, setChosen] = useState<string>();
  const [jumpoint, setJumpoint] = useState<string | null>(null);
  const started = useRef(false);
  const start = (result: Result) => {
    if (started.current) return;
    const request = startRequestOf(result, chosen, jumpoint);
    if (request === undefined) return;
    started.current = true;
    props.onStart(request);
  };

  // biome-ignore lint/correctness/useExhaustiveDependencies: once, when the answer is there.
  useEffect(() => {
    if (data?.start_at_once && data.hits === 'one') start(data);
  }, [data]);

  return (
    <Modal
      opened
      onClose={props.onClose}
      title="Start a session from a link"
      size="lg"
      closeOnClickOutside={false}
    >
      <Stack>
        {error !== undefined && (
          <Alert color="red" role="alert">
            {error.message}
          </Alert>
        )}
        {data === undefined && error === undefined && <Loader aria-label="Looking up the target" />}
        {data !== undefined && (
          <>
            {data.message !== '' && (
              <Alert color={data.hits === 'none' ? 'yellow' : 'river'}>{data.message}</Alert>
            )}
            {data.hits !== 'none' && <Summary result={data} />}
            {data.hits === 'several' && data.items.length > 0 && (
              <Radio.Group
                label={`${data.total} Jump Items match. Choose one.`}
                value={chosen ?? null}
                onChange={setChosen}
              >
                <Stack gap="xs" mt="xs">
                  {data.items.map((item) => (
                    <Radio
                      key={`${item.type} ${item.id}`}
                      value={String(item.id)}
                      label={item.name}
                      description={`${KIND_LABELS[item.type]} · ${item.hostname} · ${item.group}`}
                    />
                  ))}
                </Stack>
              </Radio.Group>
            )}
            {data.jumpoints.length > 0 && (
              <Select
                label="Jumpoint"
                data={data.jumpoints.map((choice) => ({ value: String(choice.id), label: choice.name }))}
                value={jumpoint}
                onChange={setJumpoint}
                searchable
              />
            )}
          </>
        )}
        <Group justify="flex-end">
          <Button variant="default" onClick={props.onClose}>
            {data === undefined || data.hits === 'none' ? 'Close' : 'Cancel'}
          </Button>
          {data !== undefined && data.hits !== 'none' && (
            <Button
              autoFocus
              disabled={startRequestOf(data, chosen, jumpoint) === undefined}
              onClick={() => start(data)}
            >
              Start the session
            </Button>
          )}
        </Group>
      </Stack>
    </Modal>
  );
}

function Summary({ result }: { result: Result }) {
  const item = result.hits === 'one' ? result.items[0] : undefined;
  const adHoc = result.ad_hoc as Partial<Schema<'AdHocTarget'>> | null;
  const target =
    item !== undefined
      ? `${item.name} (${KIND_LABELS[item.type]}, ${item.hostname})`
      : adHoc === null
        ? ''
        : `${adHoc.protocol ?? 'ssh'} ${adHoc.username ? `${adHoc.username}@` : ''}${adHoc.hostname ?? ''}${adHoc.port ? `:${adHoc.port}` : ''}`;
  const facts: [string, React.ReactNode][] = [
    ['Action', result.action],
    ['Target', target],
    ['External key', result.external_key],
    ['Ticket ID', result.ticket_id],
    [
      'Credential',
      result.credential === null ? '' : <CredentialName key="credential" {...result.credential} />,
    ],
    ...Object.entries(result.custom_attributes),
  ];
  return (
    <>
      <Text size="sm">A link asks for this. Nothing has been started yet.</Text>
      <Table withRowBorders={false}>
        <Table.Tbody>
          {facts
            .filter(([, value]) => value !== '')
            .map(([name, value]) => (
              <Table.Tr key={name}>
                <Table.Th w={140}>{name}</Table.Th>
                <Table.Td>{value}</Table.Td>
              </Table.Tr>
            ))}
        </Table.Tbody>
      </Table>
    </>
  );
}

/** What a person calls it; as the link has it where that is not theirs to know, or a credential manager's. */
function CredentialName({ source, id }: NonNullable<Result['credential']>) {
  const { data } = useLoaded(`name of ${source}:${id}`, async (signal) =>
    source === 'vault'
      ? await ok(client.GET('/me/vault-account/{id}', { params: { path: { id: Number(id) } }, signal }))
      : undefined,
  );
  if (data === undefined) return `${source}:${id}`;
  return data.username === '' ? data.name : `${data.name} (${data.username})`;
}

/** Undefined while a choice is still to be made. */
function startRequestOf(
  result: Result,
  chosen: string | undefined,
  jumpoint: string | null,
): StartRequest | undefined {
  const common = {
    external_key: result.external_key,
    custom_attributes: result.custom_attributes,
    start_method: 'client_script',
    ...(result.ticket_id === '' ? {} : { ticket_id: result.ticket_id }),
    ...(result.credential !== null && { credential: result.credential }),
  };
  if (result.ad_hoc !== null) {
    const target = result.ad_hoc as unknown as Schema<'AdHocTarget'>;
    const jumpointId = target.jumpoint_id ?? (jumpoint === null ? undefined : Number(jumpoint));
    return jumpointId === undefined
      ? undefined
      : ({ ...common, ad_hoc: { ...target, jumpoint_id: jumpointId } } as StartRequest);
  }
  const item =
    result.hits === 'one'
      ? result.items[0]
      : result.items.find((candidate) => String(candidate.id) === chosen);
  return item === undefined
    ? undefined
    : ({ ...common, jump_item: { type: item.type, id: item.id } } as StartRequest);
}
