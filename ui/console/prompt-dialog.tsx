import {
  Alert,
  Button,
  Code,
  Group,
  Modal,
  PasswordInput,
  SegmentedControl,
  Stack,
  Text,
  Textarea,
  TextInput,
} from '@mantine/core';
import { type FormEvent, useState } from 'react';
import type { JumpointRelayMessage } from '../../agents/relay-protocol.ts';

export type Prompt = Extract<JumpointRelayMessage, { t: 'prompt' }>;
/** What goes back, beside the prompt's id. Kept in memory only until it is sent. */
export interface Answer {
  values?: string[];
  choice?: 'save' | 'once' | 'abort';
  username?: string;
  password?: string;
  private_key?: string;
  passphrase?: string;
  cancel?: true;
}

/** A question of the target (or about it) that only the representative can answer. */
export function PromptDialog({ prompt, onAnswer }: { prompt: Prompt; onAnswer: (answer: Answer) => void }) {
  const cancel = () => onAnswer(prompt.kind === 'host-key' ? { choice: 'abort' } : { cancel: true });
  return (
    <Modal
      opened
      onClose={cancel}
      title={prompt.title || 'The remote system asks'}
      closeOnClickOutside={false}
      centered
    >
      {prompt.kind === 'host-key' ? (
        <HostKeyQuestion prompt={prompt} onAnswer={onAnswer} />
      ) : prompt.kind === 'credential' ? (
        <CredentialQuestion prompt={prompt} onAnswer={onAnswer} onCancel={cancel} />
      ) : (
        <Questions prompt={prompt} onAnswer={onAnswer} onCancel={cancel} />
      )}
    </Modal>
  );
}

function HostKeyQuestion({ prompt, onAnswer }: { prompt: Prompt; onAnswer: (answer: Answer) => void }) {
  return (
    <Stack>
      <Alert color="yellow">{prompt.text}</Alert>
      <Text size="sm">
        {prompt.host}
        {prompt.port !== undefined && `:${prompt.port}`} · {prompt.algorithm}
      </Text>
      <Code block>{prompt.fingerprint}</Code>
      <Group justify="flex-end">
        <Button variant="default" onClick={() => onAnswer({ choice: 'abort' })}>
          Abort
        </Button>
        <Button variant="default" onClick={() => onAnswer({ choice: 'once' })}>
          Connect only
        </Button>
        <Button data-autofocus onClick={() => onAnswer({ choice: 'save' })}>
          Save key and connect
        </Button>
      </Group>
    </Stack>
  );
}

interface QuestionProps {
  prompt: Prompt;
  onAnswer: (answer: Answer) => void;
  onCancel: () => void;
}

function CredentialQuestion({ prompt, onAnswer, onCancel }: QuestionProps) {
  const methods = prompt.methods ?? ['password'];
  const [method, setMethod] = useState<string>(methods[0] ?? 'password');
  const [secret, setSecret] = useState('');
  const [privateKey, setPrivateKey] = useState('');
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (method === 'password') onAnswer({ password: secret });
    else onAnswer({ private_key: privateKey, ...(secret === '' ? {} : { passphrase: secret }) });
  };
  return (
    <form onSubmit={submit}>
      <Stack>
        {prompt.text && <Text size="sm">{prompt.text}</Text>}
        {methods.length > 1 && (
          <SegmentedControl
            value={method}
            onChange={setMethod}
            data={methods.map((value) => ({
              value,
              label: value === 'password' ? 'Password' : 'Private key',
            }))}
          />
        )}
        {method === 'private-key' && (
          <Textarea
            label="Private key"
            description="In PEM or OpenSSH form. It is used for this connection and kept nowhere."
            autosize
            minRows={4}
            maxRows={10}
            required
            value={privateKey}
            onChange={(event) => setPrivateKey(event.currentTarget.value)}
          />
        )}
        <PasswordInput
          key={method}
          label={method === 'password' ? 'Password' : 'Passphrase of the key'}
          autoComplete="off"
          data-autofocus
          value={secret}
          onChange={(event) => setSecret(event.currentTarget.value)}
        />
        <Buttons onCancel={onCancel} />
      </Stack>
    </form>
  );
}

function Questions({ prompt, onAnswer, onCancel }: QuestionProps) {
  const questions =
    prompt.prompts.length > 0
      ? prompt.prompts
      : prompt.kind === 'username'
        ? [{ label: 'Username', echo: true }]
        : [];
  const [values, setValues] = useState<string[]>(() => questions.map(() => ''));
  const set = (index: number, value: string) =>
    setValues((now) => now.map((old, at) => (at === index ? value : old)));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onAnswer(prompt.kind === 'username' ? { username: values[0] ?? '', values } : { values });
  };
  return (
    <form onSubmit={submit}>
      <Stack>
        {prompt.text && (
          <Text size="sm" style={{ whiteSpace: 'pre-wrap' }}>
            {prompt.text}
          </Text>
        )}
        {questions.map((question, index) => {
          const common = {
            label: question.label,
            autoComplete: 'off',
            value: values[index] ?? '',
            ...(index === 0 ? { 'data-autofocus': true } : {}),
            onChange: (event: { currentTarget: { value: string } }) => set(index, event.currentTarget.value),
          };
          const key = `${index} ${question.label}`;
          return question.echo ? (
            <TextInput key={key} {...common} />
          ) : (
            <PasswordInput key={key} {...common} />
          );
        })}
        <Buttons onCancel={onCancel} />
      </Stack>
    </form>
  );
}

function Buttons({ onCancel }: { onCancel: () => void }) {
  return (
    <Group justify="flex-end">
      <Button variant="default" onClick={onCancel}>
        Cancel
      </Button>
      <Button type="submit">Continue</Button>
    </Group>
  );
}
