import {
  ActionIcon,
  Alert,
  Button,
  Checkbox,
  Group,
  Menu,
  Pagination,
  Select,
  Skeleton,
  Stack,
  Table,
  Text,
  TextInput,
  Title,
  UnstyledButton,
} from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { IconArrowDown, IconArrowUp, IconColumns3, IconSearch } from '@tabler/icons-react';
import { type ReactNode, useEffect, useState } from 'react';
import { useSearchParams } from 'react-router';
import { useLoaded } from './use-loaded.ts';

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
  total: number;
  /** Numbered lists. */
  lastPage?: number;
  /** Key-paged lists: where the next page begins. */
  nextCursor?: string | undefined;
}

export interface Filter {
  name: string;
  label: string;
  options?: { value: string; label: string }[];
}

export interface ListPageProps<T> {
  /** Remembers the chosen columns under this name. */
  name: string;
  title: string;
  help?: ReactNode;
  columns: Column<T>[];
  rowKey: (row: T) => string;
  load: (query: ListQuery, signal: AbortSignal) => Promise<ListAnswer<T>>;
  /** What to do when there is nothing at all. */
  empty: ReactNode;
  searchable?: boolean;
  filters?: Filter[];
  /** Buttons beside the title. */
  actions?: ReactNode;
  /** Buttons at the end of a row. */
  rowActions?: (row: T, reload: () => void) => ReactNode;
  /** Shown when rows are selected; selection is offered only with it. */
  bulkActions?: (rows: T[], done: () => void) => ReactNode;
  onRow?: (row: T) => void;
  everyMs?: number;
  /** Changes when something outside made the list stale. */
  version?: number;
}

/** A list whose search, filters, sort and page stand in the address, so that a link shows the same rows. */
export function ListPage<T>(props: ListPageProps<T>) {
  const [parameters, setParameters] = useSearchParams();
  const [chosen, choose] = useColumns(props.name, props.columns);
  const [selected, setSelected] = useState<Map<string, T>>(new Map());
  const filterNames = (props.filters ?? []).map((filter) => filter.name);
  const query: ListQuery = {
    page: Math.max(1, Number(parameters.get('page') ?? 1) || 1),
    cursor: parameters.get('cursor') ?? undefined,
    search: parameters.get('search') ?? '',
    sort: parameters.get('sort') ?? undefined,
    descending: parameters.get('order') === 'desc',
    filters: Object.fromEntries(
      filterNames.flatMap((name) => (parameters.get(name) ? [[name, parameters.get(name)!]] : [])),
    ),
  };
  const { data, error, loading, reload } = useLoaded(
    `${props.name} ${JSON.stringify(query)} ${props.version ?? 0}`,
    (signal) => props.load(query, signal),
    props.everyMs,
  );

  const change = (changes: Record<string, string | undefined>, keepPage = false) => {
    setParameters(
      (now) => {
        const next = new URLSearchParams(now);
        if (!keepPage) {
          next.delete('page');
          next.delete('cursor');
        }
        for (const [name, value] of Object.entries(changes)) {
          if (value === undefined || value === '') next.delete(name);
          else next.set(name, value);
        }
        return next;
      },
      { replace: !keepPage },
    );
  };

  const columns = props.columns.filter((column) => chosen.includes(column.id));
  const rows = data?.items ?? [];
  const searching = query.search !== '' || Object.keys(query.filters).length > 0;
  const width = columns.length + (props.bulkActions ? 1 : 0) + (props.rowActions ? 1 : 0);
  const toggle = (row: T, on: boolean) => {
    const next = new Map(selected);
    if (on) next.set(props.rowKey(row), row);
    else next.delete(props.rowKey(row));
    setSelected(next);
  };

  return (
    <Stack>
      <Group justify="space-between">
        <Title order={1} size="h2">
          {props.title}
        </Title>
        <Group gap="xs">{props.actions}</Group>
      </Group>
      {props.help !== undefined && (
        <Text size="sm" c="dimmed">
          {props.help}
        </Text>
      )}
      <Group align="end" gap="sm">
        {props.searchable && <SearchBox value={query.search} onSearch={(search) => change({ search })} />}
        {(props.filters ?? []).map((filter) =>
          filter.options === undefined ? (
            <FilterBox
              key={filter.name}
              label={filter.label}
              value={query.filters[filter.name] ?? ''}
              onChange={(value) => change({ [filter.name]: value })}
            />
          ) : (
            <Select
              key={filter.name}
              label={filter.label}
              data={filter.options}
              value={query.filters[filter.name] ?? null}
              onChange={(value) => change({ [filter.name]: value ?? undefined })}
              clearable
              searchable
              placeholder="Any"
            />
          ),
        )}
        <ColumnChooser columns={props.columns} chosen={chosen} choose={choose} />
        <Text size="sm" c="dimmed" aria-live="polite" ml="auto">
          {data === undefined
            ? ''
            : `${data.total.toLocaleString()} ${data.total === 1 ? 'entry' : 'entries'}`}
        </Text>
      </Group>
      {props.bulkActions && selected.size > 0 && (
        <Alert color="river" p="xs">
          <Group>
            <Text size="sm">{selected.size} selected</Text>
            {props.bulkActions([...selected.values()], () => {
              setSelected(new Map());
              reload();
            })}
            <Button variant="subtle" size="xs" onClick={() => setSelected(new Map())}>
              Clear selection
            </Button>
          </Group>
        </Alert>
      )}
      {error !== undefined && (
        <Alert color="red" role="alert" title="The list could not be loaded">
          {error.message}{' '}
          <Button size="xs" variant="light" color="red" onClick={reload}>
            Try again
          </Button>
        </Alert>
      )}
      <div className="list-table">
        <Table
          highlightOnHover={props.onRow !== undefined}
          stickyHeader
          aria-busy={loading}
          aria-label={props.title}
        >
          <Table.Thead>
            <Table.Tr>
              {props.bulkActions && (
                <Table.Th w={40}>
                  <Checkbox
                    aria-label="Select every row of this page"
                    checked={rows.length > 0 && rows.every((row) => selected.has(props.rowKey(row)))}
                    onChange={(event) => {
                      const next = new Map(selected);
                      for (const row of rows) {
                        if (event.currentTarget.checked) next.set(props.rowKey(row), row);
                        else next.delete(props.rowKey(row));
                      }
                      setSelected(next);
                    }}
                  />
                </Table.Th>
              )}
              {columns.map((column) => (
                <SortableHeader
                  key={column.id}
                  column={column}
                  query={query}
                  onSort={(sort, descending) => change({ sort, order: descending ? 'desc' : undefined })}
                />
              ))}
              {props.rowActions && <Table.Th aria-label="Actions" />}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {data === undefined && error === undefined && <SkeletonRows width={width} />}
            {rows.map((row) => (
              <Table.Tr key={props.rowKey(row)}>
                {props.bulkActions && (
                  <Table.Td>
                    <Checkbox
                      aria-label="Select this row"
                      checked={selected.has(props.rowKey(row))}
                      onChange={(event) => toggle(row, event.currentTarget.checked)}
                    />
                  </Table.Td>
                )}
                {columns.map((column, index) => (
                  <Table.Td key={column.id}>
                    {index === 0 && props.onRow !== undefined ? (
                      <UnstyledButton
                        c="var(--mantine-color-anchor)"
                        fz="sm"
                        onClick={() => props.onRow?.(row)}
                      >
                        {column.cell(row)}
                      </UnstyledButton>
                    ) : (
                      column.cell(row)
                    )}
                  </Table.Td>
                ))}
                {props.rowActions && (
                  <Table.Td>
                    <Group gap="xs" justify="flex-end" wrap="nowrap">
                      {props.rowActions(row, reload)}
                    </Group>
                  </Table.Td>
                )}
              </Table.Tr>
            ))}
            {data !== undefined && rows.length === 0 && (
              <Table.Tr>
                <Table.Td colSpan={width}>
                  <Text ta="center" py="xl" c="dimmed" component="div">
                    {searching ? 'Nothing matches. Change or clear the search.' : props.empty}
                  </Text>
                </Table.Td>
              </Table.Tr>
            )}
          </Table.Tbody>
        </Table>
      </div>
      <Pager answer={data} query={query} change={change} />
    </Stack>
  );
}

