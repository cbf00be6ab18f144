import { Alert, Button } from '@mantine/core';
import type { ReactNode } from 'react';
import { ApiError } from './api.ts';

/** A refusal in its own words. Where somebody else was quicker, it also leads to what is there now. */
export function Refusal(props: { error: Error; onNewer?: (() => void) | undefined; children?: ReactNode }) {
  const overtaken = props.error instanceof ApiError && props.error.status === 412;
  return (
    <Alert color="red" role="alert">
      {props.error.message}
      {props.children}
      {overtaken && props.onNewer !== undefined && (
        <>
          {' '}
          <Button size="xs" variant="light" color="red" onClick={props.onNewer}>
            Load the newer state
          </Button>
        </>
      )}
    </Alert>
  );
}
