import { Alert, Button, Group, Modal, Paper, Radio, Stack, Text } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import type { Overtaken } from './three-way.ts';

/** How one value of a form is called and read out. */
export interface Reading {
  label: string;
  show: (value: unknown) => ReactNode;
}

/**
 * Another person saved while this one was editing: shows what they changed, field by field, and lets the person choose.
 * Where both changed a field nothing is chosen beforehand, so that neither change is lost by a quick click.
 */
export function ConflictDialog(props: {
  changes: Overtaken[];
  reading: (name: string) => Reading;
  busy: boolean;
  /** Gets the names of the fields whose other value is to be taken. */
  onChoose: (takeTheirs: Set<string>) => void;
  /** Back to the form; nothing is saved and what was typed stays. */
  onClose: () => void;
}) {
  const [choices, setChoices] = useState<Record<string, 'theirs' | 'yours'>>(
    Object.fromEntries(
      props.changes.filter((change) => !change.both).map((change) => [change.name, 'theirs']),
    ),
  );
  const open = props.changes.filter((change) => choices[change.name] === undefined).length;
  const all = (choice: 'theirs' | 'yours') =>
    setChoices(Object.fromEntries(props.changes.map((change) => [change.name, choice])));
  return (
    <Modal
      opened
      onClose={props.onClose}
      size="lg"
      title="Somebody else changed this meanwhile"
      closeOnClickOutside={false}
    >
      <Stack>
        {props.changes.length === 0 ? (
          <Alert color="river">
            What they changed does not touch what you see here. Your changes can be saved on top of theirs.
          </Alert>
        ) : (
          <Text size="sm">
            Nothing has been saved yet and nothing you typed is lost. These are their changes; choose which
            value is to stand. Whatever only you changed stays as you typed it.
          </Text>
        )}
        {props.changes.length > 1 && (
          <Group gap="xs">
            <Button size="xs" variant="default" onClick={() => all('theirs')}>
              All theirs
            </Button>
            <Button size="xs" variant="default" onClick={() => all('yours')}>
              All yours
            </Button>
          </Group>
        )}
        {props.changes.map((change) => {
          const { label, show } = props.reading(change.name);
          return (
            <Paper key={change.name} withBorder p="sm">
              <Radio.Group
                label={label}
                value={choices[change.name] ?? ''}
                onChange={(choice) =>
                  setChoices((now) => ({ ...now, [change.name]: choice as 'theirs' | 'yours' }))
                }
                {...(change.both ? { description: 'Both of you changed this.' } : {})}
              >
                <Stack gap="xs" mt="xs">
                  <Radio value="theirs" label={<Side of="Theirs" value={show(change.theirs)} />} />
                  <Radio
                    value="yours"
                    label={<Side of={change.both ? 'Yours' : 'Before'} value={show(change.yours)} />}
                  />
                </Stack>
              </Radio.Group>
            </Paper>
          );
        })}
        <Group justify="flex-end">
          <Button variant="default" onClick={props.onClose}>
            Back to the form
          </Button>
          <Button
            disabled={open > 0}
            loading={props.busy}
            onClick={() =>
              props.onChoose(new Set(Object.keys(choices).filter((name) => choices[name] === 'theirs')))
            }
          >
            {open > 0
              ? `${open} still to choose`
              : props.changes.length === 0
                ? 'Save on top of theirs'
                : 'Save with these choices'}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

function Side({ of, value }: { of: string; value: ReactNode }) {
  return (
    <>
      <Text span size="sm" fw={600}>
        {of}:
      </Text>{' '}
      {value}
    </>
  );
}

/** A value in words when nothing better is known about it. */
export function plainly(value: unknown): ReactNode {
  if (value === null || value === undefined || value === '') return <em>nothing</em>;
  if (value === true) return 'yes';
  if (value === false) return 'no';
  if (Array.isArray(value)) return value.length === 0 ? <em>nothing</em> : value.map(String).join(', ');
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
