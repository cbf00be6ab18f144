import { expect, it } from 'vitest';
import {
  formOf,
  PROVIDER_LABELS,
  type ProviderType,
} from '../../ui/login/directory/security-provider-fields.ts';

it.each(Object.keys(PROVIDER_LABELS) as ProviderType[])('shows each heading of %s once', (type) => {
  const headings = formOf(type, []).fields.map((field) => field.section);
  const shown = headings.filter((heading, index) => heading !== headings[index - 1]);
  expect(shown).toEqual([...new Set(shown)]);
});
