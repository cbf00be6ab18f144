import {
  Button,
  Checkbox,
  Group,
  SegmentedControl,
  Select,
  SimpleGrid,
  Stack,
  TextInput,
} from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { ApiError, type Schema } from '../../shared/api.ts';
import { useJumpGroupChoices } from '../../shared/choices.ts';
import { JumpItemPicker, nameOfItem } from '../../shared/jump-item-picker.tsx';
import { nameOfUser, UserPicker } from '../../shared/user-picker.tsx';
import type { Change, Question } from './question.ts';
import { WhatIf } from './what-if.tsx';
import { ACTIONS, type AccessAction } from './words.ts';

/** Who, what, to what, when; and changes to try. */
export function QuestionForm(props: {
  question: Question | undefined;
  /** Knows what things are called that the address names by their ids. */
  answer: Schema<'AccessExplanation'> | undefined;
  error: Error | undefined;
  onAsk: (question: Question) => void;
}) {
  const { question, answer } = props;
  const groups = useJumpGroupChoices();
  const [user, setUser] = useState<number | null>(question?.user ?? null);
  const [kind, setKind] = useState<'jump_item' | 'jump_group'>(question?.about.kind ?? 'jump_item');
  const [item, setItem] = useState<number | null>(
    question?.about.kind === 'jump_item' ? question.about.id : null,
  );
  const [group, setGroup] = useState<string | null>(
    question?.about.kind === 'jump_group' ? String(question.about.id) : null,
  );
  const [action, setAction] = useState<AccessAction>(question?.action ?? 'start');
  const [to, setTo] = useState<string | null>(
    question?.destination === undefined ? null : String(question.destination),
  );
  const [at, setAt] = useState(question?.at ?? '');
  const [present, setPresent] = useState(question?.present ?? false);
  const [override, setOverride] = useState(question?.override ?? false);
  const [ticket, setTicket] = useState(question?.ticket ?? '');
  const [changes, setChanges] = useState<Change[]>(question?.changes ?? []);
  const fields = props.error instanceof ApiError ? props.error.fields : {};
  const about = kind === 'jump_item' ? item : group === null ? null : Number(group);
  const moves = action === 'move' || action === 'copy';
  const starts = action === 'start' || action === 'override_schedule';
  const complete = user !== null && about !== null && (!moves || to !== null);

  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (user === null || about === null) return;
    props.onAsk({
      user,
      action,
      about: { kind, id: about },
      destination: moves && to !== null ? Number(to) : undefined,
      at: at === '' ? undefined : at,
      present,
      override: override && starts,
      ticket: starts ? ticket.trim() : '',
      changes,
    });
  };

  return (
    <form onSubmit={submit}>
      <Stack>
        <SimpleGrid cols={{ base: 1, md: 2 }} spacing="md">
          <UserPicker
            label="User"
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
            label="May …"
            data={ACTIONS}
            searchable
            allowDeselect={false}
            value={action}
            onChange={(next) => setAction((next ?? 'start') as AccessAction)}
          />
          <Stack gap="xs">
            <SegmentedControl
              aria-label="Asked about"
              size="xs"
              value={kind}
              onChange={setKind}
              data={[
                { value: 'jump_item', label: 'A Jump Item' },
                { value: 'jump_group', label: 'What is in a Jump Group' },
              ]}
            />
            {kind === 'jump_item' ? (
              <JumpItemPicker
                label="Jump Item"
                required
                value={item}
                onChange={setItem}
                error={fields.jump_item?.join(' ')}
                initial={
                  answer?.jump_item
                    ? { value: String(answer.jump_item.id), label: nameOfItem(answer.jump_item) }
                    : undefined
                }
              />
            ) : (
              <Select
                label="Jump Group"
                withAsterisk
                searchable
                data={groups}
                value={group}
                onChange={setGroup}
                error={fields.jump_group?.join(' ')}
              />
            )}
          </Stack>
          <Stack gap="xs" justify="end">
            <TextInput
              type="datetime-local"
              label="At"
              description="In your time zone. Blank is now."
              value={at}
              error={fields.at?.join(' ')}
              onChange={(event) => setAt(event.currentTarget.value)}
            />
          </Stack>
          {moves && (
            <Select
              label="To the Jump Group"
              withAsterisk
              searchable
              data={groups}
              value={to}
              onChange={setTo}
              error={fields.destination?.join(' ')}
            />
          )}
          {starts && (
            <TextInput
              label="Ticket ID"
              description="Only whether one is given counts here; the ticket system is not asked."
              value={ticket}
              onChange={(event) => setTicket(event.currentTarget.value)}
            />
          )}
          {starts && (
            <Stack gap="xs" justify="end">
              <Checkbox
                label="Overriding the schedule"
                checked={override}
                onChange={(event) => setOverride(event.currentTarget.checked)}
              />
              <Checkbox
                label="The customer is present"
                checked={present}
                onChange={(event) => setPresent(event.currentTarget.checked)}
              />
            </Stack>
          )}
        </SimpleGrid>
        <WhatIf
          user={user}
          item={kind === 'jump_item' ? item : null}
          changes={changes}
          onChange={setChanges}
        />
        <Group justify="flex-end">
          <Button type="submit" disabled={!complete}>
            Explain
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
