import { Autocomplete, type AutocompleteProps, Text } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { client, ok } from '../../shared/api.ts';
import { useLoaded } from '../../shared/use-loaded.ts';

interface PickerProps {
  provider: number;
  value: string;
  onChange: (distinguishedName: string) => void;
}

/** Finds people and groups of a directory by name; what is typed in full is taken as it is. */
export function DirectoryNamePicker({ provider, value, onChange }: PickerProps) {
  const [search] = useDebouncedValue(value, 250);
  // Once something is chosen the field holds a distinguished name, which is no name to search for.
  const asked = /[=,]/.test(search) ? '' : search.trim();
  const { data, error } = useLoaded(`names of ${provider} ${asked}`, async (signal) => {
    if (asked === '') return [];
    const params = { path: { id: provider }, query: { search: asked } };
    return await ok(client.GET('/security-provider/{id}/directory-name', { params, signal }));
  });
  const found = new Map((data ?? []).map((name) => [name.distinguished_name, name]));
  const renderOption: AutocompleteProps['renderOption'] = ({ option }) => {
    const name = found.get(option.value);
    return (
      <div>
        <Text size="sm">
          {name?.name ?? option.value} {name !== undefined && <span>({name.kind})</span>}
        </Text>
        <Text size="xs" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
          {option.value}
        </Text>
      </div>
    );
  };
  return (
    <Autocomplete
      label="Person or group"
      placeholder="Type a name"
      w={360}
      maxLength={1024}
      value={value}
      onChange={onChange}
      data={[...found.keys()]}
      // The directory has searched already.
      filter={({ options }) => options}
      renderOption={renderOption}
      error={error?.message}
    />
  );
}
