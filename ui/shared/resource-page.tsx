import { Button, Drawer } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { type ReactNode, useState } from 'react';
import type { Read } from './api.ts';
import type { Column, Filter, ListAnswer, ListQuery } from './list-controls.tsx';
import { ListPage } from './list-page.tsx';
import { type Field, type FormValues, RecordForm } from './record-form.tsx';
import { RemoveRecord } from './remove-record.tsx';
import { useChangedList } from './use-changed-list.ts';
import { useLoaded } from './use-loaded.ts';
import { useOpenedByAddress } from './use-opened-by-address.ts';
import { useRevision } from './use-revision.ts';
import { mayLeave } from './warn-before-leaving.ts';
import { WhenLoaded } from './when-loaded.tsx';

export interface ResourcePageProps<T> {
  name: string;
  title: string;
  /** What one of them is called, e.g. `Jump Group`. */
  noun: string;
  help?: ReactNode;
  empty: ReactNode;
  columns: Column<T>[];
  filters?: Filter[];
  searchable?: boolean;
  everyMs?: number;
  rowKey: (row: T) => string;
  rowName: (row: T) => string;
  load: (query: ListQuery, signal: AbortSignal) => Promise<ListAnswer<T>>;
  /** The record as it is now: what is edited or deleted, rather than the row of a list that may be old. */
  read: (row: T, signal: AbortSignal) => Promise<Read<T>>;
  fields: (row: T | undefined) => Field[];
  defaults: FormValues;
  toForm: (row: T) => FormValues;
  create: (values: FormValues) => Promise<unknown>;
  update: (row: T, values: FormValues, ifMatch: Read<T>['ifMatch']) => Promise<unknown>;
  remove: (row: T, ifMatch: Read<T>['ifMatch']) => Promise<unknown>;
  /** What else goes when this one is deleted. */
  removeWarning: (row: T) => ReactNode;
  /** Why this one cannot be changed or deleted, e.g. because it is built in. */
  readOnly?: (row: T) => string | undefined;
  /** False for those that may be changed and not deleted. */
  removable?: (row: T) => boolean;
  /** More beneath the form of an existing record, e.g. its members. */
  details?: (row: T, reload: () => void) => ReactNode;
  actions?: (reload: () => void) => ReactNode;
  rowActions?: (row: T, reload: () => void) => ReactNode;
}

type Open<T> = { kind: 'create' } | { kind: 'edit'; row: T } | { kind: 'remove'; row: T } | undefined;

/** The usual screen of one resource: its list, a drawer to create and change, a question before it is deleted. */
export function ResourcePage<T>(props: ResourcePageProps<T>) {
  const [open, setOpen] = useState<Open<T>>();
  const { list, changed } = useChangedList();
  const reload = () => changed();
  const close = () => setOpen(undefined);
  useOpenedByAddress(
    // To be read, an entry need only be known by its id.
    async (id, signal) => (await props.read({ id } as unknown as T, signal)).value,
    (row) => setOpen({ kind: 'edit', row }),
  );
  const done = (message: string) => {
    close();
    changed(message.charAt(0).toUpperCase() + message.slice(1));
  };

  return (
    <>
      <ListPage<T>
        name={props.name}
        title={props.title}
        help={props.help}
        empty={props.empty}
        columns={props.columns}
        rowKey={props.rowKey}
        load={props.load}
        {...list}
        {...(props.everyMs === undefined ? {} : { everyMs: props.everyMs })}
        {...(props.filters === undefined ? {} : { filters: props.filters })}
        {...(props.searchable === undefined ? {} : { searchable: props.searchable })}
        onRow={(row) => setOpen({ kind: 'edit', row })}
        actions={
          <>
            {props.actions?.(reload)}
            <Button leftSection={<IconPlus size={16} />} onClick={() => setOpen({ kind: 'create' })}>
              New {props.noun}
            </Button>
          </>
        }
        rowActions={(row) => (
          <>
            {props.rowActions?.(row, reload)}
            {props.readOnly?.(row) === undefined && (props.removable?.(row) ?? true) && (
              <Button
                size="compact-xs"
                variant="subtle"
                color="red"
                aria-label={`Delete ${props.rowName(row)}`}
                onClick={() => setOpen({ kind: 'remove', row })}
              >
                Delete
              </Button>
            )}
          </>
        )}
      />
      <Drawer
        opened={open?.kind === 'create' || open?.kind === 'edit'}
        onClose={() => mayLeave() && close()}
        position="right"
        size="lg"
        closeOnClickOutside={false}
        title={open?.kind === 'edit' ? props.rowName(open.row) : `New ${props.noun}`}
      >
        {open?.kind === 'create' && (
          <RecordForm
            fields={props.fields(undefined)}
            initial={props.defaults}
            saveLabel="Create"
            onCancel={close}
            onSave={async (values) => {
              await props.create(values);
              done(`${props.noun} created`);
            }}
          />
        )}
        {open?.kind === 'edit' && (
          <EditRecord
            key={props.rowKey(open.row)}
            page={props}
            row={open.row}
            onCancel={close}
            onSaved={() => done(`${props.noun} saved`)}
          />
        )}
      </Drawer>
      {open?.kind === 'remove' && (
        <RemoveRecord<T>
          page={props}
          row={open.row}
          onClose={close}
          onRemoved={() => done(`${props.noun} deleted`)}
        />
      )}
    </>
  );
}

interface RecordProps<T> {
  page: ResourcePageProps<T>;
  row: T;
}

function EditRecord<T>(props: RecordProps<T> & { onCancel: () => void; onSaved: () => void }) {
  const { page, row } = props;
  const loaded = useLoaded(`${page.name} ${page.rowKey(row)}`, (signal) => page.read(row, signal));
  return (
    <WhenLoaded loaded={loaded}>
      {(read) => (
        <>
          <EditForm {...props} key={read.ifMatch['If-Match']} read={read} />
          {props.page.details?.(read.value, loaded.reload)}
        </>
      )}
    </WhenLoaded>
  );
}

function EditForm<T>(props: RecordProps<T> & { read: Read<T>; onCancel: () => void; onSaved: () => void }) {
  const { page, row } = props;
  const revision = useRevision(props.read, (signal) => page.read(row, signal));
  return (
    <RecordForm
      fields={page.fields(props.read.value)}
      initial={page.toForm(props.read.value)}
      readOnly={page.readOnly?.(props.read.value)}
      onCancel={props.onCancel}
      onOvertaken={revision.newer(page.toForm)}
      onSave={async (values) => {
        await page.update(revision.current.value, values, revision.current.ifMatch);
        props.onSaved();
      }}
    />
  );
}

/** Values of a form as a request body of the contract, whose own checks are the API's. */
export function bodyOf<T>(values: Record<string, unknown>): T {
  return values as unknown as T;
}
