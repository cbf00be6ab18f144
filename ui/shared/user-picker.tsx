import { Select } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useState } from 'react';
import { client, ok, type Schema } from './api.ts';
import { useLoaded } from './use-loaded.ts';

type UserName = Schema<'UserName'>;

/** `Pat Smith (pat)`: the name representatives see, with the user name where that says more. */
export function nameOfUser(user: UserName): string {
  const name = user.private_display_name || user.public_display_name || user.username;
  return name === user.username ? name : `${name} (${user.username})`;
}

/** Picks one user by any part of the name; the server searches, so that it is as quick with 100,000 users as with ten. */
export function UserPicker(props: {
  label: string;
  value: number | null;
  onChange: (id: number | null) => void;
  /** Not offered, because they are there already. */
  except?: readonly number[];
  disabled?: boolean;
  error?: string | undefined;
}) {
  const [text, setText] = useState('');
  const [search] = useDebouncedValue(text, 200);
  const [picked, setPicked] = useState<UserName>();
  const { data, error } = useLoaded(`user names ${search}`, (signal) =>
    ok(client.GET('/user-name', { params: { query: { search, limit: 30 } }, signal })),
  );
  const found = (data ?? []).filter((user) => !props.except?.includes(user.id));
  // The picked one stays an option whatever is looked for next, or the box would lose its name.
  const shown = picked === undefined || found.some(({ id }) => id === picked.id) ? found : [picked, ...found];
  return (
    <Select
      label={props.label}
      placeholder="Type part of a name"
      searchable
      clearable
      disabled={props.disabled ?? false}
      error={props.error ?? error?.message}
      nothingFoundMessage={data === undefined ? 'Looking…' : 'Nobody is called that'}
      data={shown.map((user) => ({ value: String(user.id), label: nameOfUser(user) }))}
      // What is offered has been found by the server already, by more than the label.
      filter={({ options }) => options}
      searchValue={text}
      onSearchChange={(next) => {
        setText(next);
      }}
      value={props.value === null ? null : String(props.value)}
      onChange={(value) => {
        setPicked(value === null ? undefined : shown.find(({ id }) => id === Number(value)));
        props.onChange(value === null ? null : Number(value));
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
