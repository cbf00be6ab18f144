import { Alert, Anchor, Badge, Group, Paper, Stack, Table, Text, Title } from '@mantine/core';
import { Link, useSearchParams } from 'react-router';
import { ruleInWords } from '../../shared/access-rules.ts';
import { client, ok, type Schema } from '../../shared/api.ts';
import { Refusal } from '../../shared/refusal.tsx';
import { Scrolling } from '../../shared/scrolling.tsx';
import { type SettingNames, useSettingNames } from '../../shared/setting-value.tsx';
import { Time } from '../../shared/time.tsx';
import { useLoaded } from '../../shared/use-loaded.ts';
import { nameOfUser } from '../../shared/user-picker.tsx';
import { ExplainedPermissions } from './explained-permissions.tsx';
import { Path } from './path.tsx';
import { addressOf, bodyOf, questionIn } from './question.ts';
import { QuestionForm } from './question-form.tsx';
import { ACTIONS } from './words.ts';

type Explanation = Schema<'AccessExplanation'>;

/** May this user do this to this Jump Item at this time, and why. */
export function Explain() {
  const [address, setAddress] = useSearchParams();
  const question = questionIn(address);
  const names = useSettingNames();
  const { data, error, loading } = useLoaded<Explanation | undefined>(`explain ${address}`, async (signal) =>
    question === undefined
      ? undefined
      : await ok(client.POST('/access/explain', { body: bodyOf(question), signal })),
  );
  return (
    <Stack>
      <QuestionForm
        key={data === undefined ? 'asking' : `${data.user.id} ${data.jump_item?.id} ${data.jump_group?.id}`}
        question={question}
        answer={data}
        error={error}
        onAsk={(asked) => setAddress(addressOf(asked))}
      />
      {error !== undefined && <Refusal error={error} />}
      <div aria-live="polite" aria-busy={loading}>
        {data !== undefined && question !== undefined && <Answer explanation={data} names={names} />}
      </div>
    </Stack>
  );
}

function Answer({ explanation, names }: { explanation: Explanation; names: SettingNames }) {
  const { user, before, affected, session_permissions: permissions } = explanation;
  return (
    <Stack>
      <Decision explanation={explanation} />
      {before !== null && (
        <Alert
          color={before.decision === explanation.decision ? 'gray' : 'yellow'}
          title={
            before.decision === explanation.decision
              ? 'The changes do not alter the decision'
              : 'The changes alter the decision'
          }
        >
          As things are: {before.decision === 'allow' ? 'allowed' : 'refused'}. {before.message}
        </Alert>
      )}
      {affected !== null && <Affected affected={affected} />}
      <Title order={2} size="h4">
        What the rules said{before !== null && ', with the changes'}
      </Title>
      <Path steps={explanation.path} user={user} names={names} />
      {before !== null && before.decision !== explanation.decision && (
        <>
          <Title order={2} size="h4">
            As things are
          </Title>
          <Path steps={before.path} user={user} names={names} />
        </>
      )}
      {permissions !== null && (
        <>
          <Title order={2} size="h4">
            What the session would permit
          </Title>
          <ExplainedPermissions
            permissions={permissions}
            before={before?.session_permissions ?? null}
            user={user}
          />
        </>
      )}
    </Stack>
  );
}

/** The decision in one sentence, and what can be done about it. */
function Decision({ explanation }: { explanation: Explanation }) {
  const { user, action, decision, message, rule, at, jump_item: item, jump_group: group } = explanation;
  const allowed = decision === 'allow';
  const what = ACTIONS.find(({ value }) => value === action)?.label ?? action;
  const target = item !== null ? `“${item.name}”` : group === null ? '' : `what is in “${group.name}”`;
  return (
    <Alert
      color={allowed ? 'teal' : 'red'}
      title={`${nameOfUser(user)} ${allowed ? 'may' : 'may not'} ${what}${target === '' ? '' : `: ${target}`}`}
      data-testid="decision"
    >
      <Text size="sm">
        {allowed ? message : `The user is told: “${message}”`}
        {rule !== null && (
          <>
            {' '}
            <Text span size="sm" c="dimmed">
              (decided by: {ruleInWords(rule)})
            </Text>
          </>
        )}
      </Text>
      <Text size="sm" c="dimmed">
        Asked about <Time at={at} />.{' '}
        {item !== null && (
          <>
            {item.jump_group.type === 'personal' ? 'Personal item of ' : 'Jump Group '}
            <Anchor
              component={Link}
              size="sm"
              c="inherit"
              underline="always"
              to={
                item.jump_group.type === 'personal'
                  ? `/users/${item.jump_group.id}`
                  : `/jump-groups?open=${item.jump_group.id}`
              }
            >
              {item.jump_group.name}
            </Anchor>
            .
          </>
        )}
      </Text>
      {explanation.next_allowed !== null && (
        <Text size="sm" fw={600}>
          Next allowed: <Time at={explanation.next_allowed} />
        </Text>
      )}
      {!allowed && explanation.may_override !== null && (
        <Text size="sm">
          {explanation.may_override
            ? 'This user may override the schedule.'
            : 'This user may not override the schedule: that takes “edit Jump Policy”.'}
        </Text>
      )}
      {allowed && explanation.overridden && (
        <Text size="sm">The schedule is overridden. That is audited.</Text>
      )}
      {allowed && explanation.ends_at !== null && (
        <Text size="sm">
          The schedule ends the session at <Time at={explanation.ends_at} />.
        </Text>
      )}
    </Alert>
  );
}

function Affected({ affected }: { affected: NonNullable<Explanation['affected']> }) {
  if (affected.total === 0) return <Text size="sm">The changes make no difference to this for anybody.</Text>;
  const more = affected.total - affected.people.length;
  return (
    <Paper withBorder p="sm">
      <Title order={2} size="h4" mb="xs">
        {affected.total === 1 ? 'One user is' : `${affected.total} users are`} affected
      </Title>
      <Scrolling label="Affected users">
        <Table>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>User</Table.Th>
              <Table.Th>As things are</Table.Th>
              <Table.Th>With the changes</Table.Th>
              <Table.Th>Session permissions that differ</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {affected.people.map((person) => (
              <Table.Tr key={person.id}>
                <Table.Td>
                  <Anchor component={Link} to={`/users/${person.id}`} size="sm">
                    {nameOfUser(person)}
                  </Anchor>
                </Table.Td>
                <Table.Td>
                  <Brief answer={person.before} />
                </Table.Td>
                <Table.Td>
                  <Brief answer={person.after} />
                </Table.Td>
                <Table.Td>{person.session_permissions.join(', ')}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Scrolling>
      {more > 0 && (
        <Text size="sm" c="dimmed">
          And {more} more.
        </Text>
      )}
    </Paper>
  );
}

/** Allowed or refused; why on hover, and read out. */
export function Brief({ answer }: { answer: Schema<'AccessBriefAnswer'> }) {
  return (
    <Group gap="xs" wrap="nowrap">
      <Badge color={answer.decision === 'allow' ? 'teal' : 'red'} miw="max-content">
        {answer.decision === 'allow' ? 'allowed' : 'refused'}
      </Badge>
      {answer.decision === 'deny' && (
        <Text size="xs" c="dimmed">
          {answer.message}
        </Text>
      )}
    </Group>
  );
}
