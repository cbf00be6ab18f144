import { Code } from '@mantine/core';

/** A fingerprint of a key, whole: people compare it letter by letter. */
export function Fingerprint({ text }: { text: string }) {
  return <Code style={{ overflowWrap: 'anywhere' }}>{text}</Code>;
}
