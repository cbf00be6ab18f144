/** What arrived over a program's socket is not what the protocol says. The message names the field. */
export class ProtocolError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'ProtocolError';
  }
}

export type WireObject = Record<string, unknown>;

/** Parses one JSON text message of at most `maxBytes` bytes; anything but an object is refused. */
export function wireObject(text: string | Buffer, maxBytes: number): WireObject {
  if (Buffer.byteLength(text) > maxBytes)
    throw new ProtocolError(`A message has more than ${maxBytes} bytes.`);
  let value: unknown;
  try {
    value = JSON.parse(String(text));
  } catch {
    throw new ProtocolError('A message is no JSON.');
  }
  return asObject(value, 'message');
}

export function asObject(value: unknown, field: string): WireObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new ProtocolError(`${field}: an object is needed.`);
  return value as WireObject;
}

/** A string of at most `max` characters without NUL. */
export function textField(object: WireObject, field: string, max: number): string {
  const value = object[field];
  if (typeof value !== 'string') throw new ProtocolError(`${field}: text is needed.`);
  if (value.length > max) throw new ProtocolError(`${field}: has more than ${max} characters.`);
  if (value.includes('\0')) throw new ProtocolError(`${field}: holds a NUL character.`);
  return value;
}

export function requiredText(object: WireObject, field: string, max: number): string {
  const value = textField(object, field, max);
  if (!value) throw new ProtocolError(`${field}: must not be empty.`);
  return value;
}

export function wholeField(object: WireObject, field: string, min: number, max: number): number {
  const value = object[field];
  if (typeof value !== 'number' || !Number.isInteger(value) || value < min || value > max)
    throw new ProtocolError(`${field}: a whole number from ${min} to ${max} is needed.`);
  return value;
}

export function wordField<Word extends string>(
  object: WireObject,
  field: string,
  words: readonly Word[],
): Word {
  const value = object[field];
  const word = words.find((candidate) => candidate === value);
  if (word === undefined) throw new ProtocolError(`${field}: must be one of ${words.join(', ')}.`);
  return word;
}

export function flagField(object: WireObject, field: string): boolean {
  const value = object[field];
  if (typeof value !== 'boolean') throw new ProtocolError(`${field}: true or false is needed.`);
  return value;
}

export function listField<T>(
  object: WireObject,
  field: string,
  max: number,
  item: (value: unknown) => T,
): T[] {
  const value = object[field];
  if (!Array.isArray(value)) throw new ProtocolError(`${field}: a list is needed.`);
  if (value.length > max) throw new ProtocolError(`${field}: has more than ${max} entries.`);
  return value.map(item);
}

export function textListField(object: WireObject, field: string, max: number, maxLength: number): string[] {
  return listField(object, field, max, (value) => textField({ [field]: value }, field, maxLength));
}

/** Exactly `bytes` bytes written in base64. */
export function base64Field(object: WireObject, field: string, bytes: number): string {
  const value = textField(object, field, Math.ceil(bytes / 3) * 4);
  const decoded = Buffer.from(value, 'base64');
  if (decoded.length !== bytes || decoded.toString('base64') !== value)
    throw new ProtocolError(`${field}: ${bytes} bytes in base64 are needed.`);
  return value;
}

/** Reads a member that may be left out (or undefined), so that it can be spread into the result. */
export function optional<Name extends string, T>(
  object: WireObject,
  field: Name,
  read: (object: WireObject, field: Name) => T,
): { [name in Name]?: T } {
  if (object[field] === undefined) return {};
  return { [field]: read(object, field) } as { [name in Name]?: T };
}

export function urlField(object: WireObject, field: string, protocols: readonly string[]): string {
  const text = requiredText(object, field, 2048);
  if (!URL.canParse(text) || !protocols.includes(new URL(text).protocol))
    throw new ProtocolError(`${field}: a URL of kind ${protocols.join(' or ')} is needed.`);
  return text;
}

export function urlListField(object: WireObject, field: string): string[] {
  return listField(object, field, 32, (value) => urlField({ [field]: value }, field, ['http:', 'https:']));
}

export function unknownType(message: WireObject): ProtocolError {
  return new ProtocolError(`t: ${JSON.stringify(String(message.t)).slice(0, 64)} is no known message.`);
}
