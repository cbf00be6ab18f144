import { DOMParser } from '@xmldom/xmldom';
import { SamlRefusal } from './saml-refusal.ts';
import { checkMarkup } from './saml-xml-limits.ts';

export const NS = {
  assertion: 'urn:oasis:names:tc:SAML:2.0:assertion',
  protocol: 'urn:oasis:names:tc:SAML:2.0:protocol',
  metadata: 'urn:oasis:names:tc:SAML:2.0:metadata',
  signature: 'http://www.w3.org/2000/09/xmldsig#',
  encryption: 'http://www.w3.org/2001/04/xmlenc#',
  encryption11: 'http://www.w3.org/2009/xmlenc11#',
  exclusiveC14n: 'http://www.w3.org/2001/10/xml-exc-c14n#',
} as const;

const ELEMENT = 1;
const TEXT = 3;

/**
 * Parses text that nobody vouches for. Whatever is not plain elements, attributes and text is refused before the parser
 * sees it, and everything the parser complains about is fatal. Line ends are normalised (XML 1.0, 2.11).
 */
export function parseXml(text: string): { xml: string; root: Element } {
  const xml = text.replace(/^\uFEFF/, '').replace(/\r\n?/g, '\n');
  checkMarkup(xml);
  const complain = (message: unknown): never => {
    const [sentence = ''] = String(message)
      .replace(/^\[xmldom \w+\]\s*/, '')
      .split('\n');
    throw new SamlRefusal('message', `The XML is not well-formed: ${sentence.slice(0, 200)}.`);
  };
  let root: Element | null;
  try {
    const errorHandler = { warning: complain, error: complain, fatalError: complain };
    const document = new DOMParser({ errorHandler }).parseFromString(xml, 'text/xml') as Document | undefined;
    root = document?.documentElement ?? null;
    if (elementsOf(document).length !== 1) root = null;
  } catch (error) {
    if (error instanceof SamlRefusal) throw error;
    return complain((error as Error).message);
  }
  if (root === null) throw new SamlRefusal('message', 'The XML has not exactly one outermost element.');
  return { xml, root };
}

/** Element children, in order. */
export function elementsOf(parent: Node | undefined): Element[] {
  const elements: Element[] = [];
  for (let child = parent?.firstChild ?? null; child !== null; child = child.nextSibling) {
    if (child.nodeType === ELEMENT) elements.push(child as Element);
  }
  return elements;
}

export function isNamed(element: Element, namespace: string, name: string): boolean {
  return element.namespaceURI === namespace && element.localName === name;
}

export function childrenNamed(parent: Element, namespace: string, name: string): Element[] {
  return elementsOf(parent).filter((child) => isNamed(child, namespace, name));
}

/** The one child of that name, or undefined. Two are refused. */
export function onlyChild(parent: Element, namespace: string, name: string): Element | undefined {
  const found = childrenNamed(parent, namespace, name);
  if (found.length > 1) {
    throw new SamlRefusal(
      'message',
      `${parent.localName} has ${found.length} elements ${name}, where one is allowed.`,
    );
  }
  return found[0];
}

export function neededChild(parent: Element, namespace: string, name: string): Element {
  const child = onlyChild(parent, namespace, name);
  if (child === undefined) throw new SamlRefusal('message', `${parent.localName} has no ${name}.`);
  return child;
}

/** Every element below and including this one. */
export function everyElement(root: Element): Element[] {
  const found = [root];
  for (let at = 0; at < found.length; at++) found.push(...elementsOf(found[at]));
  return found;
}

/** Undefined when there is no such attribute without a namespace. */
export function attributeOf(element: Element, name: string): string | undefined {
  return element.hasAttribute(name) ? (element.getAttribute(name) ?? undefined) : undefined;
}

/** The text of an element that holds text and nothing else, trimmed; undefined when it holds elements. */
export function plainText(element: Element): string | undefined {
  let text = '';
  for (let child = element.firstChild; child !== null; child = child.nextSibling) {
    if (child.nodeType !== TEXT) return undefined;
    text += child.nodeValue ?? '';
  }
  return text.trim();
}

/** As `plainText`; refuses an element that holds more than text, or none. */
export function neededText(element: Element): string {
  const text = plainText(element);
  if (text === undefined || text === '') {
    throw new SamlRefusal('message', `${element.localName} does not hold a text.`);
  }
  return text;
}

const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?Z$/;

/** A time as SAML writes it (UTC, `Z`), in milliseconds. Undefined when the attribute is missing; refuses another form. */
export function instantOf(element: Element, name: string): number | undefined {
  const text = attributeOf(element, name);
  if (text === undefined) return undefined;
  const time = INSTANT.test(text) ? Date.parse(text.replace(/(\.\d{3})\d+Z$/, '$1Z')) : Number.NaN;
  if (Number.isNaN(time)) {
    throw new SamlRefusal('message', `${name} of ${element.localName} is not a time in UTC.`);
  }
  return time;
}

const ESCAPES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\t': '&#9;',
  '\n': '&#10;',
  '\r': '&#13;',
};

/** Text for an element or an attribute in double quotes. */
export function escapeXml(text: string): string {
  return text.replace(/[&<>"\t\n\r]/g, (character) => ESCAPES[character]!);
}
