import type { Choice } from '../../shared/choices.ts';
import type { Filter } from '../../shared/list-controls.tsx';
import type { Field } from '../../shared/record-form.tsx';

/** Fields that canned messages and canned scripts have alike. */
export function cannedFields(teams: Choice[]): Field[] {
  return [
    {
      name: 'categories',
      label: 'Categories',
      kind: 'list',
      help: 'A slash makes a subcategory. Press Enter after each.',
    },
    {
      name: 'team_ids',
      label: 'Teams whose members may use it',
      kind: 'choices',
      numeric: true,
      options: teams,
      help: 'None is everybody.',
    },
  ];
}

/** What both are looked for by, beside their name. */
export function cannedFilters(teams: Choice[]): Filter[] {
  return [
    { name: 'category', label: 'Category is' },
    { name: 'team_id', label: 'Team', options: teams },
  ];
}

/** The teams of these ids by name; none is everybody. */
export function offeredTo(teamIds: number[], teams: Choice[]): string {
  if (teamIds.length === 0) return 'everybody';
  return teamIds
    .map((id) => teams.find(({ value }) => value === String(id))?.label ?? `Team ${id}`)
    .join(', ');
}
