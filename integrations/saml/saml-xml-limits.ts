import { SamlRefusal } from './saml-refusal.ts';

/** A message with a photo and some hundred groups is far below. */
export const LARGEST_MESSAGE_BYTES = 256 * 1024;
const MOST_ELEMENTS = 5000;
const DEEPEST = 48;
const MOST_ATTRIBUTES = 10_000;
const LONGEST_TAG = 32 * 1024;

/** Federations publish lists of many providers; the largest that is read at all. */
export const LARGEST_METADATA_BYTES = 8 * 1024 * 1024;

export interface MarkupLimits {
  bytes: number;
  elements: number;
}

const MESSAGE: MarkupLimits = { bytes: LARGEST_MESSAGE_BYTES, elements: MOST_ELEMENTS };

/**
 * Reads the markup once, in time that grows with its length alone, and refuses what a message has no use for: document
 * types, entities, processing instructions, comments, CDATA, too much and too deep of anything.
 */
export function checkMarkup(xml: string, limits: MarkupLimits = MESSAGE): void {
  if (xml.length > limits.bytes) refuse(`longer than ${limits.bytes} characters`);
  if (xml.includes('\0')) refuse('not XML: it holds the character NUL');
  let elements = 0;
  let attributes = 0;
  let depth = 0;
  let at = declarationEnd(xml);
  for (;;) {
    at = xml.indexOf('<', at);
    if (at === -1) return;
    const next = xml[at + 1];
    if (next === '!') refuse(`not acceptable: it holds ${wordFor(xml, at)}`);
    if (next === '?') refuse('not acceptable: it holds a processing instruction');
    const tag = tagAt(xml, at);
    if (next === '/') {
      depth -= 1;
    } else {
      elements += 1;
      attributes += tag.attributes;
      if (!tag.empty) depth += 1;
      if (elements > limits.elements) refuse(`of more than ${limits.elements} elements`);
      if (attributes > Math.max(MOST_ATTRIBUTES, limits.elements * 4)) refuse('of too many attributes');
      if (depth > DEEPEST) refuse(`nested more than ${DEEPEST} levels deep`);
    }
    at = tag.end;
  }
}

/** Where the markup begins behind an XML declaration, which must name UTF-8 if it names anything. */
function declarationEnd(xml: string): number {
  const declaration = /^<\?xml\s[^?<>]{0,200}\?>/.exec(xml)?.[0];
  if (declaration === undefined) return 0;
  const encoding = /encoding\s*=\s*["']([^"']*)["']/.exec(declaration)?.[1] ?? 'utf-8';
  if (!/^(utf-8|us-ascii)$/i.test(encoding))
    refuse(`not acceptable: it says it is in ${encoding.slice(0, 20)}`);
  return declaration.length;
}

function tagAt(xml: string, start: number): { end: number; empty: boolean; attributes: number } {
  let quote = '';
  let attributes = 0;
  const limit = Math.min(xml.length, start + LONGEST_TAG);
  for (let at = start + 1; at < limit; at++) {
    const character = xml[at]!;
    if (quote !== '') {
      if (character === quote) quote = '';
      else if (character === '<') break;
    } else if (character === '"' || character === "'") {
      quote = character;
      attributes += 1;
    } else if (character === '>') {
      return { end: at + 1, empty: xml[at - 1] === '/', attributes };
    } else if (character === '<') {
      break;
    }
  }
  return refuse('not well-formed: a tag does not end');
}

function wordFor(xml: string, at: number): string {
  if (xml.startsWith('<!--', at)) return 'a comment';
  if (xml.startsWith('<![CDATA[', at)) return 'a CDATA section';
  return 'a document type or an entity';
}

function refuse(what: string): never {
  throw new SamlRefusal('message', `The XML is ${what}.`);
}
