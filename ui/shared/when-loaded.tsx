import { Loader } from '@mantine/core';
import type { ReactNode } from 'react';
import { Refusal } from './refusal.tsx';
import type { Loaded } from './use-loaded.ts';

/** Shows what was loaded once it is there. When loading it again fails, it stays, with the reason above it. */
export function WhenLoaded<T>(props: { loaded: Loaded<T>; children: (data: T) => ReactNode }) {
  const { data, error } = props.loaded;
  return (
    <>
      {error !== undefined && <Refusal error={error} />}
      {data === undefined && error === undefined && <Loader aria-label="Loading" />}
      {data !== undefined && props.children(data)}
    </>
  );
}
