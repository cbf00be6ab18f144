import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

/** As much of JSON Schema 2020-12 as the contract uses. */
export interface JsonSchema {
  $ref?: string;
  type?: string | string[];
  properties?: Record<string, JsonSchema>;
  required?: string[];
  additionalProperties?: boolean | JsonSchema;
  items?: JsonSchema;
  allOf?: JsonSchema[];
  oneOf?: JsonSchema[];
  anyOf?: JsonSchema[];
  enum?: unknown[];
  default?: unknown;
  minimum?: number;
  maximum?: number;
  readOnly?: boolean;
  description?: string;
  [keyword: string]: unknown;
}

export interface ContractParameter {
  name: string;
  in: 'path' | 'query' | 'header';
  required?: boolean;
  description?: string;
  schema: JsonSchema;
}

export interface ContractBody {
  required?: boolean;
  description?: string;
  content: Record<string, { schema?: JsonSchema; example?: unknown }>;
}

export interface ContractAnswer {
  description?: string;
  headers?: Record<string, { required?: boolean; description?: string }>;
  content?: Record<string, { schema?: JsonSchema; example?: unknown }>;
}

/** One operation with every reference outside its schemas resolved. */
export interface ContractOperation {
  operationId: string;
  method: string;
  /** Template below the base path, e.g. `/jump-group/{id}`. */
  path: string;
  access: string;
  /** A right of people that opens the operation too (`x-right`). */
  right: string | undefined;
  addition: boolean;
  summary: string;
  description: string;
  tags: string[];
  parameters: ContractParameter[];
  body: ContractBody | undefined;
  /** By status or `default`. */
  answers: Record<string, ContractAnswer>;
  /** Largest request body in bytes where the contract sets one (`x-body-limit`). */
  bodyLimit: number | undefined;
}

const METHODS = ['get', 'post', 'put', 'patch', 'delete'];

/** The public contract: `openapi.yaml` as text, and as operations ready to be served. */
export class ContractDocument {
  readonly text: string;
  readonly title: string;
  readonly description: string;
  readonly operations: readonly ContractOperation[];
  readonly #root: Record<string, unknown>;
  readonly #resolved = new Map<string, JsonSchema>();

  /** Throws when the text is not a usable contract; the message says where. `root` is the text parsed already. */
  constructor(text: string, root: unknown = parse(text)) {
    this.text = text;
    this.#root = root as Record<string, unknown>;
    const info = (this.#root.info ?? {}) as { title?: string; description?: string };
    this.title = info.title ?? '';
    this.description = info.description ?? '';
    this.operations = this.#readOperations();
  }

  /** What this version serves. To parse its YAML takes most of a second, so `npm run generate` has done that. */
  static ofThisVersion(): ContractDocument {
    const textOf = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8');
    return new ContractDocument(
      textOf('../../openapi.yaml'),
      JSON.parse(textOf('../generated/openapi.json')),
    );
  }

  /**
   * The schema with every `$ref` in it replaced by what it names. Equal references give the same object, so a
   * schema that contains itself becomes a cycle: the contract has none, and compiling one fails loudly.
   */
  resolve(schema: JsonSchema): JsonSchema {
    if (schema.$ref !== undefined) {
      const { $ref: pointer, ...besides } = schema;
      let target = this.#resolved.get(pointer);
      if (target === undefined) {
        target = this.resolve(this.#at(pointer) as JsonSchema);
        this.#resolved.set(pointer, target);
      }
      return Object.keys(besides).length === 0 ? target : { ...target, ...besides };
    }
    const copy: JsonSchema = { ...schema };
    if (schema.properties !== undefined) {
      copy.properties = Object.fromEntries(
        Object.entries(schema.properties).map(([name, property]) => [name, this.resolve(property)]),
      );
    }
    if (schema.items !== undefined) copy.items = this.resolve(schema.items);
    if (typeof schema.additionalProperties === 'object') {
      copy.additionalProperties = this.resolve(schema.additionalProperties);
    }
    for (const keyword of ['allOf', 'oneOf', 'anyOf'] as const) {
      const parts = schema[keyword];
      if (parts !== undefined) copy[keyword] = parts.map((part) => this.resolve(part));
    }
    return copy;
  }

  #readOperations(): ContractOperation[] {
    const operations: ContractOperation[] = [];
    const paths = (this.#root.paths ?? {}) as Record<string, Record<string, unknown>>;
    for (const [path, entry] of Object.entries(paths)) {
      // One resource under two names: the second path refers to the first.
      const item = this.#follow(entry) as Record<string, unknown>;
      for (const method of METHODS) {
        const operation = item[method] as Record<string, unknown> | undefined;
        if (operation !== undefined) operations.push(this.#readOperation(path, method, item, operation));
      }
    }
    return operations;
  }

  #readOperation(
    path: string,
    method: string,
    item: Record<string, unknown>,
    operation: Record<string, unknown>,
  ): ContractOperation {
    const { operationId, 'x-access': access, 'x-right': right } = operation;
    if (typeof operationId !== 'string' || typeof access !== 'string') {
      throw new Error(`${method.toUpperCase()} ${path} of the contract needs operationId and x-access`);
    }
    const parameters = [item.parameters, operation.parameters]
      .flatMap((list) => (list ?? []) as unknown[])
      .map((parameter) => this.#follow(parameter) as ContractParameter)
      .map((parameter) => ({ ...parameter, schema: this.resolve(parameter.schema) }));
    const answers = (operation.responses ?? {}) as Record<string, unknown>;
    return {
      operationId,
      method: method.toUpperCase(),
      path,
      access,
      right: right as string | undefined,
      addition: operation['x-bridgehead-addition'] === true,
      summary: String(operation.summary ?? ''),
      description: String(operation.description ?? ''),
      tags: (operation.tags ?? []) as string[],
      parameters,
      body: this.#follow(operation.requestBody) as ContractBody | undefined,
      answers: Object.fromEntries(
        Object.entries(answers).map(([status, answer]) => [status, this.#readAnswer(answer)]),
      ),
      bodyLimit: operation['x-body-limit'] as number | undefined,
    };
  }

  #readAnswer(value: unknown): ContractAnswer {
    const answer = this.#follow(value) as ContractAnswer;
    if (answer.headers === undefined) return answer;
    const headers = Object.entries(answer.headers).map(([name, header]) => [name, this.#follow(header)]);
    return { ...answer, headers: Object.fromEntries(headers) };
  }

  #follow(value: unknown): unknown {
    const pointer = (value as { $ref?: string } | undefined)?.$ref;
    return pointer === undefined ? value : this.#follow(this.#at(pointer));
  }

  #at(pointer: string): unknown {
    let value: unknown = this.#root;
    for (const part of pointer.replace(/^#\//, '').split('/')) {
      const key = part.replaceAll('~1', '/').replaceAll('~0', '~');
      value = (value as Record<string, unknown> | undefined)?.[key];
    }
    if (value === undefined) throw new Error(`The contract refers to ${pointer}, which does not exist`);
    return value;
  }
}
