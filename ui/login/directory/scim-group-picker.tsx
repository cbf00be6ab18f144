import { Autocomplete, type AutocompleteProps, Text } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { client, ok } from '../../shared/api.ts';
import { useLoaded } from '../../shared/use-loaded.ts';

/** Ids of the security providers whose groups a directory keeps here. */
export function useScimProviders(): ReadonlySet<string> {
  const { data } = useLoaded('SCIM providers', (signal) => ok(client.GET('/security-provider', { signal })));
  return new Set((data ?? []).filter(({ type }) => type === 'scim').map(({ id }) => String(id)));
}

interface PickerProps {
  provider: number;
  value: string;
  onChange: (groupName: string) => void;
}

/** Finds provisioned groups by their display name; what is typed in full is taken as it is. */
export function ScimGroupPicker({ provider, value, onChange }: PickerProps) {
  const [search] = useDebouncedValue(value, 250);
  const { data, error } = useLoaded(`SCIM groups of ${provider} ${search}`, (signal) => {
    const params = { path: { id: provider }, query: { search: search.trim() } };
    return ok(client.GET('/security-provider/{id}/scim-group', { params, signal }));
  });
  const found = new Map((data ?? []).map((group) => [group.group_name, group]));
  const renderOption: AutocompleteProps['renderOption'] = ({ option }) => {
    const group = found.get(option.value);
    return (
      <div>
        <Text size="sm">{group?.name ?? option.value}</Text>
        <Text size="xs" c="dimmed">
          {group?.members} {group?.members === 1 ? 'member' : 'members'}
          {group !== undefined && group.name.toLowerCase() !== option.value && ` · ${option.value}`}
        </Text>
      </div>
    );
  };
  return (
    <Autocomplete
      label="Group"
      placeholder="Type a name"
      w={360}
      maxLength={64}
      value={value}
      onChange={onChange}
      data={[...found.keys()]}
      // The server has searched already.
      filter={({ options }) => options}
      renderOption={renderOption}
      error={error?.message}
    />
  );
}
