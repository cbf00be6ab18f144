import type { IncomingHttpHeaders } from 'node:http';

/** What a token request says, whichever way it says it. */
export interface TokenRequest {
  grantType: string | undefined;
  clientId: string | undefined;
  /** See `ClientCredentials`. */
  secrets: string[];
}

/**
 * Reads every form that clients are known to send: HTTP Basic or credentials in the body; the body as form, JSON or
 * multipart, under the right content type, a wrong one or none. Undefined when a JSON or multipart body is broken.
 */
export async function readTokenRequest(
  headers: IncomingHttpHeaders,
  query: URLSearchParams,
  body: string,
): Promise<TokenRequest | undefined> {
  const fields = await readFields(headers['content-type'] ?? '', body);
  if (fields === undefined) return undefined;
  const basic = readBasic(headers.authorization);
  const secret = fields.get('client_secret');
  return {
    // Some clients put the grant into the query string. Credentials there would end up in logs: not read.
    grantType: fields.get('grant_type') ?? query.get('grant_type') ?? undefined,
    clientId: basic?.clientId ?? fields.get('client_id'),
    secrets: basic?.secrets ?? (secret === undefined ? [] : [secret]),
  };
}

async function readFields(contentType: string, body: string): Promise<Map<string, string> | undefined> {
  if (/^multipart\/form-data/i.test(contentType)) return readMultipart(contentType, body);
  if (body.trimStart().startsWith('{')) return readJson(body);
  return new Map(new URLSearchParams(body));
}

function readJson(body: string): Map<string, string> | undefined {
  try {
    const value: unknown = JSON.parse(body);
    const fields = new Map<string, string>();
    for (const [name, field] of Object.entries(value ?? {})) {
      if (typeof field === 'string') fields.set(name, field);
    }
    return fields;
  } catch {
    return undefined;
  }
}

async function readMultipart(contentType: string, body: string): Promise<Map<string, string> | undefined> {
  try {
    const form = await new Response(body, { headers: { 'content-type': contentType } }).formData();
    return new Map([...form].filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
  } catch {
    return undefined;
  }
}

function readBasic(authorization: string | undefined): { clientId: string; secrets: string[] } | undefined {
  const match = /^basic +([A-Za-z0-9+/=_-]+) *$/i.exec(authorization ?? '');
  if (match === null) return undefined;
  const text = Buffer.from(match[1]!, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  if (colon < 0) return undefined;
  const secret = text.slice(colon + 1);
  const decoded = formDecoded(secret);
  return { clientId: text.slice(0, colon), secrets: decoded === secret ? [secret] : [secret, decoded] };
}

/** RFC 6749 wants both halves form-encoded inside HTTP Basic. Few clients do it. */
function formDecoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text;
  }
}
