import { Alert, Button, Code, CopyButton, Group, Modal, SimpleGrid, Stack, Text } from '@mantine/core';
import { saveFile } from '../copyable.tsx';
import { useSession } from '../signed-in.tsx';

/** New codes, shown this once: to be kept before the window is closed. */
export function RecoveryCodes({ codes, onClose }: { codes: string[]; onClose: () => void }) {
  return (
    <Modal opened onClose={onClose} title="Your recovery codes" closeOnClickOutside={false}>
      <Stack>
        <Alert color="yellow">
          Keep them where you find them without your telephone. They are not shown again.
        </Alert>
        <Text size="sm">Each code is good once in the place of your second factor.</Text>
        <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="xs" className="recovery-codes">
          {codes.map((code) => (
            <Code key={code} fz="sm">
              {code}
            </Code>
          ))}
        </SimpleGrid>
        <Group>
          <Download codes={codes} />
          <CopyButton value={codes.join('\n')}>
            {({ copied, copy }) => (
              <Button variant="default" onClick={copy}>
                {copied ? 'Copied' : 'Copy'}
              </Button>
            )}
          </CopyButton>
          <Button variant="default" onClick={() => window.print()}>
            Print
          </Button>
        </Group>
        <Button onClick={onClose}>I have kept them</Button>
      </Stack>
    </Modal>
  );
}

function Download({ codes }: { codes: string[] }) {
  const { me } = useSession();
  const download = () => {
    const text = `Recovery codes of ${me.username} for ${location.host}\nEach is good once.\n\n${codes.join('\n')}\n`;
    saveFile('recovery-codes.txt', text);
  };
  return (
    <Button variant="default" onClick={download}>
      Download
    </Button>
  );
}
