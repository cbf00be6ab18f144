import { Alert, Anchor, Button, Checkbox, Group, Select, Stack, Text, Title } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { Link, useSearchParams } from 'react-router';
import { ApiError, client, ok, type Schema } from '../../shared/api.ts';
import { usePublicPortalChoices } from '../../shared/choices.ts';
import { JumpItemPicker, nameOfItem } from '../../shared/jump-item-picker.tsx';
import { Refusal } from '../../shared/refusal.tsx';
import { useLoaded } from '../../shared/use-loaded.ts';
import { nameOfUser, UserPicker } from '../../shared/user-picker.tsx';
import { Decider, ExplainedPermissions } from './explained-permissions.tsx';

type Method = Schema<'SessionStartMethod'>;
type Simulation = Schema<'SessionSimulation'>;

const METHODS: { group: string; items: { value: Method; label: string }[] }[] = [
  {
    group: 'Attended: the customer starts it',
    items: [
      { value: 'portal', label: 'Public portal' },
      { value: 'session_key', label: 'Session key' },
      { value: 'support_button', label: 'Support Button' },
    ],
  },
  {
    group: 'Unattended: the representative jumps',
    items: [
      { value: 'jump_client', label: 'Jump Client' },
      { value: 'jumpoint', label: 'Jump through a Jumpoint' },
      { value: 'local_jump', label: 'Local Jump' },
    ],
  },
];
const JUMPS: readonly string[] = ['jump_client', 'jumpoint', 'local_jump'];

interface Asked {
  user: number;
  method: Method;
  item: number | undefined;
  portal: number | undefined;
  present: boolean;
}

/** What a session would permit, and which session policy says so. What is asked stands in the address. */
export function SessionSimulatorPage() {
  const [address, setAddress] = useSearchParams();
  const asked = askedIn(address);
  const { data, error, loading } = useLoaded<Simulation | undefined>(
    `simulation ${address}`,
    async (signal) =>
      asked === undefined
        ? undefined
        : await ok(client.POST('/access/simulate-session', { body: bodyOf(asked), signal })),
  );
  return (
    <Stack maw={1100}>
      <Title order={1} size="h2">
        Session policy simulator
      </Title>
      <Text size="sm" c="dimmed">
        What would be permitted in a session of a representative, and which session policy decides it. Nothing
        is started.
      </Text>
      <Question
        key={data === undefined ? 'asking' : `${data.user.id} ${data.jump_item?.id}`}
        asked={asked}
        answer={data}
        error={error}
        onAsk={setAddress}
      />
      {error !== undefined && <Refusal error={error} />}
      <div aria-live="polite" aria-busy={loading}>
        {data !== undefined && <Result simulation={data} />}
      </div>
    </Stack>
  );
}

function Question(props: {
  asked: Asked | undefined;
  answer: Simulation | undefined;
  error: Error | undefined;
  onAsk: (question: Record<string, string>) => void;
}) {
  const { asked, answer, error } = props;
  const portals = usePublicPortalChoices();
  const [user, setUser] = useState<number | null>(asked?.user ?? null);
  const [method, setMethod] = useState<Method>(asked?.method ?? 'portal');
  const [item, setItem] = useState<number | null>(asked?.item ?? null);
  const [portal, setPortal] = useState<string | null>(
    asked?.portal === undefined ? null : String(asked.portal),
  );
  const [present, setPresent] = useState(asked?.present ?? false);
  const jump = JUMPS.includes(method);
  const fields = error instanceof ApiError ? error.fields : {};
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (user === null) return;
    props.onAsk({
      user: String(user),
      start: method,
      ...(jump && item !== null ? { item: String(item) } : {}),
      ...(portal === null ? {} : { portal }),
      ...(present ? { present: '1' } : {}),
    });
  };
  return (
    <form onSubmit={submit}>
      <Stack maw={640}>
        <UserPicker
          label="Representative"
          required
          value={user}
          onChange={setUser}
          error={fields.user?.join(' ')}
          initial={
            answer === undefined
              ? undefined
              : { value: String(answer.user.id), label: nameOfUser(answer.user) }
          }
        />
        <Select
          label="Session start method"
          data={METHODS}
          allowDeselect={false}
          value={method}
          onChange={(next) => setMethod((next ?? 'portal') as Method)}
        />
        {jump && (
          <JumpItemPicker
            label="Jump Item"
            description="Its session policies come first. Blank for a target that is not saved."
            value={item}
            onChange={setItem}
            error={fields.jump_item?.join(' ')}
            initial={
              answer?.jump_item
                ? { value: String(answer.jump_item.id), label: nameOfItem(answer.jump_item) }
                : undefined
            }
          />
        )}
        <Select
          label="Public portal"
          description="Blank: that of the Jump Item, else the default portal."
          clearable
          data={portals}
          value={portal}
          onChange={setPortal}
          error={fields.public_portal_id?.join(' ')}
        />
        <Checkbox
          label="The customer is present"
          description="Jump Clients, Remote Jumps and Local Jumps have one session policy for when the customer is present and one for when not."
          checked={present}
          onChange={(event) => setPresent(event.currentTarget.checked)}
        />
        <Group justify="flex-end">
          <Button type="submit" disabled={user === null}>
            Simulate
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function Result({ simulation }: { simulation: Simulation }) {
  const { user, layers, jump_client_pinning: pinning } = simulation;
  return (
    <Stack>
      <Title order={2} size="h4">
        {nameOfUser(user)}, {simulation.start} session
        {simulation.jump_item !== null && ` with ${simulation.jump_item.name}`}
      </Title>
      <Text size="sm" component="div">
        Who has a say, the first that defines a permission decides:
        <ol>
          {layers.map((layer) => (
            <li key={layer.place}>
              <Decider source={layer} user={user} />
            </li>
          ))}
        </ol>
      </Text>
      <Alert
        color={pinning.allowed ? 'teal' : 'yellow'}
        title={`Pinning Jump Clients: ${pinning.allowed ? 'allowed' : 'not allowed'}`}
      >
        The session permission {pinning.session ? 'allows' : 'denies'} it.{' '}
        {pinning.roles
          ? 'A Jump Item Role lets this user create and deploy Jump Items.'
          : 'No Jump Item Role lets this user create and deploy Jump Items, which it takes as well.'}{' '}
        <Anchor
          component={Link}
          to={`/users/${user.id}?section=memberships`}
          size="sm"
          c="inherit"
          underline="always"
        >
          Memberships of {user.username}
        </Anchor>
      </Alert>
      <ExplainedPermissions permissions={simulation.permissions} user={user} />
    </Stack>
  );
}

function askedIn(address: URLSearchParams): Asked | undefined {
  const number = (name: string) => {
    const value = Number(address.get(name));
    return Number.isInteger(value) && value > 0 ? value : undefined;
  };
  const user = number('user');
  if (user === undefined) return undefined;
  return {
    user,
    method: (address.get('start') ?? 'portal') as Method,
    item: number('item'),
    portal: number('portal'),
    present: address.has('present'),
  };
}

function bodyOf({ user, method, item, portal, present }: Asked): Schema<'SessionSimulationRequest'> {
  return {
    user: { id: user },
    start_method: method,
    customer_present: present,
    ...(item === undefined ? {} : { jump_item: { id: item } }),
    ...(portal === undefined ? {} : { public_portal_id: portal }),
  };
}
