import { type Arguments, CommandFailure, EXIT, usageFailure } from './command.ts';
import { CredentialFile } from './credential-file.ts';
import { harmless } from './output.ts';

const API = '/api/config/v1';

/** The server refused a call. `facts` are the members of its answer beside the message. */
export class ServerRefusal extends CommandFailure {
  readonly status: number;
  readonly facts: Record<string, unknown>;

  constructor(status: number, message: string, facts: Record<string, unknown>) {
    super(message, status === 401 ? EXIT.notSignedIn : EXIT.failed);
    this.status = status;
    this.facts = facts;
  }
}

export interface CallOptions {
  query?: Record<string, string | number | boolean | undefined>;
  json?: unknown;
  body?: NonNullable<RequestInit['body']>;
  headers?: Record<string, string>;
}

/** One server and the token to call it with. */
export class Server {
  readonly url: string;
  readonly #token: string | undefined;

  constructor(url: string, token?: string) {
    this.url = url;
    this.#token = token;
  }

  /** Calls the configuration API; `path` is below `/api/config/v1`. Fails with `ServerRefusal` or `CommandFailure`. */
  async call<T>(method: string, path: string, options: CallOptions = {}): Promise<T> {
    const answer = await this.open(method, path, options);
    if (answer.status === 204) return undefined as T;
    return (await answer.json()) as T;
  }

  /** As `call`, with the body still to be read. */
  async open(method: string, path: string, options: CallOptions = {}): Promise<Response> {
    const url = new URL(API + path, this.url);
    for (const [name, value] of Object.entries(options.query ?? {})) {
      if (value !== undefined) url.searchParams.set(name, String(value));
    }
    const headers: Record<string, string> = { accept: 'application/json', ...options.headers };
    if (this.#token !== undefined) headers.authorization = `Bearer ${this.#token}`;
    if (options.json !== undefined) headers['content-type'] = 'application/json';
    const body = options.json === undefined ? options.body : JSON.stringify(options.json);
    let answer: Response;
    try {
      answer = await fetch(url, {
        method,
        headers,
        redirect: 'error',
        ...(body !== undefined && { body, duplex: 'half' }),
      } as RequestInit);
    } catch (error) {
      throw new CommandFailure(`${this.url} cannot be reached: ${reasonOf(error)}`);
    }
    if (!answer.ok) throw await refusalOf(answer, this.url);
    return answer;
  }
}

/**
 * The server of `--url`, `$BH_URL` or the last sign-in, with the token of `$BH_TOKEN` or of that sign-in. Fails when
 * there is none.
 */
export async function signedInServer(args: Arguments): Promise<Server> {
  const url = await knownServer(args);
  if (url === undefined) throw new CommandFailure('Not signed in. Use: bh sign-in URL', EXIT.notSignedIn);
  const token = process.env.BH_TOKEN || (await new CredentialFile().find(url))?.token;
  if (token === undefined) {
    throw new CommandFailure(`Not signed in to ${url}. Use: bh sign-in ${url}`, EXIT.notSignedIn);
  }
  return new Server(url, token);
}

export async function serverUrl(args: Arguments): Promise<string> {
  const url = await knownServer(args);
  if (url === undefined) throw usageFailure('Which server? Use: bh sign-in URL');
  return url;
}

async function knownServer(args: Arguments): Promise<string | undefined> {
  const given = args.text('url') || process.env.BH_URL || (await new CredentialFile().current());
  return given === undefined ? undefined : originOf(given);
}

/** `support.example.com` means https; anything after the host is left off. */
export function originOf(given: string): string {
  const text = /^[a-z][a-z0-9+.-]*:\/\//i.test(given) ? given : `https://${given}`;
  if (!URL.canParse(text)) throw usageFailure(`${given} is not a URL.`);
  const url = new URL(text);
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    throw usageFailure(`${given} is not an http(s) URL.`);
  return url.origin;
}

async function refusalOf(answer: Response, url: string): Promise<ServerRefusal> {
  const text = await answer.text().catch(() => '');
  let facts: Record<string, unknown> = {};
  try {
    facts = JSON.parse(text) as Record<string, unknown>;
  } catch {
    // A proxy in between answers in its own format.
  }
  if (
    answer.status === 401 &&
    facts.error === 'access_denied' &&
    !/\/user-token(\/(negotiate|step))?$/.test(answer.url)
  ) {
    return new ServerRefusal(401, `The sign-in to ${url} is no longer valid. Use: bh sign-in ${url}`, facts);
  }
  const message = typeof facts.message === 'string' ? facts.message : `${url} answered ${answer.status}.`;
  return new ServerRefusal(
    answer.status,
    [message, ...fieldLines(facts.errors, message)].map(harmless).join('\n'),
    facts,
  );
}

/** What the message does not say already. */
function fieldLines(errors: unknown, message: string): string[] {
  return Object.entries((errors ?? {}) as Record<string, string[]>).flatMap(([field, sentences]) =>
    [sentences]
      .flat()
      .filter((sentence) => sentence !== message)
      .map((sentence) => `  ${field}: ${sentence}`),
  );
}

function reasonOf(error: unknown): string {
  const cause = (error as { cause?: NodeJS.ErrnoException }).cause;
  if (cause?.code === 'DEPTH_ZERO_SELF_SIGNED_CERT' || cause?.code === 'SELF_SIGNED_CERT_IN_CHAIN') {
    return 'its certificate is not trusted here. Put the certificate into a file and set NODE_EXTRA_CA_CERTS to it.';
  }
  return cause?.message || cause?.code || (error as Error).message;
}
