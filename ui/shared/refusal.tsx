import { Alert } from '@mantine/core';
import type { ReactNode } from 'react';

/** A refusal in its own words. */
export function Refusal(props: { error: Error; children?: ReactNode }) {
  return (
    <Alert color="red" role="alert">
      {props.error.message}
      {props.children}
    </Alert>
  );
}
