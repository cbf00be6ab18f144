import type { Socket } from 'node:net';
import {
  BindRequest,
  BindResponse,
  type Filter,
  MessageParser,
  PagedResultsControl,
  SearchEntry,
  SearchReference,
  SearchRequest,
  SearchResponse,
  UnbindRequest,
} from 'ldapts';
import { LdapFailure, LdapResultError, RESULT } from './ldap-failure.ts';

export interface LdapQuery {
  base: string;
  scope: 'base' | 'one' | 'sub';
  filter: Filter;
  attributes: readonly string[];
  /** Entries wanted; more are not sent and their absence is no failure. */
  limit?: number;
  /** Entries in a page; without it the whole answer comes at once. */
  pageSize?: number;
  /** Where the page before ended. */
  cookie?: Buffer;
}

/** Attribute names are in lower case, without options such as `;binary`. */
export interface LdapEntry {
  dn: string;
  attributes: ReadonlyMap<string, readonly Buffer[]>;
}

export interface LdapAnswer {
  entries: LdapEntry[];
  /** LDAP URLs of servers that may know more. */
  references: string[];
  /** Set when there is another page. */
  cookie?: Buffer;
  /** More entries than `limit` were found. */
  cut: boolean;
}

/** More than any directory entry with a photo. */
const LARGEST_MESSAGE = 64 * 1024 * 1024;
const FURTHEST_MESSAGE_ID = 2 ** 31 - 1;

type Request = BindRequest | SearchRequest;
type Response = BindResponse | SearchResponse;

interface Waiting {
  message: Request;
  entries: LdapEntry[];
  references: string[];
  resolve: (response: Response) => void;
  reject: (error: Error) => void;
}

/**
 * One conversation with a server over a socket that is open already. It never connects again by itself: what was
 * encrypted stays so. Every request fails with `LdapFailure` when no answer comes in time, and with `LdapResultError`
 * when the answer is no.
 */
export class LdapConnection {
  readonly #socket: Socket;
  readonly #patience: number;
  readonly #parser = new MessageParser();
  readonly #waiting = new Map<string, Waiting>();
  #lastId = 0;
  #sinceMessage = 0;
  #closed = false;

