import type { Schema } from './api.ts';
import type { Source } from './source-badge.tsx';

/** What said something about a person, for a `SourceBadge`; `verb` is what was done, e.g. `Added`. */
export function policySource(by: Schema<'AccessSource'>, verb: string): Source {
  if (by.kind === 'initial') return { words: 'Default' };
  if (by.kind === 'user') return { words: `${verb} directly` };
  return {
    words: `${verb} by the group policy`,
    of: { name: by.name, to: `/group-policies/${by.id}` },
    note: by.status === 'final' ? 'final' : undefined,
  };
}
