import { Button, Modal, Select, Stack, Text, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import type { Schema } from '../shared/api.ts';
import { useJumpointChoices } from '../shared/choices.ts';
import type { StartRequest } from './jump.tsx';

/** A Shell Jump to a system that is not saved as a Jump Item. */
export function AdHoc(props: {
  /** One that the organisation's vault listed: its host name and port stand. */
  system?: Schema<'EcmEndpoint'> | undefined;
  onJump: (request: StartRequest) => void;
  onClose: () => void;
}) {
  const { system } = props;
  const known = system?.port ?? null;
  const jumpoints = useJumpointChoices();
  const [jumpoint, setJumpoint] = useState<string | null>(localStorage.getItem('preferred jumpoint'));
  const [hostname, setHostname] = useState(system?.hostname ?? '');
  const [username, setUsername] = useState('');
  const [port, setPort] = useState(known === null ? '' : String(known));
  const [protocol, setProtocol] = useState<'ssh' | 'telnet'>(known === 23 ? 'telnet' : 'ssh');
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (jumpoint === null) return;
    localStorage.setItem('preferred jumpoint', jumpoint);
    const target = {
      type: 'shell_jump',
      jumpoint_id: Number(jumpoint),
      hostname,
      protocol,
      username,
      port: port === '' ? null : Number(port),
      ...(system !== undefined && { endpoint_handle: system.handle }),
    };
    props.onJump({ ad_hoc: target } as StartRequest);
  };
  return (
    <Modal opened onClose={props.onClose} title="Shell Jump">
      <form onSubmit={submit}>
        <Stack>
          {system !== undefined && (
            <Text size="sm">{system.label}, as your organisation's vault knows it.</Text>
          )}
          <Select
            label="Jumpoint"
            data={jumpoints}
            value={jumpoint}
            onChange={setJumpoint}
            required
            searchable
          />
          <TextInput
            label="Hostname / IP"
            value={hostname}
            onChange={(event) => setHostname(event.currentTarget.value)}
            required
            maxLength={128}
            readOnly={system !== undefined}
            variant={system === undefined ? 'default' : 'filled'}
            data-autofocus={system === undefined}
          />
          <TextInput
            label="Username"
            value={username}
            onChange={(event) => setUsername(event.currentTarget.value)}
            maxLength={128}
          />
          <Select
            label="Protocol"
            data={[
              { value: 'ssh', label: 'SSH' },
              { value: 'telnet', label: 'Telnet' },
            ]}
            value={protocol}
            allowDeselect={false}
            onChange={(value) => setProtocol(value as 'ssh' | 'telnet')}
          />
          <TextInput
            label="Port"
            placeholder={protocol === 'ssh' ? '22' : '23'}
            inputMode="numeric"
            pattern="[0-9]*"
            value={port}
            readOnly={known !== null}
            variant={known === null ? 'default' : 'filled'}
            onChange={(event) => setPort(event.currentTarget.value)}
          />
          <Button type="submit" disabled={jumpoint === null}>
            Jump
          </Button>
        </Stack>
      </form>
    </Modal>
  );
}