  constructor(socket: Socket, patience: number) {
    this.#socket = socket;
    this.#patience = patience;
    this.#parser.on('message', (message) => this.#receive(message));
    this.#parser.on('error', () => this.#end('sent something that is not LDAP'));
    socket.on('data', (data: Buffer) => this.#read(data));
    socket.on('close', () => this.#end('closed the connection'));
    socket.on('end', () => this.#end('closed the connection'));
    socket.on('error', () => this.#end('broke the connection off'));
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** An empty password with a name would be an unauthenticated bind that succeeds (RFC 4513, 5.1.2): it is never sent. */
  async bind(name: string, password: string): Promise<void> {
    if (name === '' || password === '') throw new Error('A bind needs a name and a password.');
    await this.#request(new BindRequest({ messageId: this.#nextId(), dn: name, password }));
  }

  async bindAnonymously(): Promise<void> {
    await this.#request(new BindRequest({ messageId: this.#nextId(), dn: '', password: '' }));
  }

  async search(query: LdapQuery): Promise<LdapAnswer> {
    const paging = query.pageSize && {
      size: query.pageSize,
      ...(query.cookie && { cookie: query.cookie }),
    };
    const request = new SearchRequest({
      messageId: this.#nextId(),
      baseDN: query.base,
      scope: query.scope,
      filter: query.filter,
      attributes: [...query.attributes],
      sizeLimit: query.limit ?? 0,
      timeLimit: Math.ceil(this.#patience / 1000),
      ...(paging && { controls: [new PagedResultsControl({ value: paging, critical: true })] }),
    });
    const waiting = this.#send(request);
    const response = await waiting.answer;
    const limited = query.limit !== undefined && response.status === RESULT.sizeLimitExceeded;
    if (response.status !== 0 && !limited) throw resultError(response);
    const control = response.controls?.find((one) => one instanceof PagedResultsControl);
    const cookie = control?.value?.cookie;
    return {
      entries: waiting.entries,
      references: waiting.references,
      cut: limited,
      ...(paging && cookie?.length && { cookie }),
    };
  }

  /** Says goodbye and closes; safe to call more than once. */
  close(): void {
    if (!this.#closed && this.#socket.writable) {
      this.#socket.end(new UnbindRequest({ messageId: this.#nextId() }).write());
    }
    this.#end('was told goodbye');
    // Whoever does not read our goodbye is left all the same.
    setTimeout(() => this.#socket.destroy(), 1000).unref();
  }

  /** Whether an idle connection keeps the process alive. */
  hold(held: boolean): void {
    if (held) this.#socket.ref();
    else this.#socket.unref();
  }

  async #request(message: Request): Promise<void> {
    const response = await this.#send(message).answer;
    if (response.status !== 0) throw resultError(response);
  }

  #send(message: Request) {
    if (this.#closed) throw brokenOff('closed the connection');
    const key = String(message.messageId);
    const entries: LdapEntry[] = [];
    const references: string[] = [];
    const answer = new Promise<Response>((resolve, reject) => {
      const timer = setTimeout(() => this.#giveUp(), this.#patience);
      const settle = <Value>(then: (value: Value) => void) => {
        return (value: Value) => {
          clearTimeout(timer);
          then(value);
        };
      };
      this.#waiting.set(key, {
        message,
        entries,
        references,
        resolve: settle(resolve),
        reject: settle(reject),
      });
    });
    this.#socket.write(message.write());
    return { answer, entries, references };
  }

  #read(data: Buffer): void {
    if (this.#closed) return;
    this.#sinceMessage += data.length;
    if (this.#sinceMessage > LARGEST_MESSAGE) this.#end('sent more at once than an answer can hold');
    else this.#parser.read(data, this.#waiting);
  }

  #receive(message: unknown): void {
    this.#sinceMessage = 0;
    const key = String((message as { messageId: number }).messageId);
    const waiting = this.#waiting.get(key);
    if (waiting === undefined) return;
    if (message instanceof SearchEntry) waiting.entries.push(entryOf(message));
    else if (message instanceof SearchReference) waiting.references.push(...message.uris);
    else if (message instanceof SearchResponse || message instanceof BindResponse) {
      this.#waiting.delete(key);
      waiting.resolve(message);
    }
  }

  #giveUp(): void {
    this.#end(
      `did not answer within ${this.#patience / 1000} s`,
      'timeout',
      'The server is busy or gone. Ask its administrator, or raise the time-out of the network.',
    );
  }

  #end(what: string, kind = 'closed', advice?: string): void {
    if (this.#closed) return;
    this.#closed = true;
    if (what !== 'was told goodbye') this.#socket.destroy();
    for (const { reject } of this.#waiting.values()) reject(brokenOff(what, kind, advice));
    this.#waiting.clear();
  }

  #nextId(): number {
    this.#lastId = this.#lastId >= FURTHEST_MESSAGE_ID ? 1 : this.#lastId + 1;
    return this.#lastId;
  }
}

function brokenOff(what: string, kind = 'closed', advice?: string): LdapFailure {
  return new LdapFailure(
    'search',
    kind,
    `The server ${what}.`,
    advice ??
      'Check that port and encryption belong together (636 with LDAPS), and ask what the log of the server says.',
    { elsewhere: true },
  );
}

function resultError({ status, matchedDN, errorMessage }: Response): LdapResultError {
  return new LdapResultError(status, matchedDN, errorMessage);
}

function entryOf({ name, attributes }: SearchEntry): LdapEntry {
  const read = new Map<string, readonly Buffer[]>();
  for (const { type, parsedBuffers } of attributes) {
    // `member;range=0-1499` says that there is more; it keeps its option.
    const key = type.toLowerCase().replace(/;(?!range=).*$/, '');
    read.set(key, parsedBuffers);
  }
  return { dn: name, attributes: read };
}
