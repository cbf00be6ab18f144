import { client, ok } from './api.ts';
import { SearchPicker, type SearchPickerProps } from './search-picker.tsx';

/** Picks one group policy by part of its name. */
export function GroupPolicyPicker(props: SearchPickerProps) {
  return (
    <SearchPicker
      {...props}
      name="group policies"
      nothingFound="No group policy is called that"
      find={async (search, signal) => {
        const query = { search, per_page: 30, current_page: 1 };
        const policies = await ok(client.GET('/group-policy', { params: { query }, signal }));
        return policies.map(({ id, name }) => ({ value: String(id), label: name }));
      }}
    />
  );
}
