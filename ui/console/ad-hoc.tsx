import { Button, Modal, Select, Stack, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { useJumpointChoices } from '../shared/choices.ts';
import type { StartRequest } from './jump.tsx';

/** A Shell Jump to a system that is not saved as a Jump Item. */
export function AdHoc(props: { onJump: (request: StartRequest) => void; onClose: () => void }) {
  const jumpoints = useJumpointChoices();
  const [jumpoint, setJumpoint] = useState<string | null>(localStorage.getItem('preferred jumpoint'));
  const [hostname, setHostname] = useState('');
  const [username, setUsername] = useState('');
  const [port, setPort] = useState('');
  const [protocol, setProtocol] = useState<'ssh' | 'telnet'>('ssh');
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
    };
    props.onJump({ ad_hoc: target } as StartRequest);
  };
  return (
    <Modal opened onClose={props.onClose} title="Shell Jump">
      <form onSubmit={submit}>
        <Stack>
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
            data-autofocus
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
