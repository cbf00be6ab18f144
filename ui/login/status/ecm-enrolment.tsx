import { Accordion, Anchor, Code, List, Text } from '@mantine/core';
import { Link } from 'react-router';
import { Copyable } from '../../shared/copyable.tsx';

/** How another ECM host comes to be listed here. */
export function EcmEnrolment({ opened }: { opened: boolean }) {
  return (
    <Accordion defaultValue={opened ? 'enrol' : null} order={3}>
      <Accordion.Item value="enrol">
        <Accordion.Control>Enrol an ECM host</Accordion.Control>
        <Accordion.Panel>
          <List type="ordered" size="sm" spacing="sm">
            <List.Item>
              Make an{' '}
              <Anchor component={Link} to="/api-accounts" inherit underline="always">
                API account
              </Anchor>{' '}
              with the permission Endpoint Credential Manager. It is needed to enrol, and not afterwards.
            </List.Item>
            <List.Item>
              On a computer that reaches your vault, write the settings of its plug-ins, then enrol and start
              it:
              <Copyable
                label="Commands"
                text={`bh ecm enrol --url ${location.origin} --client-id CLIENT_ID\nbh ecm run`}
              />
            </List.Item>
            <List.Item>
              It prints the fingerprint of its key. Compare it with the one shown here, then approve the host.
            </List.Item>
          </List>
          <Text size="sm" c="dimmed" mt="sm">
            More is in <Code>docs/ecm.md</Code> of your copy of Bridgehead: where the program <Code>bh</Code>{' '}
            comes from, the bundled plug-ins, and how to write your own.
          </Text>
        </Accordion.Panel>
      </Accordion.Item>
    </Accordion>
  );
}