function SortableHeader<T>(props: {
  column: Column<T>;
  query: ListQuery;
  onSort: (sort: string, descending: boolean) => void;
}) {
  const { column, query } = props;
  if (column.sort === undefined) return <Table.Th>{column.title}</Table.Th>;
  const active = query.sort === column.sort;
  return (
    <Table.Th aria-sort={active ? (query.descending ? 'descending' : 'ascending') : 'none'}>
      <UnstyledButton
        fz="sm"
        fw={700}
        onClick={() => props.onSort(column.sort!, active && !query.descending)}
      >
        {column.title}
        {active && (query.descending ? <IconArrowDown size={14} /> : <IconArrowUp size={14} />)}
      </UnstyledButton>
    </Table.Th>
  );
}

function SearchBox({ value, onSearch }: { value: string; onSearch: (value: string) => void }) {
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);
  const search = useDebouncedCallback(onSearch, 250);
  return (
    <TextInput
      type="search"
      label="Search"
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

function FilterBox({
  label,
  value,
  onChange,
}: {
  label: string;
  value: string;
  onChange: (value: string) => void;
}) {
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);
  const change = useDebouncedCallback(onChange, 300);
  return (
    <TextInput
      label={label}
      value={text}
      onChange={(event) => {
        setText(event.currentTarget.value);
        change(event.currentTarget.value);
      }}
    />
  );
}

function useColumns<T>(name: string, columns: Column<T>[]): [string[], (ids: string[]) => void] {
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

function ColumnChooser<T>(props: {
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

function SkeletonRows({ width }: { width: number }) {
  return Array.from({ length: 6 }, (_, row) => `skeleton-${row}`).map((key) => (
    <Table.Tr key={key}>
      <Table.Td colSpan={width}>
        <Skeleton height={20} />
      </Table.Td>
    </Table.Tr>
  ));
}

function Pager<T>(props: {
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
