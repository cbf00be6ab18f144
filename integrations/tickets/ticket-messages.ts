import { isUtf8 } from 'node:buffer';
import type { TicketAnswer, TicketQuestion } from '../../appliance/jump/ticket-check.ts';

export type TicketFormat = 'xml' | 'json';

export const TICKET_CONTENT_TYPE: Record<TicketFormat, string> = {
  xml: 'application/xml; charset=utf-8',
  json: 'application/json; charset=utf-8',
};

/** The names are the same in both forms; docs/ticket-systems.md tells of them. */
export function ticketRequest(question: TicketQuestion, format: TicketFormat): string {
  const { user, jumpItem, jumpGroup, jumpPolicy } = question;
  const content = {
    ticket_id: question.ticketId,
    user: { id: user.id, username: user.username, display_name: user.displayName },
    jump_item: { id: jumpItem.id, type: jumpItem.type, name: jumpItem.name },
    jump_group: { id: jumpGroup.id, type: jumpGroup.type, name: jumpGroup.name },
    jump_policy: {
      id: jumpPolicy.id,
      code_name: jumpPolicy.codeName,
      display_name: jumpPolicy.displayName,
    },
  };
  if (format === 'json') return JSON.stringify(content);
  return `<?xml version="1.0" encoding="UTF-8"?>\n${element('ticket_approval_request', content)}\n`;
}

type Content = string | number | { [name: string]: Content };

function element(name: string, content: Content): string {
  const inner =
    typeof content === 'object'
      ? Object.entries(content)
          .map(([child, value]) => element(child, value))
          .join('')
      : xmlText(String(content));
  return `<${name}>${inner}</${name}>`;
}

function xmlText(text: string): string {
  return (
    text
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')
      // biome-ignore lint/suspicious/noControlCharactersInRegex: exactly these cannot stand in XML
      .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '\ufffd')
  );
}

const LONGEST_MESSAGE = 1000;

/** What an answer says. Whatever is not exactly an answer in the form is none. */
export function ticketAnswer(body: Buffer, format: TicketFormat): TicketAnswer {
  const fields = isUtf8(body)
    ? (format === 'json' ? jsonFields : xmlFields)(body.toString('utf8'))
    : undefined;
  const answer = fields?.answer?.trim();
  if (answer !== 'allow' && answer !== 'deny') {
    const detail =
      fields === undefined
        ? `The answer is no ${format === 'json' ? 'JSON object' : 'ticket_approval_response in XML'}.`
        : 'The answer says neither allow nor deny.';
    return { answer: 'none', problem: 'bad_answer', detail };
  }
  return { answer, message: readableText(fields?.message ?? '') };
}

function readableText(text: string): string {
  return text
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .trim()
    .slice(0, LONGEST_MESSAGE);
}

type Fields = Partial<Record<string, string>>;

function jsonFields(text: string): Fields | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\ufeff/, ''));
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  return Object.fromEntries(Object.entries(value).filter(([, field]) => typeof field === 'string'));
}

const DOCUMENT =
  /^\ufeff?\s*(?:<\?xml\s[^<>]*\?>\s*)?<ticket_approval_response>([\s\S]*)<\/ticket_approval_response>\s*$/;
const FIELD = /\s*<([a-z_]{1,32})(?:\/>|>([^<]*)<\/\1>)\s*/y;

/**
 * One element with elements of text in it: all an answer may be, so nothing else is read. No declarations, comments,
 * attributes, entities of its own or deeper elements; a field that comes twice makes it no answer.
 */
function xmlFields(text: string): Fields | undefined {
  const inner = DOCUMENT.exec(text)?.[1];
  if (inner === undefined) return undefined;
  const fields: Fields = {};
  FIELD.lastIndex = 0;
  if (inner.trim() === '') return fields;
  while (FIELD.lastIndex < inner.length) {
    const [, name = '', value = ''] = FIELD.exec(inner) ?? [];
    const plain = unescaped(value);
    if (name === '' || name in fields || plain === undefined) return undefined;
    fields[name] = plain;
  }
  return fields;
}

const ENTITIES: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function unescaped(text: string): string | undefined {
  let known = true;
  const plain = text.replace(
    /&(?:#(\d{1,7})|#x([0-9a-fA-F]{1,6})|([a-z]{2,4}));|&/g,
    (_, decimal, hex, name) => {
      const code = decimal === undefined ? Number.parseInt(hex ?? '', 16) : Number(decimal);
      if (name !== undefined && ENTITIES[name] !== undefined) return ENTITIES[name];
      if (name === undefined && code > 0 && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff))
        return String.fromCodePoint(code);
      known = false;
      return '';
    },
  );
  return known ? plain : undefined;
}
