import { Anchor, Badge, Button, Group, Select, Stack, Table, Text, Title } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { Link } from 'react-router';
import { ApiError, type NumberedPage, type Schema } from './api.ts';
import type { Choice } from './choices.ts';
import { SearchBox } from './list-controls.tsx';
import { PageButtons } from './page-buttons.tsx';
import { policySource } from './policy-source.ts';
import { Refusal } from './refusal.tsx';
import { useSession } from './signed-in.tsx';
import { SourceBadge } from './source-badge.tsx';
import { useAttempt } from './use-attempt.ts';
import { useLoaded } from './use-loaded.ts';
import { nameOfUser, UserPicker } from './user-picker.tsx';

export type ListedMember = Schema<'ListedMember'>;

export interface MembersProps {
  /** Remembers what was loaded; differs from thing to thing. */
  name: string;
  title: string;
  help?: ReactNode;
  empty: ReactNode;
  load: (page: number, search: string, signal: AbortSignal) => Promise<NumberedPage<ListedMember>>;
  /** What a member may be there; left out where members are all alike. */
  roles?: Choice[];
  /** Said where a direct member has no role. */
  withoutRole?: string;
  /** The role that holds. */
  roleOf?: (member: ListedMember) => Choice | undefined;
  add: (userId: number, role: string | null) => Promise<unknown>;
  /** `shown` is the role that is replaced, as it stands on the screen; fails when it is another by now. */
  changeRole?: (userId: number, role: string | null, shown: string | null) => Promise<unknown>;
  remove: (userId: number) => Promise<unknown>;
}

/** People with access to something, each with where it comes from; direct memberships can be changed here. */
export function Members(props: MembersProps) {
  const [page, setPage] = useState(1);
  const [search, setSearch] = useState('');
  const { data, error, reload } = useLoaded(`${props.name} ${page} ${search}`, (signal) =>
    props.load(page, search, signal),
  );
  const { problem, attempt } = useAttempt(reload);
  const shownProblem = problem ?? error;
  const members = data?.items ?? [];

  return (
    <Stack mt="xl">
      <Title order={2} size="h4">
        {props.title}
      </Title>
      {props.help !== undefined && (
        <Text size="sm" c="dimmed">
          {props.help}
        </Text>
      )}
      {shownProblem !== undefined && <Refusal error={shownProblem} />}
      <Group align="end" justify="space-between">
        <SearchBox
          value={search}
          label="Name contains"
          onSearch={(text) => {
            setPage(1);
            setSearch(text);
          }}
        />
        <Text size="sm" c="dimmed" aria-live="polite">
          {data === undefined
            ? ''
            : `${data.total.toLocaleString()} ${data.total === 1 ? 'person' : 'people'}`}
        </Text>
      </Group>
      <Table.ScrollContainer minWidth={props.roles === undefined ? 320 : 460}>
        <Table aria-label={props.title} verticalSpacing="xs">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>User</Table.Th>
              {props.roles !== undefined && <Table.Th>Role</Table.Th>}
              <Table.Th>Granted</Table.Th>
              <Table.Th aria-label="Actions" />
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {members.map((member) => (
              <MemberRow key={member.user_id} {...props} member={member} attempt={attempt} />
            ))}
            {data?.total === 0 && (
              <Table.Tr>
                <Table.Td colSpan={4} c="dimmed">
                  {search === '' ? props.empty : 'Nobody is called that.'}
                </Table.Td>
              </Table.Tr>
            )}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      <PageButtons of="members" page={page} last={data?.lastPage} onPage={setPage} />
      <AddMember
        {...props}
        attempt={attempt}
        except={members.filter((member) => member.direct).map((member) => member.user_id)}
      />
    </Stack>
  );
}

/** What `changeRole` fails with when the role is another than the screen shows. */
export function overtaken(): ApiError {
  return new ApiError(412, {
    message: 'Somebody else has changed this role meanwhile. The list shows it as it is now; choose again.',
  });
}

type Attempt = ReturnType<typeof useAttempt>['attempt'];

