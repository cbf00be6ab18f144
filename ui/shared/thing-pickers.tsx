import { client, ok } from './api.ts';
import type { Choice } from './choices.ts';
import { SearchPicker, type SearchPickerProps } from './search-picker.tsx';

type Named = { id: number; name: string };

/** Picks one Jump Group by part of its name. */
export function JumpGroupPicker(props: SearchPickerProps) {
  return (
    <SearchPicker
      {...props}
      name="jump groups"
      nothingFound="No Jump Group is called that"
      find={async (search, signal) =>
        choices(await ok(client.GET('/jump-group', { params: { query: query(search) }, signal })))
      }
    />
  );
}

/** Picks one team by part of its name. */
export function TeamPicker(props: SearchPickerProps) {
  return (
    <SearchPicker
      {...props}
      name="teams"
      nothingFound="No team is called that"
      find={async (search, signal) =>
        choices(await ok(client.GET('/team', { params: { query: query(search) }, signal })))
      }
    />
  );
}

/** Picks one Jumpoint by part of its name. */
export function JumpointPicker(props: SearchPickerProps) {
  return (
    <SearchPicker
      {...props}
      name="jumpoints"
      nothingFound="No Jumpoint is called that"
      find={async (search, signal) =>
        choices(await ok(client.GET('/jumpoint', { params: { query: query(search) }, signal })))
      }
    />
  );
}

/** Picks one vault account that is not personal by part of its name or user name. */
export function VaultAccountPicker(props: SearchPickerProps) {
  return (
    <SearchPicker
      {...props}
      name="vault accounts"
      nothingFound="No vault account is called that"
      find={async (search, signal) => {
        const accounts = await ok(client.GET('/vault/account', { params: { query: query(search) }, signal }));
        return accounts.map(({ id, name, username }) => ({
          value: String(id),
          label: username === '' ? name : `${name} · ${username}`,
        }));
      }}
    />
  );
}

function query(search: string) {
  return { search, per_page: 30, current_page: 1 };
}

function choices(things: Named[]): Choice[] {
  return things.map(({ id, name }) => ({ value: String(id), label: name }));
}
