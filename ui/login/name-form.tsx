import { Button, Group, Stack, TextInput } from '@mantine/core';
import { useState } from 'react';
import { ApiError } from '../shared/api.ts';
import { Refusal } from '../shared/refusal.tsx';

/** Asks for a name and nothing else. */
export function NameForm(props: {
  action: string;
  initial?: string;
  onSave: (name: string) => Promise<void>;
  onCancel: () => void;
}) {
  const [name, setName] = useState(props.initial ?? '');
  const [problem, setProblem] = useState<Error>();
  const [busy, setBusy] = useState(false);
  const field = problem instanceof ApiError ? problem.fields.name?.join(' ') : undefined;
  return (
    <form
      onSubmit={async (event) => {
        event.preventDefault();
        setBusy(true);
        setProblem(undefined);
        try {
          await props.onSave(name);
        } catch (refusal) {
          setProblem(refusal as Error);
        } finally {
          setBusy(false);
        }
      }}
    >
      <Stack>
        {problem !== undefined && field === undefined && <Refusal error={problem} />}
        <TextInput
          label="Name"
          required
          maxLength={255}
          data-autofocus
          value={name}
          error={field}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <Group justify="flex-end">
          <Button variant="default" onClick={props.onCancel}>
            Cancel
          </Button>
          <Button type="submit" loading={busy}>
            {props.action}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