function MemberRow(props: MembersProps & { member: ListedMember; attempt: Attempt }) {
  const { member, attempt } = props;
  const { me } = useSession();
  const name = nameOfUser(member);
  const role = props.roleOf?.(member);
  // Without a role of its own a direct membership shows that, and what holds for it.
  const ownRole = member.role_source?.kind === 'user' ? (role?.value ?? null) : null;
  return (
    <Table.Tr>
      <Table.Td>
        {me.perm_admin ? (
          <Anchor component={Link} to={`/users/${member.user_id}`} size="sm">
            {name}
          </Anchor>
        ) : (
          name
        )}
        {!member.enabled && (
          <Badge ml="xs" color="gray">
            disabled
          </Badge>
        )}
      </Table.Td>
      {props.roles !== undefined && (
        <Table.Td>
          {member.direct && member.because !== 'system' ? (
            <>
              <Select
                aria-label={`Role of ${name}`}
                size="xs"
                w={170}
                data={props.roles}
                value={member.because === 'administrator' ? ownRole : (ownRole ?? unsaid(props, role))}
                placeholder={props.withoutRole ?? ''}
                clearable={props.withoutRole !== undefined}
                allowDeselect={props.withoutRole !== undefined}
                onChange={(next) =>
                  void attempt(async () => await props.changeRole?.(member.user_id, next, ownRole))
                }
              />
              {ownRole === null && props.withoutRole !== undefined && role !== undefined && (
                <Text size="xs" c="dimmed">
                  holds: {role.label}
                </Text>
              )}
            </>
          ) : (
            <Text size="sm">{member.because === 'none' ? '–' : (role?.label ?? 'Everything')}</Text>
          )}
        </Table.Td>
      )}
      <Table.Td>
        <Granted member={member} />
      </Table.Td>
      <Table.Td ta="right">
        {member.direct ? (
          <Button
            size="compact-xs"
            variant="subtle"
            color="red"
            aria-label={`Remove ${name}`}
            onClick={() => void attempt(() => props.remove(member.user_id))}
          >
            Remove
          </Button>
        ) : (
          // What a policy removes stays removed, whatever is added individually.
          props.roles !== undefined &&
          member.because !== 'none' && (
            <Button
              size="compact-xs"
              variant="subtle"
              aria-label={`Add individually: ${name}`}
              title="A role given individually goes before that of a group policy"
              onClick={() =>
                void attempt(() => props.add(member.user_id, role?.value ?? props.roles?.[0]?.value ?? null))
              }
            >
              Add individually
            </Button>
          )
        )}
      </Table.Td>
    </Table.Tr>
  );
}

/** Where every member has a role, the one that holds stands in the box even when a policy named it. */
function unsaid(props: MembersProps, role: Choice | undefined): string | null {
  return props.withoutRole === undefined ? (role?.value ?? null) : null;
}

function Granted({ member }: { member: ListedMember }) {
  if (member.because === 'administrator') return <Text size="xs">Administrator: may do everything</Text>;
  if (member.because === 'system') {
    return (
      <SourceBadge
        source={{
          words: 'System role of',
          of: { name: member.username, to: `/users/${member.user_id}` },
          note: 'no member',
        }}
      />
    );
  }
  const holding = member.statements.find((statement) => statement.holds);
  const passedOver = member.statements.filter((statement) => !statement.holds && statement !== holding);
  return (
    <Stack gap={2}>
      {holding !== undefined && (
        <SourceBadge source={policySource(holding.source, holding.action === 'add' ? 'Added' : 'Removed')} />
      )}
      {passedOver.map(({ source, action }) => (
        <Text key={source.id ?? 'direct'} size="xs" c="dimmed" td="line-through">
          {source.kind === 'user' ? 'Directly' : source.name} ({action})
        </Text>
      ))}
    </Stack>
  );
}

function AddMember(props: MembersProps & { attempt: Attempt; except: readonly number[] }) {
  const usual = props.withoutRole === undefined ? (props.roles?.[0]?.value ?? null) : null;
  const [user, setUser] = useState<number | null>(null);
  const [role, setRole] = useState<string | null>();
  const [round, setRound] = useState(0);
  return (
    <Group align="end">
      <UserPicker key={round} label="Add a user" value={user} onChange={setUser} except={props.except} />
      {props.roles !== undefined && (
        <Select
          label="as"
          data={props.roles}
          value={role === undefined ? usual : role}
          onChange={setRole}
          placeholder={props.withoutRole ?? ''}
          clearable={props.withoutRole !== undefined}
          allowDeselect={props.withoutRole !== undefined}
        />
      )}
      <Button
        variant="default"
        disabled={user === null}
        onClick={() =>
          void props.attempt(async () => {
            if (user === null) return;
            await props.add(user, role === undefined ? usual : role);
            setUser(null);
            setRound((now) => now + 1);
          })
        }
      >
        Add
      </Button>
    </Group>
  );
}
