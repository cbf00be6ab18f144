import { Button } from '@mantine/core';
import { IconBuildingBank } from '@tabler/icons-react';
import { lazy, Suspense, useState } from 'react';
import { useSearchParams } from 'react-router';
import { client, ok, type Schema } from '../shared/api.ts';
import { useLoaded } from '../shared/use-loaded.ts';

const VaultSystems = lazy(async () => ({ default: (await import('./vault-systems.tsx')).VaultSystems }));

/** There while somebody can be asked and the person may jump to what is found; nothing is asked before it is pressed. */
export function VaultSystemsButton(props: { onJump: (system: Schema<'EcmEndpoint'>) => void }) {
  const [parameters] = useSearchParams();
  const [open, setOpen] = useState(false);
  const { data } = useLoaded(
    'kinds of systems in the vault',
    (signal) => ok(client.GET('/ecm-endpoint/kind', { signal })),
    30_000,
  );
  // No other kind can be started without a Jump Item.
  if (!open && !data?.kinds.includes('shell_jump')) return null;
  return (
    <>
      <Button
        variant="default"
        leftSection={<IconBuildingBank size={16} aria-hidden />}
        onClick={() => setOpen(true)}
      >
        Your organisation's vault
      </Button>
      {open && (
        <Suspense>
          <VaultSystems
            search={parameters.get('search') ?? ''}
            onJump={(system) => {
              setOpen(false);
              props.onJump(system);
            }}
            onClose={() => setOpen(false)}
          />
        </Suspense>
      )}
    </>
  );
}
