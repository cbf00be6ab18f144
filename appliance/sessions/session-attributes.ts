import { invalidField } from '../errors.ts';
import type { Sessions } from './sessions.ts';
import { ATTRIBUTE_LENGTH, ATTRIBUTES_BYTES, EXTERNAL_KEY_LENGTH } from './support-session.ts';

/** Code name to value; null removes. */
export type AttributeChanges = Readonly<Record<string, string | null>>;

export function checkExternalKey(externalKey: string): void {
  if (externalKey.length > EXTERNAL_KEY_LENGTH) {
    throw invalidField('external_key', `An external key has at most ${EXTERNAL_KEY_LENGTH} characters.`);
  }
  if (externalKey.includes('\0')) throw invalidField('external_key', 'NUL characters are not allowed.');
}

/**
 * The changes under the code names as they are configured. Fails with `invalid` for attributes that are not configured,
 * values past 1024 characters, and more than 10 KB in all, what the session has already included.
 */
export async function checkedAttributes(
  sessions: Sessions,
  changes: AttributeChanges,
  present: ReadonlyMap<string, string>,
): Promise<Map<string, string | null>> {
  const names = Object.keys(changes);
  if (names.length === 0) return new Map();
  const known = await sessions.knownAttributes(names);
  const checked = new Map<string, string | null>();
  const after = new Map(present);
  for (const [name, value] of Object.entries(changes)) {
    const attribute = known.get(name.toLowerCase());
    if (!attribute)
      throw invalidField(`custom_attributes.${name}`, `There is no custom session attribute “${name}”.`);
    if (value !== null && value.length > ATTRIBUTE_LENGTH) {
      throw invalidField(
        `custom_attributes.${name}`,
        `A custom attribute has at most ${ATTRIBUTE_LENGTH} characters.`,
      );
    }
    if (value?.includes('\0'))
      throw invalidField(`custom_attributes.${name}`, 'NUL characters are not allowed.');
    checked.set(attribute.codeName, value);
    if (value === null) after.delete(attribute.codeName);
    else after.set(attribute.codeName, value);
  }
  let bytes = 0;
  for (const value of after.values()) bytes += Buffer.byteLength(value);
  if (bytes > ATTRIBUTES_BYTES) {
    throw invalidField(
      'custom_attributes',
      `The custom attributes of a session hold at most ${ATTRIBUTES_BYTES} bytes.`,
    );
  }
  return checked;
}
