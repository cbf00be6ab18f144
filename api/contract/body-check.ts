import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import type { ValidateFunction } from 'ajv';
import type { ContractDocument, ContractOperation, JsonSchema } from './contract-document.ts';
import { invalidValues, RequestRefusal, unknownName } from './request-refusal.ts';
import { dropNulls, namesOf, requestSchema, responseOnlyNamesOf } from './request-schema.ts';
import { fieldOf, sentencesOf } from './sentences.ts';
import { textProblem } from './text-problem.ts';
import { compileRequest } from './validators.ts';

const DEFAULT_LIMIT = 1024 * 1024;
const JSON_TYPE = /^application\/(?:[\w.+-]+\+)?json$/i;

/** Reads and checks the JSON bodies of one operation. Bodies of other declared types are left on the stream. */
export class BodyCheck {
  readonly #limit: number;
  readonly #required: boolean;
  readonly #streamed: string[];
  readonly #schema: JsonSchema | undefined;
  readonly #validate: ValidateFunction | undefined;
  /** Fields of the object that only answers carry: clients send back what they were given. */
  readonly #ignored: Set<string>;

  constructor(document: ContractDocument, operation: ContractOperation) {
    const content = operation.body?.content ?? {};
    const jsonType = Object.keys(content).find((type) => JSON_TYPE.test(type));
    this.#limit = operation.bodyLimit ?? DEFAULT_LIMIT;
    this.#required = operation.body?.required === true;
    this.#streamed = Object.keys(content).filter((type) => type !== jsonType);
    this.#ignored = new Set();
    if (jsonType === undefined) return;
    const declared = document.resolve(content[jsonType]?.schema ?? {});
    this.#schema = requestSchema(declared, operation.method !== 'PATCH');
    this.#validate = compileRequest(this.#schema);
    this.#ignored = responseOnlyNamesOf(declared);
    const known = namesOf(this.#schema);
    for (const name of answeredNames(document, operation)) if (!known.has(name)) this.#ignored.add(name);
  }

  /** The checked body, or undefined when the handler is to read the stream itself. */
  async read(req: IncomingMessage): Promise<unknown> {
    if (this.#schema === undefined || this.#isStreamed(req)) return undefined;
    const text = await readText(req, this.#limit);
    if (text.trim() === '') {
      if (this.#required) return this.check({});
      return undefined;
    }
    return this.check(parsed(text));
  }

  #isStreamed(req: IncomingMessage): boolean {
    const type = (req.headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
    return this.#streamed.some(
      (declared) => declared === type || (declared === '*/*' && !JSON_TYPE.test(type)),
    );
  }

  /** The same for a body that is there already; it is altered: defaults come in, what is ignored goes. */
  check(body: unknown): unknown {
    const validate = this.#validate;
    if (validate === undefined) return body;
    if (typeof body === 'object' && body !== null && !Array.isArray(body)) {
      const fields = body as Record<string, unknown>;
      for (const name of this.#ignored) delete fields[name];
    }
    dropNulls(body, this.#schema);
    if (validate(body)) return body;
    const errors = validate.errors ?? [];
    const unknown = errors.filter((error) => error.keyword === 'additionalProperties');
    if (unknown.length > 0) throw unknownName('field', [...new Set(unknown.map(fieldOf))]);
    throw invalidValues(sentencesOf(errors));
  }
}

function answeredNames(document: ContractDocument, operation: ContractOperation): Set<string> {
  for (const [status, answer] of Object.entries(operation.answers)) {
    const schema = answer.content?.['application/json']?.schema;
    if (status.startsWith('2') && schema !== undefined) return namesOf(document.resolve(schema));
  }
  return new Set();
}

async function readText(req: IncomingMessage, limit: number): Promise<string> {
  const encoding = req.headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity') {
    throw new RequestRefusal(415, 'Send the body without Content-Encoding.');
  }
  if (Number(req.headers['content-length'] ?? 0) > limit) throw tooLarge(limit);
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of req as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > limit) throw tooLarge(limit);
    chunks.push(chunk);
  }
  const bytes = chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks);
  if (!isUtf8(bytes)) throw new RequestRefusal(422, 'The body must be JSON in UTF-8.');
  const text = bytes.toString('utf8');
  return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
}

function tooLarge(limit: number): RequestRefusal {
  return new RequestRefusal(413, `The body may have at most ${limit} bytes.`);
}

function parsed(text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new RequestRefusal(422, 'The body must be valid JSON.');
  }
  // A NUL or half a surrogate pair can only come as an escape; the walk is for the rare text that has one.
  if (UNSTORABLE_ESCAPE.test(text)) refuseUnstorable(value, '', 0);
  return value;
}

const DEEPEST = 64;
const UNSTORABLE_ESCAPE = /\\u(?:0000|d[89a-f])/i;

function refuseUnstorable(value: unknown, field: string, depth: number): void {
  if (depth > DEEPEST) throw new RequestRefusal(422, 'The body is nested too deeply.');
  if (typeof value === 'string') {
    const problem = textProblem(value);
    if (problem !== undefined) {
      const name = field || 'body';
      throw invalidValues({ [name]: [`${name} ${problem}.`] });
    }
  } else if (typeof value === 'object' && value !== null) {
    for (const [name, entry] of Object.entries(value)) {
      refuseUnstorable(name, field, depth + 1);
      refuseUnstorable(entry, field === '' ? name : `${field}.${name}`, depth + 1);
    }
  }
}
