import {
  Alert,
  Button,
  Checkbox,
  Group,
  Skeleton,
  Stack,
  Table,
  Text,
  Title,
  UnstyledButton,
} from '@mantine/core';
import { IconArrowDown, IconArrowUp, IconX } from '@tabler/icons-react';
import { type ReactNode, useEffect, useState } from 'react';
import { useKeptView } from './kept-view.ts';
import {
  type Column,
  ColumnChooser,
  type Filter,
  Filters,
  type ListAnswer,
  type ListQuery,
  Pager,
  SearchBox,
  useColumns,
} from './list-controls.tsx';
import { useLoaded } from './use-loaded.ts';

export interface ListPageProps<T> {
  /** Remembers the chosen columns under this name. */
  name: string;
  title: string;
  /** Of its heading; 2 within a page that has a heading of its own. */
  level?: 1 | 2;
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
  /** Told whenever the list shows what was asked for last, this version of it. */
  onShown?: () => void;
}

/** A list whose search, filters, sort and page stand in the address, so that a link shows the same rows. */
export function ListPage<T>(props: ListPageProps<T>) {
  const [chosen, choose] = useColumns(props.name, props.columns);
  const [selected, setSelected] = useState<Map<string, T>>(new Map());
  const filterNames = (props.filters ?? []).map((filter) => filter.name);
  const [parameters, change] = useKeptView(props.name, ['search', 'sort', 'order', ...filterNames]);
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
  const key = `${props.name} ${JSON.stringify(query)} ${props.version ?? 0}`;
  const { data, error, loading, settled, reload } = useLoaded(
    key,
    (signal) => props.load(query, signal),
    props.everyMs,
  );
  const { onShown } = props;
  // biome-ignore lint/correctness/useExhaustiveDependencies: told for every key.
  useEffect(() => {
    if (settled) onShown?.();
  }, [settled, key, onShown]);

  const columns = props.columns.filter((column) => chosen.includes(column.id));
  const rows = data?.items ?? [];
  const searching = query.search !== '' || Object.keys(query.filters).length > 0;
  const beyond = data !== undefined && data.total !== 0 ? pageBefore(query.page, data.lastPage) : undefined;
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
        <Title order={props.level ?? 1} size={props.level === 2 ? 'h4' : 'h2'}>
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
        <Filters filters={props.filters ?? []} values={query.filters} change={change} />
        {searching && (
          <Button
            variant="subtle"
            size="xs"
            leftSection={<IconX size={14} aria-hidden />}
            onClick={() =>
              change(Object.fromEntries(['search', ...filterNames].map((name) => [name, undefined])))
            }
          >
            Clear filters
          </Button>
        )}
        <ColumnChooser columns={props.columns} chosen={chosen} choose={choose} />
        <Text size="sm" c="dimmed" aria-live="polite" ml="auto">
          {data?.total === undefined
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
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard. */}
      <section className="list-table" aria-label={props.title} tabIndex={0}>
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
                    {beyond !== undefined ? (
                      <>
                        There is no page {query.page.toLocaleString()} (any more).{' '}
                        <Button
                          size="xs"
                          variant="light"
                          onClick={() => change({ page: String(beyond) }, true)}
                        >
                          Go to the last page
                        </Button>
                      </>
                    ) : searching ? (
                      'Nothing matches. Change or clear the search.'
                    ) : (
                      props.empty
                    )}
                  </Text>
                </Table.Td>
              </Table.Tr>
            )}
          </Table.Tbody>
        </Table>
      </section>
      <Pager answer={data} query={query} change={change} />
    </Stack>
  );
}

/** The last page, when this one is behind it: somebody deleted what stood here, or a link is old. */
function pageBefore(page: number, lastPage: number | undefined): number | undefined {
  return lastPage !== undefined && page > lastPage ? lastPage : undefined;
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

function SkeletonRows({ width }: { width: number }) {
  return Array.from({ length: 6 }, (_, row) => `skeleton-${row}`).map((key) => (
    <Table.Tr key={key}>
      <Table.Td colSpan={width}>
        <Skeleton height={20} />
      </Table.Td>
    </Table.Tr>
  ));
}
