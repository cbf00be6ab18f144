import { Select } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useState } from 'react';
import type { Choice } from './choices.ts';
import { useLoaded } from './use-loaded.ts';

export interface SearchPickerProps {
  label: string;
  value: number | null;
  onChange: (id: number | null) => void;
  /** Not offered, because they are there already. */
  except?: readonly number[];
  disabled?: boolean;
  error?: string | undefined;
  description?: string;
  required?: boolean;
  /** What `value` is called at first, where it was not picked here. */
  initial?: Choice | undefined;
}

/** Picks one thing by any part of its name; the server searches, so that many are as quick as few. */
export function SearchPicker(
  props: SearchPickerProps & {
    /** Remembers what was found. */
    name: string;
    find: (search: string, signal: AbortSignal) => Promise<Choice[]>;
    nothingFound: string;
  },
) {
  const [text, setText] = useState('');
  const [search] = useDebouncedValue(text, 200);
  const [picked, setPicked] = useState(props.initial);
  // The name of what is picked stands in the box; looking for it would find itself alone.
  const looking = picked?.label === search ? '' : search;
  const { data, error } = useLoaded(`${props.name} ${looking}`, (signal) => props.find(looking, signal));
  const found = (data ?? []).filter(({ value }) => !props.except?.includes(Number(value)));
  // The picked one stays an option whatever is looked for next, or the box would lose its name.
  const shown =
    picked === undefined || found.some(({ value }) => value === picked.value) ? found : [picked, ...found];
  return (
    <Select
      label={props.label}
      description={props.description}
      withAsterisk={props.required ?? false}
      placeholder="Type part of a name"
      searchable
      clearable
      disabled={props.disabled ?? false}
      error={props.error ?? error?.message}
      nothingFoundMessage={data === undefined ? 'Looking…' : props.nothingFound}
      data={shown}
      // What is offered has been found by the server already, by more than the label.
      filter={({ options }) => options}
      searchValue={text}
      onSearchChange={setText}
      value={props.value === null ? null : String(props.value)}
      onChange={(value) => {
        setPicked(value === null ? undefined : shown.find((choice) => choice.value === value));
        props.onChange(value === null ? null : Number(value));
      }}
    />
  );
}
