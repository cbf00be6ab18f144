import { client, ok, type Schema } from './api.ts';
import { SearchPicker, type SearchPickerProps } from './search-picker.tsx';
import { useLoaded } from './use-loaded.ts';

type UserName = Schema<'UserName'>;

/** `Pat Smith (pat)`: the name representatives see, with the user name where that says more. */
export function nameOfUser(
  user: Pick<UserName, 'username' | 'public_display_name' | 'private_display_name'>,
): string {
  const name = user.private_display_name || user.public_display_name || user.username;
  return name === user.username ? name : `${name} (${user.username})`;
}

/** Picks one user by any part of the name or the e-mail address. */
export function UserPicker(props: SearchPickerProps) {
  return (
    <SearchPicker
      {...props}
      name="user names"
      nothingFound="Nobody is called that"
      find={async (search, signal) => {
        const users = await ok(
          client.GET('/user-name', { params: { query: { search, limit: 30 } }, signal }),
        );
        return users.map((user) => ({ value: String(user.id), label: nameOfUser(user) }));
      }}
    />
  );
}

/** What these users are called, by id. Unknown ids are named by their number until the names are there. */
export function useUserNames(ids: readonly number[]): (id: number) => string {
  const wanted = [...new Set(ids)].sort((one, other) => one - other);
  const { data } = useLoaded(`names of users ${wanted.join()}`, async (signal) => {
    const names = new Map<number, string>();
    for (let from = 0; from < wanted.length; from += 100) {
      const part = wanted.slice(from, from + 100).join(',');
      const query = { ids: part, limit: 100 };
      for (const user of await ok(client.GET('/user-name', { params: { query }, signal })))
        names.set(user.id, nameOfUser(user));
    }
    return names;
  });
  return (id) => data?.get(id) ?? `User ${id}`;
}
