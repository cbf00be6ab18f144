import { ActionIcon, Button, Checkbox, Group, Menu, Pagination, Select, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { IconColumns3, IconSearch } from '@tabler/icons-react';
import { type ComponentType, type ReactNode, useEffect, useState } from 'react';
import type { SearchPickerProps } from './search-picker.tsx';

export interface Column<T> {
  id: string;
  title: string;
  cell: (row: T) => ReactNode;
  /** Sorting by this column is done by the server under this name. */
  sort?: string;
  /** Left out until a person chooses it. */
  hidden?: boolean;
}

export interface ListQuery {
  /** 1-based; for numbered lists. */
  page: number;
  /** Opaque; for key-paged lists. */
  cursor: string | undefined;
  search: string;
  sort: string | undefined;
  descending: boolean;
  filters: Record<string, string>;
}

export interface ListAnswer<T> {
  items: T[];
  /** Left out by lists that cannot count cheaply. */
  total?: number;
  /** Numbered lists. */
  lastPage?: number;
  /** Key-paged lists: where the next page begins. */
  nextCursor?: string | undefined;
}

export interface Filter {
  name: string;
  label: string;
  options?: { value: string; label: string }[];
  /** What holds while no option is chosen; `Any` when left out. */
  unset?: string;
  /** Chooses among more than a list of options can hold, by id. */
  Picker?: ComponentType<SearchPickerProps>;
  /** A day and time in the viewer's zone, as the browser's own control gives it. */
  moment?: boolean;
}

/** Tells what is looked for once the typing rests. */
export function SearchBox(props: { value: string; onSearch: (value: string) => void; label?: string }) {
  const { value, onSearch } = props;
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);
  const search = useDebouncedCallback(onSearch, 250);
  return (
    <TextInput
      type="search"
      label={props.label ?? 'Search'}
      leftSection={<IconSearch size={16} aria-hidden />}
      value={text}
      w={280}
      onChange={(event) => {
        setText(event.currentTarget.value);
        search(event.currentTarget.value);
      }}
    />
  );
}

/** A box for each filter: a choice where it names options or a picker, else a text. */
export function Filters(props: {
  filters: Filter[];
  values: Record<string, string>;
  change: (changes: Record<string, string | undefined>) => void;
}) {
  return props.filters.map((filter) =>
    filter.Picker !== undefined ? (
      <PickedFilter
        key={filter.name}
        filter={filter}
        Picker={filter.Picker}
        value={props.values[filter.name]}
        onChange={(value) => props.change({ [filter.name]: value })}
      />
    ) : filter.options === undefined ? (
      <FilterBox
        key={filter.name}
        label={filter.label}
        moment={filter.moment ?? false}
        value={props.values[filter.name] ?? ''}
        onChange={(value) => props.change({ [filter.name]: value })}
      />
    ) : (
      <Select
        key={filter.name}
        label={filter.label}
        data={filter.options}
        value={props.values[filter.name] ?? null}
        onChange={(value) => props.change({ [filter.name]: value ?? undefined })}
        clearable
        searchable
        placeholder={filter.unset ?? 'Any'}
      />
    ),
  );
}

function PickedFilter(props: {
  filter: Filter;
  Picker: ComponentType<SearchPickerProps>;
  value: string | undefined;
  onChange: (value: string | undefined) => void;
}) {
  const { filter, Picker, value } = props;
  // An address names it by its id alone.
  const [initial] = useState(value === undefined ? undefined : { value, label: `${filter.label} ${value}` });
  return (
    <Picker
      label={filter.label}
      value={value === undefined ? null : Number(value)}
      initial={initial}
      onChange={(id) => props.onChange(id === null ? undefined : String(id))}
    />
  );
}

function FilterBox({
  label,
  moment,
  value,
  onChange,
}: {
  label: string;
  moment: boolean;
  value: string;
  onChange: (value: string) => void;
}) {
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);
  const change = useDebouncedCallback(onChange, 300);
  return (
    <TextInput
      type={moment ? 'datetime-local' : 'text'}
      label={label}
      value={text}
      onChange={(event) => {
        setText(event.currentTarget.value);
        change(event.currentTarget.value);
      }}
    />
  );
}

/** Which columns are shown, remembered in this browser under the name of the list. */
export function useColumns<T>(name: string, columns: Column<T>[]): [string[], (ids: string[]) => void] {
  const key = `columns ${name}`;
  const usual = columns.filter((column) => !column.hidden).map((column) => column.id);
  const [chosen, setChosen] = useState<string[]>(() => {
    const stored = localStorage.getItem(key);
    const ids = stored === null ? usual : (JSON.parse(stored) as string[]);
    const known = ids.filter((id) => columns.some((column) => column.id === id));
    return known.length > 0 ? known : usual;
  });
  return [
    chosen,
    (ids) => {
      localStorage.setItem(key, JSON.stringify(ids));
      setChosen(ids);
    },
  ];
}

export function ColumnChooser<T>(props: {
  columns: Column<T>[];
  chosen: string[];
  choose: (ids: string[]) => void;
}) {
  return (
    <Menu closeOnItemClick={false}>
      <Menu.Target>
        <ActionIcon variant="default" size="lg" aria-label="Choose columns" title="Choose columns">
          <IconColumns3 size={18} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {props.columns.map((column) => {
          const on = props.chosen.includes(column.id);
          return (
            <Menu.Item
              key={column.id}
              role="menuitemcheckbox"
              aria-checked={on}
              disabled={on && props.chosen.length === 1}
              leftSection={<Checkbox checked={on} readOnly tabIndex={-1} aria-hidden />}
              onClick={() =>
                props.choose(
                  on ? props.chosen.filter((id) => id !== column.id) : [...props.chosen, column.id],
                )
              }
            >
              {column.title}
            </Menu.Item>
          );
        })}
      </Menu.Dropdown>
    </Menu>
  );
}

/** Numbered pages where the list has them, else steps from page to page. */
export function Pager<T>(props: {
  answer: ListAnswer<T> | undefined;
  query: ListQuery;
  change: (changes: Record<string, string | undefined>, keepPage?: boolean) => void;
}) {
  const { answer, query, change } = props;
  if (answer?.lastPage !== undefined) {
    if (answer.lastPage <= 1) return null;
    return (
      <Pagination
        total={answer.lastPage}
        value={query.page}
        onChange={(page) => change({ page: String(page) }, true)}
        getControlProps={(control) => ({ 'aria-label': `${control} page` })}
      />
    );
  }
  if (query.cursor === undefined && answer?.nextCursor === undefined) return null;
  return (
    <Group>
      <Button
        variant="default"
        size="xs"
        disabled={query.cursor === undefined}
        onClick={() => change({ cursor: undefined })}
      >
        First page
      </Button>
      <Button
        variant="default"
        size="xs"
        disabled={query.cursor === undefined}
        onClick={() => window.history.back()}
      >
        Previous
      </Button>
      <Button
        variant="default"
        size="xs"
        disabled={answer?.nextCursor === undefined}
        onClick={() => change({ cursor: answer?.nextCursor }, true)}
      >
        Next
      </Button>
    </Group>
  );
}
