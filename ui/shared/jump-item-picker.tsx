import { client, ok, type Schema } from './api.ts';
import { KIND_LABELS } from './jump-item-kinds.ts';
import { SearchPicker, type SearchPickerProps } from './search-picker.tsx';

/** `Build server · 10.0.0.1 · Shell Jump`. */
export function nameOfItem(item: Pick<Schema<'JumpItemSummary'>, 'name' | 'hostname' | 'type'>): string {
  return [item.name, item.hostname, KIND_LABELS[item.type]].filter((part) => part !== '').join(' · ');
}

/** Picks one Jump Item of any kind by part of its name, host name, tag or comments. */
export function JumpItemPicker(props: SearchPickerProps) {
  return (
    <SearchPicker
      {...props}
      name="jump items"
      nothingFound="No Jump Item matches"
      find={async (search, signal) => {
        const { items } = await ok(
          client.GET('/jump-item', {
            params: { query: { limit: 30, ...(search === '' ? {} : { search }) } },
            signal,
          }),
        );
        return items.map((item) => ({ value: String(item.id), label: nameOfItem(item) }));
      }}
    />
  );
}
