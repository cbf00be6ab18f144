import type { ServerResponse } from 'node:http';
import type { ValidateFunction } from 'ajv';
import type { ContractAnswer, ContractDocument, ContractOperation } from './contract-document.ts';
import { compileResponse } from './validators.ts';

/** Statuses that any operation may answer without naming them. */
const ALWAYS_POSSIBLE = new Set([401, 403, 404, 412, 413, 415, 422, 429, 500, 501, 503]);

/** An answer that the contract does not allow: a mistake in this program, found in tests. */
export class ContractBreach extends Error {}

type Answer = ServerResponse & { json(body?: unknown): unknown };

/** Holds the answers of one operation against the contract. */
export class ResponseCheck {
  readonly #document: ContractDocument;
  readonly #operation: ContractOperation;
  readonly #validators = new Map<string, ValidateFunction>();

  constructor(document: ContractDocument, operation: ContractOperation) {
    this.#document = document;
    this.#operation = operation;
  }

  /** Makes `json`, `send` and streamed answers throw a ContractBreach, before a byte leaves, when they do not fit. */
  attach(res: Answer): void {
    const json = res.json.bind(res);
    res.json = (body) => {
      this.#checkBody(res.statusCode, JSON.parse(JSON.stringify(body ?? null)));
      return json(body);
    };
    const writeHead = res.writeHead.bind(res) as (...args: unknown[]) => ServerResponse;
    res.writeHead = ((status: number, ...rest: unknown[]) => {
      this.#checkHead(status, res);
      return writeHead(status, ...rest);
    }) as typeof res.writeHead;
  }

  #checkHead(status: number, res: ServerResponse): void {
    const answer = this.#answerFor(status);
    if (answer === undefined) {
      if (!ALWAYS_POSSIBLE.has(status)) this.#breach(`status ${status} is not in the contract`);
      return;
    }
    const declared = Object.keys(answer.content ?? {});
    const type =
      String(res.getHeader('content-type') ?? '')
        .split(';', 1)[0]
        ?.trim() ?? '';
    const fits =
      declared.length === 0 ? type === '' : declared.some((known) => known === type || known === '*/*');
    if (!fits && status < 300)
      this.#breach(`status ${status} with content type "${type}" is not in the contract`);
    for (const [name, header] of Object.entries(answer.headers ?? {})) {
      if (header.required === true && !res.hasHeader(name)) this.#breach(`status ${status} without ${name}`);
    }
  }

  #checkBody(status: number, body: unknown): void {
    const schema = this.#answerFor(status)?.content?.['application/json']?.schema;
    if (schema === undefined) return;
    let validate = this.#validators.get(String(status));
    if (validate === undefined) {
      validate = compileResponse(this.#document.resolve(schema));
      this.#validators.set(String(status), validate);
    }
    if (validate(body)) return;
    const findings = (validate.errors ?? []).map(
      (error) => `${error.instancePath || 'body'} ${error.message}`,
    );
    this.#breach(`status ${status}: ${findings.slice(0, 5).join('; ')}`);
  }

  #answerFor(status: number): ContractAnswer | undefined {
    return this.#operation.answers[status] ?? this.#operation.answers.default;
  }

  #breach(finding: string): never {
    throw new ContractBreach(`The answer of ${this.#operation.operationId} breaks the contract: ${finding}`);
  }
}
