export type XmlAttributes = Readonly<Record<string, string | number>>;

/** One element. `text` and `children` exclude each other; neither gives an empty element. */
export interface XmlElement {
  name: string;
  attributes?: XmlAttributes;
  text?: string;
  children?: readonly XmlElement[];
}

/**
 * An element from its parts, in the order they are written. A string or number is its text, a list its children.
 *
 *     xml('duration', '00:15:00')
 *     xml('session', { lsid }, [xml('lseq', 8)])
 */
export function xml(
  name: string,
  ...parts: (XmlAttributes | string | number | readonly XmlElement[])[]
): XmlElement {
  const element: XmlElement = { name };
  for (const part of parts) {
    if (typeof part === 'string') element.text = part;
    else if (typeof part === 'number') element.text = String(part);
    else if (isChildren(part)) element.children = part;
    else element.attributes = part;
  }
  return element;
}

function isChildren(part: XmlAttributes | readonly XmlElement[]): part is readonly XmlElement[] {
  return Array.isArray(part);
}

/** The prolog and the blank line that clients expect before the root. Nothing else may stand there. */
const PROLOG = '<?xml version="1.0" encoding="UTF-8"?>\n\n';

/** A whole document: prolog, blank line, root with the default namespace, one tab per level, never a prefix. */
export function renderDocument(root: XmlElement, namespace: string): string {
  return PROLOG + renderElement({ ...root, attributes: { xmlns: namespace, ...root.attributes } }, 0);
}

/** The start of a document whose children are rendered one by one with {@link renderElement} at depth 1. */
export function renderOpening(name: string, namespace: string, attributes: XmlAttributes = {}): string {
  return `${PROLOG}<${name}${renderAttributes({ xmlns: namespace, ...attributes })}>\n`;
}

/** The end of a document begun with {@link renderOpening}. */
export function renderClosing(name: string): string {
  return `</${name}>\n`;
}

const TABS = Array.from({ length: 16 }, (_, depth) => '\t'.repeat(depth));

/** One element with everything below it, indented, ending in a line break. */
export function renderElement(element: XmlElement, depth: number): string {
  const { name, children } = element;
  const indent = TABS[depth] ?? '\t'.repeat(depth);
  const start = `${indent}<${name}${element.attributes === undefined ? '' : renderAttributes(element.attributes)}`;
  if (element.text !== undefined) return `${start}>${escapeText(element.text)}</${name}>\n`;
  if (children === undefined) return `${start}/>\n`;
  if (children.length === 0) return `${start}></${name}>\n`;
  let inside = '';
  for (const child of children) inside += renderElement(child, depth + 1);
  return `${start}>\n${inside}${indent}</${name}>\n`;
}

function renderAttributes(attributes: XmlAttributes): string {
  let text = '';
  for (const name in attributes) text += ` ${name}="${escapeAttribute(String(attributes[name]))}"`;
  return text;
}

/** What XML 1.0 cannot hold, not even as a character reference: most control characters and two noncharacters. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are exactly the characters to find
const UNHOLDABLE = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]/;
const EVERY_UNHOLDABLE = new RegExp(UNHOLDABLE, 'g');
const REPLACEMENT = '\uFFFD';

/** Whether the text survives a trip through XML 1.0 unchanged. */
export function fitsXml(text: string): boolean {
  return text.isWellFormed() && !UNHOLDABLE.test(text);
}

function holdable(text: string): string {
  return fitsXml(text) ? text : text.toWellFormed().replace(EVERY_UNHOLDABLE, REPLACEMENT);
}

const TEXT_SPECIAL = /[&<>\r]/;
const TEXT_ESCAPES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '\r': '&#13;' };
const ATTRIBUTE_SPECIAL = /[&<>"\r\n\t]/;
// Parsers turn line breaks and tabs of an attribute into spaces unless they are written as references.
const ATTRIBUTE_ESCAPES: Record<string, string> = {
  ...TEXT_ESCAPES,
  '"': '&quot;',
  '\n': '&#10;',
  '\t': '&#9;',
};

function escapeText(text: string): string {
  const safe = holdable(text);
  return TEXT_SPECIAL.test(safe) ? safe.replace(/[&<>\r]/g, (c) => TEXT_ESCAPES[c]!) : safe;
}

function escapeAttribute(text: string): string {
  const safe = holdable(text);
  return ATTRIBUTE_SPECIAL.test(safe) ? safe.replace(/[&<>"\r\n\t]/g, (c) => ATTRIBUTE_ESCAPES[c]!) : safe;
}

/** Text as `body`, or base64 of its UTF-8 as `encoded_body` where XML cannot hold it. */
export function xmlBody(text: string): XmlElement {
  return fitsXml(text)
    ? xml('body', text)
    : xml('encoded_body', Buffer.from(text, 'utf8').toString('base64'));
}
