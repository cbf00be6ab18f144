import {
  ActionIcon,
  Alert,
  Badge,
  Button,
  Checkbox,
  Group,
  Loader,
  Modal,
  Radio,
  ScrollArea,
  Stack,
  Text,
  TextInput,
} from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { notifications } from '@mantine/notifications';
import { IconSearch, IconStar, IconStarFilled } from '@tabler/icons-react';
import { useEffect, useRef, useState } from 'react';
import { client, ok, type Schema } from '../shared/api.ts';
import { useLoaded } from '../shared/use-loaded.ts';
import type { StartRequest } from './jump.tsx';
import { missingDefault } from './missing-default.ts';

type Offer = Schema<'CredentialList'>;
type Offered = Schema<'OfferedCredential'>;

const SECTIONS: [label: string, holds: (item: Offered) => boolean][] = [
  ['Recommended accounts', ({ section }) => section === 'recommended'],
  ['Associated with this Jump Item', ({ section }) => section === 'associated'],
  ['From the credential manager', ({ section, source }) => section === 'other' && source === 'ecm'],
  ['Other accounts', ({ section, source }) => section === 'other' && source === 'vault'],
];
/** Rows of a section drawn at once; typing finds the others. */
const MOST_ROWS = 200;
const NONE = 'none';

/** Kinds of sessions that a credential can be injected into. */
export function takesCredential({ jump_item: item, ad_hoc: adHoc }: StartRequest): boolean {
  return adHoc !== undefined ? adHoc.protocol !== 'telnet' : item?.type === 'shell_jump';
}

/** What the offer of credentials for a target is asked with. */
function targetOf({ jump_item: item, ad_hoc: adHoc }: StartRequest) {
  return item !== undefined
    ? { jump_item_type: item.type, jump_item_id: item.id }
    : {
        hostname: adHoc?.hostname ?? '',
        ...(adHoc?.endpoint_handle != null && { endpoint_handle: adHoc.endpoint_handle }),
      };
}

function keyOf({ source, id }: { source: string; id: string }): string {
  return `${source}:${id}`;
}

/**
 * Asks which credential a session is to start with. Starts at once with the default when there is one, and without a
 * credential when the person has none for this target; `change` asks in any case.
 */
