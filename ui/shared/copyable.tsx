import { Button, Code, CopyButton, Group, Stack, Text } from '@mantine/core';
import type { ReactNode } from 'react';

/** A text that is meant to be taken elsewhere, with a button that copies it and perhaps one that saves it. */
export function Copyable(props: {
  label: string;
  text: string;
  help?: ReactNode;
  /** Also offered as a file of this name. */
  fileName?: string;
}) {
  const { label, text, fileName } = props;
  return (
    <Stack gap={4}>
      <Text size="sm" fw={600}>
        {label}
      </Text>
      {props.help !== undefined && (
        <Text size="xs" c="dimmed">
          {props.help}
        </Text>
      )}
      <Code block className="unbroken">
        {text}
      </Code>
      <Group gap="xs">
        <CopyText label={label} text={text} />
        {fileName !== undefined && (
          <Button size="compact-xs" variant="default" onClick={() => saveFile(fileName, text)}>
            Save as a file
          </Button>
        )}
      </Group>
    </Stack>
  );
}

export function CopyText({ label, text }: { label: string; text: string }) {
  return (
    <CopyButton value={text}>
      {({ copied, copy }) => {
        const word = copied ? 'Copied' : 'Copy';
        return (
          <Button size="compact-xs" variant="default" aria-label={`${word}: ${label}`} onClick={copy}>
            {word}
          </Button>
        );
      }}
    </CopyButton>
  );
}

/** Hands a text to the person as a download; it does not leave the browser. */
export function saveFile(name: string, text: string): void {
  const address = URL.createObjectURL(new Blob([text], { type: 'text/plain' }));
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  URL.revokeObjectURL(address);
}
