import { Button, Group, Modal, Stack, Text } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { Refusal } from './refusal.tsx';

/** Asks before something is destroyed, naming what goes; a refusal of the API is shown, not lost. */
export function Confirm(props: {
  title: string;
  children: ReactNode;
  action: string;
  onConfirm: () => Promise<void>;
  onClose: () => void;
  /** Offered when what is to be destroyed has been changed by another meanwhile. */
  onNewer?: () => void;
}) {
  const [problem, setProblem] = useState<Error>();
  const [busy, setBusy] = useState(false);
  const confirm = async () => {
    setBusy(true);
    try {
      await props.onConfirm();
      props.onClose();
    } catch (error) {
      setProblem(error as Error);
      setBusy(false);
    }
  };
  return (
    <Modal opened onClose={props.onClose} title={props.title}>
      <Stack>
        <Text size="sm" component="div">
          {props.children}
        </Text>
        {problem !== undefined && <Refusal error={problem} onNewer={props.onNewer} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={props.onClose} data-autofocus>
            Cancel
          </Button>
          <Button color="red" loading={busy} onClick={confirm}>
            {props.action}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
