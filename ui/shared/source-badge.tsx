import { Anchor, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { Link } from 'react-router';
import { useSession } from './signed-in.tsx';

/** Where something that holds for a person or a session comes from. */
export interface Source {
  /** In words, e.g. `Own value`, `Default` or `From the group policy`. */
  words: string;
  /** What it comes from, with the page where it can be changed. */
  of?: { name: string; to: string };
  /** Said after it, e.g. `final`. */
  note?: string | undefined;
}

/** Tells where a value comes from and leads those who may change it to the place where it can be changed. */
export function SourceBadge({ source, children }: { source: Source; children?: ReactNode }) {
  const { me } = useSession();
  return (
    <Text size="xs" c="dimmed" component="span">
      {source.words}
      {source.of !== undefined && (
        <>
          {' '}
          {me.perm_admin ? (
            <Anchor component={Link} to={source.of.to} size="xs" underline="always">
              {source.of.name}
            </Anchor>
          ) : (
            source.of.name
          )}
        </>
      )}
      {source.note !== undefined && ` (${source.note})`}
      {children}
    </Text>
  );
}
