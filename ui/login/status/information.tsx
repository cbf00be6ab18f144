import { Stack, Title } from '@mantine/core';
import { EcmClients } from './ecm-clients.tsx';

/** What stands connected to the site at this moment. */
export function InformationPage() {
  return (
    <Stack maw={1040}>
      <Title order={1} size="h2">
        Information
      </Title>
      <EcmClients />
    </Stack>
  );
}
