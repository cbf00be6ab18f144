import { Button } from '@mantine/core';
import { Link } from 'react-router';
import { addressOf, type Question } from './question.ts';

/** From one line of a list to the explanation of its answer. */
export function WhyLink({ of, ...asked }: Pick<Question, 'user' | 'action' | 'about'> & { of: string }) {
  const address = addressOf({
    ...asked,
    destination: undefined,
    at: undefined,
    present: false,
    override: false,
    ticket: '',
    changes: [],
  });
  return (
    <Button
      size="compact-xs"
      variant="subtle"
      component={Link}
      aria-label={`Why: ${of}`}
      to={`/access?${new URLSearchParams(address)}`}
    >
      Why
    </Button>
  );
}
