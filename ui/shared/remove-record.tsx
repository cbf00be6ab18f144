import { type ReactNode, useState } from 'react';
import type { Read } from './api.ts';
import { Confirm } from './confirm.tsx';
import { type Field, type FormValues, readingOf } from './record-form.tsx';
import { same } from './three-way.ts';
import { useLoaded } from './use-loaded.ts';

/** What is to be known of a resource before one of them is deleted. */
export interface Removable<T> {
  name: string;
  noun: string;
  rowKey: (row: T) => string;
  rowName: (row: T) => string;
  read: (row: T, signal: AbortSignal) => Promise<Read<T>>;
  remove: (row: T, ifMatch: Read<T>['ifMatch']) => Promise<unknown>;
  /** What else goes with it. */
  removeWarning: (row: T) => ReactNode;
  /** To name what another changed. */
  fields: (row: T) => Field[];
  toForm: (row: T) => FormValues;
}

interface RemoveProps<T> {
  page: Removable<T>;
  row: T;
  onClose: () => void;
  onRemoved: () => void;
}

/** Asks before a record is deleted; when another changed it meanwhile, tells what before it asks again. */
export function RemoveRecord<T>(props: RemoveProps<T>) {
  const { page, row } = props;
  const key = `remove ${page.name} ${page.rowKey(row)}`;
  const { data, error } = useLoaded(key, (signal) => page.read(row, signal));
  if (data === undefined && error === undefined) return null;
  return <RemoveQuestion {...props} read={data} problem={error} />;
}

function RemoveQuestion<T>(
  props: RemoveProps<T> & { read: Read<T> | undefined; problem: Error | undefined },
) {
  const { page } = props;
  const [read, setRead] = useState(props.read);
  const row = read?.value ?? props.row;
  return (
    <Confirm
      title={`Delete ${page.rowName(row)}?`}
      action={`Delete ${page.noun}`}
      onClose={props.onClose}
      onOvertaken={async () => {
        const now = await page.read(row, new AbortController().signal);
        setRead(now);
        return (
          <WhatChanged fields={page.fields(now.value)} from={page.toForm(row)} to={page.toForm(now.value)} />
        );
      }}
      onConfirm={async () => {
        if (read === undefined) throw props.problem;
        await page.remove(read.value, read.ifMatch);
        props.onRemoved();
      }}
    >
      {page.removeWarning(row)}
    </Confirm>
  );
}

/** What another changed in a record that is about to be deleted. */
function WhatChanged(props: { fields: Field[]; from: FormValues; to: FormValues }) {
  const changed = props.fields.filter(
    ({ name, kind }) => kind !== 'password' && !same(props.from[name], props.to[name]),
  );
  return (
    <ul>
      {changed.map((field) => {
        const { label, show } = readingOf(props.fields, field.name);
        return (
          <li key={field.name}>
            {label}: {show(props.to[field.name] ?? null)} (was: {show(props.from[field.name] ?? null)})
          </li>
        );
      })}
      {changed.length === 0 && <li>What you see here is unchanged.</li>}
    </ul>
  );
}
