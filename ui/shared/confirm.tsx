import { Button, Group, Modal, Stack, Text } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { ApiError } from './api.ts';
import { Refusal } from './refusal.tsx';

/** Asks before something that cannot be taken back lightly, naming what goes; a refusal of the API is shown, not lost. */
export function Confirm(props: {
  title: string;
  children: ReactNode;
  action: string;
  /** Of the button; red, unless nothing is lost by it. */
  color?: string;
  onConfirm: () => Promise<void>;
  onClose: () => void;
  /**
   * Called when another changed meanwhile what is to be destroyed (412). Reads it again, so that the next click destroys
   * what is there now, and tells what has changed.
   */
  onOvertaken?: () => Promise<ReactNode>;
}) {
  const [problem, setProblem] = useState<Error>();
  const [busy, setBusy] = useState(false);
  const [news, setNews] = useState<ReactNode>();
  const confirm = async () => {
    setBusy(true);
    try {
      await props.onConfirm();
      props.onClose();
    } catch (error) {
      setProblem(error as Error);
      if (!(error instanceof ApiError) || error.status !== 412 || props.onOvertaken === undefined) return;
      try {
        setNews(await props.onOvertaken());
      } catch (reading) {
        setNews(undefined);
        setProblem(reading as Error);
      }
    } finally {
      setBusy(false);
    }
  };
  return (
    <Modal opened onClose={props.onClose} title={props.title}>
      <Stack>
        <Text size="sm" component="div">
          {props.children}
        </Text>
        {problem !== undefined && <Refusal error={problem}>{news}</Refusal>}
        <Group justify="flex-end">
          <Button variant="default" onClick={props.onClose} data-autofocus>
            Cancel
          </Button>
          <Button color={props.color ?? 'red'} loading={busy} onClick={confirm}>
            {news === undefined ? props.action : `${props.action} all the same`}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
