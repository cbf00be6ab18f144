import { Alert, Button, Group, Modal, Stack } from '@mantine/core';
import type { Schema } from '../shared/api.ts';
import { CredentialParts } from '../shared/credential-parts.tsx';

/** The secret of an account that was just checked out. It is in this window alone, and gone when that is closed. */
export function CheckedOut(props: {
  name: string;
  credential: Schema<'VaultAccountCredential'>;
  /** Its policy changes the secret when it is checked in. */
  rotates: boolean;
  onCheckIn: () => void;
  onClose: () => void;
}) {
  return (
    <Modal
      opened
      onClose={props.onClose}
      title={`${props.name} is checked out`}
      size="lg"
      closeOnClickOutside={false}
    >
      <Stack>
        <Alert color="yellow">
          You have it until you check it in.
          {props.credential.type === 'ssh_ca' && ' Its certificate is good for one hour, checked in or not.'}
          {props.rotates &&
            ' Its account policy has the password changed then, so that this one is good for nothing afterwards.'}
        </Alert>
        <CredentialParts name={props.name} credential={props.credential} />
        <Group justify="flex-end">
          <Button variant="default" onClick={props.onCheckIn}>
            Check in now
          </Button>
          <Button onClick={props.onClose}>Close</Button>
        </Group>
      </Stack>
    </Modal>
  );
}
