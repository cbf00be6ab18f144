import type { Field } from './record-form.tsx';

/** Fields that many resources have alike. */
export const NAME: Field = { name: 'name', label: 'Name', kind: 'text', required: true, maxLength: 255 };

export const CODE_NAME: Field = {
  name: 'code_name',
  label: 'Code name',
  kind: 'text',
  maxLength: 64,
  help: 'Used by imports and scripts. Made from the name when blank.',
};

export const COMMENTS: Field = { name: 'comments', label: 'Comments', kind: 'textarea', maxLength: 4096 };

export const DESCRIPTION: Field = {
  name: 'description',
  label: 'Description',
  kind: 'textarea',
  maxLength: 1024,
};
