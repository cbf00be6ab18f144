import { Button, Group, MultiSelect, Radio, Stack, TagsInput, Text, Title } from '@mantine/core';
import { type Choice, useJumpGroupChoices } from '../../shared/choices.ts';
import { plainly, type Reading } from '../../shared/conflict-dialog.tsx';
import { Refusal } from '../../shared/refusal.tsx';
import { type Newer, useEditing } from '../../shared/use-editing.tsx';
import { type AssociationValues, FILTER_LABELS, PATTERN_FIELDS } from './association-values.ts';
import { ListedJumpItems } from './listed-jump-items.tsx';

const FILTER_HELP: Record<AssociationValues['filter_type'], string> = {
  inherit: 'Whatever the group of this account is for.',
  any_jump_items: 'Offered wherever it can be used, also for systems that are not saved.',
  no_jump_items: 'Never offered for a session. It may still be checked out.',
  criteria: 'Those listed one by one, and those that fit every list that is not empty.',
};

/** Fields of the API that have a box of their own. */
const FIELDS = [
  'criteria.shared_jump_groups',
  'jump_items',
  ...PATTERN_FIELDS.map(({ name }) => `criteria.${name}`),
];

/** For which Jump Items an account, or the accounts of a group, are offered. */
export function AssociationEditor(props: {
  initial: AssociationValues;
  /** An account may leave it to its group; this is the name of that group. */
  inheritsFrom?: string;
  onSave: (values: AssociationValues) => Promise<void>;
  onOvertaken: () => Promise<Newer<AssociationValues>>;
}) {
  const groups = useJumpGroupChoices();
  const { values, change, changed, error, busy, save, conflict } = useEditing<AssociationValues>({
    initial: props.initial,
    onSave: props.onSave,
    onOvertaken: props.onOvertaken,
    reading: (name) => readingOf(name, (id) => groups.find(({ value }) => value === String(id))?.label),
  });
  const filters = Object.keys(FILTER_LABELS) as AssociationValues['filter_type'][];
  // The API names an entry of a list by its place, e.g. `criteria.tag.0`; the form has one box for the list.
  const problems = Object.entries(error?.fields ?? {});
  const at = (field: string) => (name: string) => name === field || name.startsWith(`${field}.`);
  const problem = (field: string) =>
    problems.flatMap(([name, sentences]) => (at(field)(name) ? sentences : [])).join(' ') || undefined;
  const elsewhere = problems.filter(([name]) => !FIELDS.some((field) => at(field)(name)));
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      <Stack maw={720}>
        {conflict}
        {error !== undefined && (
          <Refusal error={error}>
            {elsewhere.map(([name, sentences]) => (
              <div key={name}>{sentences.join(' ')}</div>
            ))}
          </Refusal>
        )}
        <Radio.Group
          label="May be injected into"
          value={values.filter_type}
          onChange={(next) => change({ filter_type: next as AssociationValues['filter_type'] })}
        >
          <Stack gap="xs" mt="xs">
            {filters
              .filter((filter) => filter !== 'inherit' || props.inheritsFrom !== undefined)
              .map((filter) => (
                <Radio
                  key={filter}
                  value={filter}
                  label={FILTER_LABELS[filter]}
                  description={
                    filter === 'inherit' ? `Whatever ${props.inheritsFrom} is for.` : FILTER_HELP[filter]
                  }
                />
              ))}
          </Stack>
        </Radio.Group>
        {values.filter_type === 'criteria' && (
          <>
            <Title order={3} size="h5">
              Criteria
            </Title>
            <Text size="sm" c="dimmed">
              A pattern is a whole text, or has a star at its beginning, its end or both: web-1, web*,
              *.example.com, *database*. Small and capital letters are alike. Press Enter after each.
            </Text>
            <MultiSelect
              label="Jump Groups"
              description="The Jump Item is in one of them."
              data={withUnseen(groups, values.shared_jump_groups)}
              searchable
              clearable
              value={values.shared_jump_groups.map(String)}
              onChange={(next) => change({ shared_jump_groups: next.map(Number) })}
              error={problem('criteria.shared_jump_groups')}
            />
            {PATTERN_FIELDS.map(({ name, label }) => (
              <TagsInput
                key={name}
                label={label}
                value={values[name]}
                onChange={(next) => change({ [name]: next })}
                maxTags={32}
                error={problem(`criteria.${name}`)}
              />
            ))}
            <ListedJumpItems
              items={values.jump_items}
              onChange={(jump_items) => change({ jump_items })}
              error={problem('jump_items')}
            />
          </>
        )}
        <Group justify="flex-end">
          <Button type="submit" loading={busy} disabled={!changed}>
            Save
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

/** Jump Groups that this person does not see keep their place, by number. */
function withUnseen(groups: Choice[], ids: readonly number[]): Choice[] {
  const unseen = ids.filter((id) => !groups.some(({ value }) => value === String(id)));
  return [...groups, ...unseen.map((id) => ({ value: String(id), label: `Jump Group ${id}` }))];
}

function readingOf(name: string, groupNamed: (id: number) => string | undefined): Reading {
  switch (name) {
    case 'filter_type':
      return {
        label: 'May be injected into',
        show: (value) => FILTER_LABELS[value as AssociationValues['filter_type']],
      };
    case 'shared_jump_groups':
      return {
        label: 'Jump Groups',
        show: (value) => plainly((value as number[]).map((id) => groupNamed(id) ?? `Jump Group ${id}`)),
      };
    case 'jump_items':
      return {
        label: 'Jump Items listed one by one',
        show: (value) => `${(value as unknown[]).length}`,
      };
    default:
      return { label: PATTERN_FIELDS.find((field) => field.name === name)?.label ?? name, show: plainly };
  }
}
