import { Button, Code, Group, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { CopyText, saveFile } from './copyable.tsx';

/** A secret that can be copied without being seen; it is on the screen only after somebody asked to see it. */
export function SecretText({ label, text, fileName }: { label: string; text: string; fileName?: string }) {
  const [shown, setShown] = useState(false);
  return (
    <Stack gap={4}>
      <Text size="sm" fw={600}>
        {label}
      </Text>
      {shown ? (
        <Code block className="unbroken">
          {text}
        </Code>
      ) : (
        <Text size="sm" c="dimmed">
          Hidden
        </Text>
      )}
      <Group gap="xs">
        <Button
          size="compact-xs"
          variant="default"
          aria-label={`${shown ? 'Hide' : 'Show'}: ${label}`}
          onClick={() => setShown(!shown)}
        >
          {shown ? 'Hide' : 'Show'}
        </Button>
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
