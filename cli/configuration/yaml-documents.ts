import { type Document, isMap, isScalar, LineCounter, parseAllDocuments, stringify, visit } from 'yaml';
import type { Fields } from '../../appliance/configuration/configuration-document.ts';
import { CommandFailure } from '../command.ts';

const DEEPEST = 16;

export interface YamlDocument {
  fields: Fields;
  /** Where it begins, counted from 1. */
  line: number;
}

interface Parsed {
  documents: Document.Parsed[];
  lineOf(offset: number): number;
}

/**
 * The documents of a file; empty ones are left out. Fails with `CommandFailure` naming the line: for text that is no
 * YAML, a name twice in one object, and for anchors, aliases and tags, which could make much out of little.
 */
export function readYaml(text: string, file: string): YamlDocument[] {
  const { documents, lineOf } = parsed(text, file);
  return documents
    .filter(({ contents }) => contents !== null && !(isScalar(contents) && contents.value === null))
    .map((document) => {
      const line = lineOf(document.contents!.range[0]);
      if (!isMap(document.contents))
        throw refused(file, line, 'Every document is an object: names and values.');
      refuseUnusual(document, file, lineOf);
      return { fields: document.toJS({ maxAliasCount: 0 }) as Fields, line };
    });
}

/** The line of a field such as `members.0.user`, or of the nearest thing around it, in the document of a line. */
export function lineOfField(text: string, file: string, documentLine: number, field: string): number {
  const { documents, lineOf } = parsed(text, file);
  const document = documents.find(
    ({ contents }) => contents !== null && lineOf(contents.range[0]) === documentLine,
  );
  const path = field.split('.');
  for (let length = path.length; length > 0; length--) {
    const parent = document?.getIn(path.slice(0, length - 1).map(asIndex), true) ?? undefined;
    const name = path[length - 1];
    const pair = isMap(parent)
      ? parent.items.find(({ key }) => isScalar(key) && String(key.value) === name)
      : undefined;
    const key = pair?.key as { range?: [number, number, number] } | undefined;
    if (key?.range !== undefined) return lineOf(key.range[0]);
    const node = document?.getIn(path.slice(0, length).map(asIndex), true) as
      | { range?: [number, number, number] }
      | undefined;
    if (node?.range !== undefined) return lineOf(node.range[0]);
  }
  return documentLine;
}

/** One document as it stands in a file. The same fields give the same text. */
export function writeYaml(fields: Fields): string {
  return stringify(fields, { lineWidth: 0, compat: 'yaml-1.1', aliasDuplicateObjects: false });
}

function parsed(text: string, file: string): Parsed {
  const lines = new LineCounter();
  const lineOf = (offset: number) => lines.linePos(offset).line;
  let documents: Document.Parsed[];
  try {
    const stream = parseAllDocuments(text, { lineCounter: lines, schema: 'core', prettyErrors: false });
    documents = Array.isArray(stream) ? (stream as Document.Parsed[]) : [];
  } catch (error) {
    if (error instanceof RangeError) throw refused(file, 1, 'It is nested too deeply.');
    throw error;
  }
  for (const { errors } of documents) {
    const [first] = errors;
    if (first !== undefined) throw refused(file, lineOf(first.pos[0]), first.message);
  }
  return { documents, lineOf };
}

function refuseUnusual(document: Document.Parsed, file: string, lineOf: (offset: number) => number): void {
  visit(document, {
    Alias: (_, { range }) => {
      throw refused(file, lineOf(range?.[0] ?? 0), 'Aliases (*name) are not used here.');
    },
    Node: (_, node, path) => {
      const at = lineOf(node.range?.[0] ?? 0);
      if ('anchor' in node && node.anchor !== undefined) {
        throw refused(file, at, 'Anchors (&name) are not used here.');
      }
      if (node.tag !== undefined) {
        throw refused(file, at, 'Tags (!name) are not used here.');
      }
      if (path.length > DEEPEST * 2) throw refused(file, at, 'It is nested too deeply.');
    },
    Pair: (_, { key }) => {
      if (isScalar(key) && typeof key.value === 'string') return;
      const at = (key as { range?: [number, number, number] } | null)?.range?.[0] ?? 0;
      throw refused(file, lineOf(at), 'Names of fields are text.');
    },
  });
}

function refused(file: string, line: number, sentence: string): CommandFailure {
  return new CommandFailure(`${file}:${line}: ${sentence}`);
}

function asIndex(part: string): string | number {
  return /^\d+$/.test(part) ? Number(part) : part;
}
