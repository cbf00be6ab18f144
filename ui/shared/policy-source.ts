import type { Source } from './source-badge.tsx';

/** What said something about a person, as the API names it. */
interface SaidBy {
  kind: 'initial' | 'user' | 'group_policy';
  group_policy_id: number | null;
  group_policy_name: string;
  status: 'defined' | 'final' | null;
}

/** For a `SourceBadge`; `verb` is what was done, e.g. `Added`. */
export function policySource(by: SaidBy, verb: string): Source {
  if (by.kind === 'initial') return { words: 'Default' };
  if (by.kind === 'user') return { words: `${verb} directly` };
  return {
    words: `${verb} by the group policy`,
    of: { name: by.group_policy_name, to: `/group-policies/${by.group_policy_id}` },
    note: by.status === 'final' ? 'final' : undefined,
  };
}