export function CredentialChooser(props: {
  request: StartRequest;
  change: boolean;
  onJump: (request: StartRequest) => void;
  onClose: () => void;
}) {
  const [text, setText] = useState('');
  const [search] = useDebouncedValue(text, 250);
  const [version, setVersion] = useState(0);
  const target = targetOf(props.request);
  const { data, error } = useLoaded(`credentials ${JSON.stringify(target)} ${search} ${version}`, (signal) =>
    ok(client.GET('/credential', { params: { query: { ...target, ...(search && { search }) } }, signal })),
  );
  const [offer, setOffer] = useState<Offer>();
  const [chosen, setChosen] = useState<string>();
  const [remember, setRemember] = useState(false);
  const [warned, setWarned] = useState(false);
  const settled = useRef(false);

  const jump = (request: StartRequest) => {
    if (settled.current) return;
    settled.current = true;
    props.onJump(request);
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: once for each answer.
  useEffect(() => {
    if (data === undefined) return;
    setOffer(data);
    if (search !== '' || props.change) return;
    if (data.default?.available) {
      const { source, id } = data.default;
      jump({ ...props.request, credential: { source, id } } as StartRequest);
    } else if (data.default === null && data.items.length === 0 && data.problems.length === 0) {
      jump({ ...props.request, credential: null } as StartRequest);
    }
  }, [data]);

  const waiting = offer === undefined && error === undefined;
  if (settled.current) return null;
  const sections = SECTIONS.map(([label, holds]) => ({ label, items: (offer?.items ?? []).filter(holds) }));
  const selected = offer?.items.find((item) => keyOf(item) === chosen);
  const gone = offer !== undefined && offer.default?.available === false && !warned;
  const start = () => {
    if (chosen === NONE) return jump({ ...props.request, credential: null } as StartRequest);
    if (selected === undefined) return;
    const { source, id } = selected;
    jump({
      ...props.request,
      credential: { source, id, ...(remember && { remember: true }) },
    } as StartRequest);
  };
  const star = async (item: Offered) => {
    const { source, id, name } = item;
    try {
      if (item.favorite) {
        await ok(client.DELETE('/me/favorite-credential', { params: { query: { source, id } } }));
      } else await ok(client.PUT('/me/favorite-credential', { body: { source, id, name } }));
      setVersion((now) => now + 1);
    } catch (failure) {
      notifications.show({ message: (failure as Error).message, color: 'red' });
    }
  };
  const forget = async () => {
    const item = props.request.jump_item;
    if (item === undefined) return;
    const query = { jump_item_type: item.type, jump_item_id: item.id };
    try {
      await ok(client.DELETE('/me/default-credential', { params: { query } }));
      setVersion((now) => now + 1);
    } catch (failure) {
      notifications.show({ message: (failure as Error).message, color: 'red' });
    }
  };

  return (
    <Modal opened onClose={props.onClose} title="Choose a credential" size="lg">
      {waiting && (
        <Group>
          <Loader size="sm" aria-label="Looking up credentials" />
          <Text size="sm">Looking up the credentials you may use here</Text>
          <Button
            size="compact-sm"
            variant="default"
            onClick={() => jump({ ...props.request, credential: null } as StartRequest)}
          >
            Jump without one
          </Button>
        </Group>
      )}
      {error !== undefined && (
        <Alert color="red" role="alert" mb="sm">
          {error.message}
        </Alert>
      )}
      {error !== undefined && offer === undefined && (
        <Group justify="flex-end">
          <Button variant="default" onClick={props.onClose}>
            Cancel
          </Button>
          <Button onClick={() => jump({ ...props.request, credential: null } as StartRequest)}>
            Jump without one
          </Button>
        </Group>
      )}
      {gone && (
        <Stack>
          <Alert color="yellow" role="alert" title={missingDefault(offer).title}>
            {missingDefault(offer).text}
          </Alert>
          <Group justify="flex-end">
            <Button variant="default" onClick={props.onClose}>
              Cancel
            </Button>
            <Button onClick={() => setWarned(true)} data-autofocus>
              Continue
            </Button>
          </Group>
        </Stack>
      )}
      {offer !== undefined && !gone && (
        <Stack>
          {offer.problems.map((problem) => (
            <Alert key={problem} color="yellow" role="status">
              {problem}
            </Alert>
          ))}
          <TextInput
            label="Search"
            placeholder="Name, user name or group"
            leftSection={<IconSearch size={16} aria-hidden />}
            value={text}
            maxLength={255}
            onChange={(event) => setText(event.currentTarget.value)}
            data-autofocus
          />
          <Radio.Group value={chosen ?? null} onChange={setChosen} label="Credential">
            <ScrollArea.Autosize mah="50vh" type="auto" mt="xs">
              <Stack gap="xs" pr="sm">
                {sections.map(({ label, items }) => (
                  <Section
                    key={label}
                    label={label}
                    items={items.slice(0, MOST_ROWS)}
                    onStar={(item) => void star(item)}
                  />
                ))}
                {offer.items.length === 0 && (
                  <Text c="dimmed" size="sm">
                    {search === '' ? 'You have no credential for this system.' : 'Nothing matches.'}
                  </Text>
                )}
                {(offer.truncated || sections.some(({ items }) => items.length > MOST_ROWS)) && (
                  <Text c="dimmed" size="sm">
                    There are more. Type part of a name to find them.
                  </Text>
                )}
                <Radio value={NONE} label="None" description="Sign in by hand." />
              </Stack>
            </ScrollArea.Autosize>
          </Radio.Group>
          {props.request.jump_item !== undefined && (
            <Checkbox
              label="Remember as my default"
              description="Later sessions with this Jump Item start with it without asking."
              checked={remember}
              disabled={selected === undefined}
              onChange={(event) => setRemember(event.currentTarget.checked)}
            />
          )}
          <Group justify="flex-end">
            {offer.default !== null && (
              <Button variant="subtle" onClick={() => void forget()}>
                Clear my default
              </Button>
            )}
            <Button variant="default" onClick={props.onClose}>
              Cancel
            </Button>
            <Button disabled={selected === undefined && chosen !== NONE} onClick={start}>
              Jump
            </Button>
          </Group>
        </Stack>
      )}
    </Modal>
  );
}

/** The login and where it comes from; a group may be called Default, as may a person's choice. */
function described({ source, username, group }: Offered): string {
  const origin = group !== '' && source === 'vault' ? `group ${group}` : group;
  return [username, origin].filter((part) => part !== '').join(' · ');
}

function Section(props: { label: string; items: Offered[]; onStar: (item: Offered) => void }) {
  if (props.items.length === 0) return null;
  return (
    <Stack gap="xs" role="group" aria-label={props.label}>
      <Text fw={600} size="sm">
        {props.label}
      </Text>
      {props.items.map((item) => (
        <Group key={keyOf(item)} wrap="nowrap" justify="space-between" gap="xs">
          <Radio
            value={keyOf(item)}
            label={
              <Group gap="xs">
                {item.name}
                {item.default && <Badge variant="light">My default</Badge>}
              </Group>
            }
            description={described(item)}
          />
          <ActionIcon
            variant="subtle"
            aria-label={`${item.favorite ? 'Remove' : 'Add'} ${item.name} ${item.favorite ? 'from' : 'to'} my favourites`}
            aria-pressed={item.favorite}
            onClick={() => props.onStar(item)}
          >
            {item.favorite ? <IconStarFilled size={16} aria-hidden /> : <IconStar size={16} aria-hidden />}
          </ActionIcon>
        </Group>
      ))}
    </Stack>
  );
}
