import { ActionIcon, Button, Group, Modal, Paper, Stack, Text } from '@mantine/core';
import { IconPlus, IconTrash } from '@tabler/icons-react';
import { useState } from 'react';
import { useUserNames } from '../../shared/user-picker.tsx';
import { useChangeNames, useChangesInWords } from './change-words.ts';
import { NewChange } from './new-change.tsx';
import type { Change } from './question.ts';

/** Changes that nobody has saved, to see what they would do. */
export function WhatIf(props: {
  user: number | null;
  item: number | null;
  changes: Change[];
  onChange: (changes: Change[]) => void;
}) {
  const { changes, onChange } = props;
  const nameOf = useUserNames(props.user === null ? [] : [props.user]);
  const [adding, setAdding] = useState(false);
  return (
    <Paper withBorder p="sm">
      <Group justify="space-between">
        <div>
          <Text size="sm" fw={600}>
            What if
          </Text>
          <Text size="xs" c="dimmed">
            Try changes before you make them. Nothing is saved.
          </Text>
        </div>
        <Button
          size="xs"
          variant="default"
          leftSection={<IconPlus size={14} aria-hidden />}
          onClick={() => setAdding(true)}
        >
          Try a change
        </Button>
      </Group>
      {changes.length > 0 && (
        <ChangeList
          changes={changes}
          onRemove={(index) => onChange(changes.filter((_, at) => at !== index))}
        />
      )}
      <Modal
        opened={adding}
        onClose={() => setAdding(false)}
        title="Try a change"
        closeOnClickOutside={false}
      >
        {adding && (
          <NewChange
            user={props.user === null ? undefined : { value: String(props.user), label: nameOf(props.user) }}
            item={props.item}
            onCancel={() => setAdding(false)}
            onAdd={(change) => {
              onChange([...changes, change]);
              setAdding(false);
            }}
          />
        )}
      </Modal>
    </Paper>
  );
}

/** What things are called is asked for only when there is a change to name. */
function ChangeList(props: { changes: Change[]; onRemove: (index: number) => void }) {
  const words = useChangesInWords(props.changes, useChangeNames());
  return (
    <Stack component="ul" aria-label="Changes that are tried" gap={4} mt="xs" mb={0} pl="md">
      {words.map((sentence, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: changes have no identity but their place.
        <li key={index}>
          <Group gap="xs" wrap="nowrap" justify="space-between">
            <Text size="sm">{sentence}</Text>
            <ActionIcon
              variant="subtle"
              color="red"
              aria-label={`Do not try: ${sentence}`}
              onClick={() => props.onRemove(index)}
            >
              <IconTrash size={16} aria-hidden />
            </ActionIcon>
          </Group>
        </li>
      ))}
    </Stack>
  );
}
