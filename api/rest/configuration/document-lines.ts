import type {
  ConfigurationDocument,
  ConfigurationTree,
  Fields,
} from '../../../appliance/configuration/configuration-document.ts';
import { RequestRefusal } from '../../contract/request-refusal.ts';
import { textProblem } from '../../contract/text-problem.ts';

/** The form of the lines. Another number means that an older or newer program wrote them. */
export const FORMAT = 1;
const LARGEST_BODY = 128 * 1024 * 1024;
const LONGEST_LINE = 1024 * 1024;
const MOST_DOCUMENTS = 250_000;
const DEEPEST = 16;
const LONGEST_SOURCE = 1024;

/**
 * Reads a configuration as JSON lines: first `{"format":1,"types":[…]}`, then a document in each line. Fails with
 * `RequestRefusal` naming the line.
 */
export async function readTree(chunks: AsyncIterable<Uint8Array>): Promise<ConfigurationTree> {
  let types: readonly string[] | undefined;
  const documents: ConfigurationDocument[] = [];
  for await (const { text, number } of linesOf(chunks)) {
    if (text.trim() === '') continue;
    const line = parsed(text, number);
    if (types === undefined) {
      types = typesOf(line, number);
      continue;
    }
    if (documents.length >= MOST_DOCUMENTS) {
      throw new RequestRefusal(413, `A configuration has at most ${MOST_DOCUMENTS} documents.`);
    }
    documents.push(documentOf(line, number));
  }
  if (types === undefined) throw refusedLine(1, 'The first line must be {"format":1,"types":[…]}.');
  return { types, documents };
}

async function* linesOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<{ text: string; number: number }> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let rest = '';
  let number = 0;
  let size = 0;
  for await (const chunk of chunks) {
    size += chunk.length;
    if (size > LARGEST_BODY)
      throw new RequestRefusal(413, `The body may have at most ${LARGEST_BODY} bytes.`);
    const lines = (rest + decoded(decoder, chunk, number + 1)).split('\n');
    rest = lines.pop() ?? '';
    for (const text of lines) yield { text: bounded(text, ++number), number };
    bounded(rest, number + 1);
  }
  yield { text: rest + decoded(decoder, undefined, number + 1), number: number + 1 };
}

function decoded(decoder: TextDecoder, chunk: Uint8Array | undefined, number: number): string {
  try {
    return chunk === undefined ? decoder.decode() : decoder.decode(chunk, { stream: true });
  } catch {
    throw refusedLine(number, 'The text is not UTF-8.');
  }
}

function bounded(text: string, number: number): string {
  if (text.length > LONGEST_LINE)
    throw refusedLine(number, `A document has at most ${LONGEST_LINE} characters.`);
  return text;
}

function parsed(text: string, number: number): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw refusedLine(number, 'This is not JSON.');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw refusedLine(number, 'Every line is a JSON object.');
  }
  return value as Record<string, unknown>;
}

function typesOf(line: Record<string, unknown>, number: number): string[] {
  const { format, types } = line;
  if (format !== FORMAT) throw refusedLine(number, `The first line must say "format": ${FORMAT}.`);
  if (!Array.isArray(types) || types.length > 100 || !types.every((type) => typeof type === 'string')) {
    throw refusedLine(number, 'The first line must list the types that follow: "types": ["jump-groups"].');
  }
  return types;
}

function documentOf(line: Record<string, unknown>, number: number): ConfigurationDocument {
  const { type, fields, source = `line ${number}`, environment = {}, ...others } = line;
  const [stranger] = Object.keys(others);
  if (stranger !== undefined) throw refusedLine(number, `A document has no ${stranger}.`);
  if (typeof type !== 'string') throw refusedLine(number, 'A document needs its type.');
  if (typeof source !== 'string' || source.length > LONGEST_SOURCE) {
    throw refusedLine(number, `The source is text of at most ${LONGEST_SOURCE} characters.`);
  }
  if (typeof fields !== 'object' || fields === null || Array.isArray(fields)) {
    throw refusedLine(number, 'A document needs its fields.');
  }
  if (!isEnvironment(environment)) throw refusedLine(number, 'The environment is text by name.');
  refuseUnusable(fields, number, 0);
  refuseUnusable(environment, number, 0);
  return { type, fields: fields as Fields, source, environment };
}

function isEnvironment(value: unknown): value is Record<string, string> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return Object.values(value).every((entry) => typeof entry === 'string');
}

/** Depth, and text that nobody can store. */
function refuseUnusable(value: unknown, number: number, depth: number): void {
  if (depth > DEEPEST) throw refusedLine(number, 'The document is nested too deeply.');
  if (typeof value === 'string') {
    const problem = textProblem(value);
    if (problem !== undefined) throw refusedLine(number, `A text ${problem}.`);
  } else if (typeof value === 'object' && value !== null) {
    for (const [name, entry] of Object.entries(value)) {
      refuseUnusable(name, number, depth + 1);
      refuseUnusable(entry, number, depth + 1);
    }
  }
}

function refusedLine(number: number, sentence: string): RequestRefusal {
  return new RequestRefusal(422, `Line ${number}: ${sentence}`);
}
