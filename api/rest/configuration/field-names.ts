import type { Fields, Value } from '../../../appliance/configuration/configuration-document.ts';
import { ApplianceError, type FieldErrors } from '../../../appliance/errors.ts';
import { RequestRefusal } from '../../contract/request-refusal.ts';
import type { Answer, References } from './contract-type.ts';

/** Stands for an id while the rest of a request is checked. */
const SOME_ID = 1000;

export function isFields(value: Value | undefined): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A request with some id where a name stands: enough to see whether the rest is well formed. */
export function withPlaceholders(fields: Fields, references: References): Answer {
  const wire = structuredClone(fields) as Answer;
  for (const [name, { as, words, keyed }] of Object.entries(references)) {
    const value = fields[as];
    if (value === undefined) continue;
    delete wire[as];
    const one = (entry: Value): Value => {
      if (typeof entry === 'string') return words?.includes(entry) || keyed === true ? entry : SOME_ID;
      if (isFields(entry)) return structuredClone(entry);
      throw refusedField(as, `${as} must be a name.`);
    };
    if (Array.isArray(value)) wire[name] = [...new Set((value as Value[]).map(one))];
    else if (value !== null) wire[name] = one(value);
  }
  return wire;
}

/** The failure with fields called as files call them. Anything but a refusal is passed on. */
export function withFileNames(error: unknown, references: References, prefix = ''): unknown {
  if (!(error instanceof ApplianceError) && !(error instanceof RequestRefusal)) return error;
  const fields: FieldErrors = {};
  for (const [path, sentences] of Object.entries(error.fields ?? {})) {
    const [first = '', ...rest] = path.split('.');
    const name = references[first]?.as ?? first;
    fields[prefix + [name, ...rest].join('.')] = sentences.map((text) =>
      text.replaceAll(first || /$^/g, name),
    );
  }
  const named = Object.keys(fields).length > 0;
  const message = named ? Object.values(fields).flat().join(' ') : error.message;
  const code = error instanceof ApplianceError ? error.code : 'invalid';
  return new ApplianceError(code, message, { ...(named && { fields }), cause: error });
}

export function refusedField(field: string, sentence: string): RequestRefusal {
  return new RequestRefusal(422, sentence, { [field]: [sentence] });
}
