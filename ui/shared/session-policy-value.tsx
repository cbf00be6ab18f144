import { Button, Modal, Select, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import type { Choice } from './choices.ts';
import { type PermissionValues, SessionPermissionEditor } from './session-permission-editor.tsx';
import { useSessionPermissions } from './session-permissions.ts';
import { WhenLoaded } from './when-loaded.tsx';

const NONE = 'none';
const OWN = 'own';

/** No session policy, one of the site, or permissions of one's own: null, an id, or permissions by name. */
export function SessionPolicyValue(props: {
  label: string;
  value: unknown;
  policies: Choice[];
  disabled: boolean;
  onChange: (value: number | PermissionValues | null) => void;
}) {
  const { label, value, disabled, onChange } = props;
  const [editing, setEditing] = useState(false);
  const own = typeof value === 'object' && value !== null ? (value as PermissionValues) : undefined;
  const chosen = own !== undefined ? OWN : typeof value === 'number' ? String(value) : NONE;
  return (
    <Stack gap={4} align="flex-end">
      <Select
        aria-label={label}
        size="xs"
        searchable
        allowDeselect={false}
        disabled={disabled}
        data={[
          { value: NONE, label: 'None' },
          { value: OWN, label: 'Permissions of its own' },
          ...props.policies,
        ]}
        value={chosen}
        onChange={(next) => {
          if (next === OWN) {
            onChange(own ?? {});
            setEditing(true);
          } else onChange(next === NONE || next === null ? null : Number(next));
        }}
      />
      {own !== undefined && (
        <Button size="compact-xs" variant="subtle" disabled={disabled} onClick={() => setEditing(true)}>
          Edit permissions ({Object.keys(own).length} defined)
        </Button>
      )}
      {own !== undefined && editing && (
        <Permissions label={label} values={own} onChange={onChange} onClose={() => setEditing(false)} />
      )}
    </Stack>
  );
}

function Permissions(props: {
  label: string;
  values: PermissionValues;
  onChange: (values: PermissionValues) => void;
  onClose: () => void;
}) {
  const catalogue = useSessionPermissions();
  return (
    <Modal opened onClose={props.onClose} size="xl" title={`Permissions: ${props.label}`}>
      <Stack>
        <Text size="sm" c="dimmed">
          What is not defined here the global session policy decides. Saved with the rest of the page.
        </Text>
        <WhenLoaded loaded={catalogue}>
          {(permissions) => (
            <SessionPermissionEditor
              catalogue={permissions}
              values={props.values}
              onChange={(name, value) => {
                const { [name]: _before, ...rest } = props.values;
                props.onChange(value === null ? rest : { ...rest, [name]: value });
              }}
            />
          )}
        </WhenLoaded>
        <Button onClick={props.onClose} style={{ alignSelf: 'flex-end' }}>
          Done
        </Button>
      </Stack>
    </Modal>
  );
}
