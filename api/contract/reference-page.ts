import type { ContractDocument, ContractOperation, JsonSchema } from './contract-document.ts';
import { fieldRows, kindText } from './reference-fields.ts';

const STYLE = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { margin: 0; display: grid; grid-template-columns: minmax(14rem, 20rem) minmax(0, 1fr); }
nav { position: sticky; top: 0; height: 100vh; overflow: auto; padding: 1rem; box-sizing: border-box; }
nav ul { list-style: none; padding: 0; margin: 0 0 1rem; }
main { padding: 1rem 2rem 6rem; max-width: 60rem; }
section { border-top: 1px solid color-mix(in srgb, currentColor 25%, transparent); padding-top: 1rem; }
article { margin-bottom: 2rem; scroll-margin-top: 1rem; }
h3 { font-size: 1rem; margin: 0; }
h3 code { overflow-wrap: anywhere; }
code, pre { font-family: ui-monospace, monospace; font-size: 0.9em; }
pre { overflow: auto; padding: 0.75rem; background: color-mix(in srgb, currentColor 8%, transparent); }
table { border-collapse: collapse; width: 100%; margin: 0.5rem 0; }
th, td { text-align: left; vertical-align: top; padding: 0.25rem 0.75rem 0.25rem 0; }
.ours { border: 1px solid; border-radius: 0.25rem; padding: 0 0.25rem; font-size: 0.8rem; }
@media (max-width: 50rem) { body { display: block; } nav { position: static; height: auto; } }
`;

const NONCE = '{{nonce}}';

/** The contract as one page without scripts or outside files, for people. */
export class ReferencePage {
  readonly #document: ContractDocument;
  readonly #basePath: string;
  #page: string | undefined;

  constructor(document: ContractDocument, basePath: string) {
    this.#document = document;
    this.#basePath = basePath;
  }

  /** `nonce` is that of the answer's `style-src`. */
  html(nonce: string): string {
    this.#page ??= this.#render();
    return this.#page.replace(NONCE, nonce);
  }

  #render(): string {
    const tags = [...new Set(this.#document.operations.map(tagOf))];
    const operations = (tag: string) =>
      this.#document.operations.filter((operation) => tagOf(operation) === tag);
    return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${escaped(this.#document.title)}</title><style nonce="${NONCE}">${STYLE}</style></head>
<body><nav aria-label="Operations">
<p><a href="${this.#basePath}/openapi.yaml">openapi.yaml</a></p>
${tags.map((tag) => `<h2>${escaped(tag)}</h2><ul>${operations(tag).map(navEntry).join('')}</ul>`).join('\n')}
</nav><main>
<h1>${escaped(this.#document.title)}</h1>
${prose(this.#document.description)}
${tags
  .map((tag) => {
    const articles = operations(tag).map((operation) => this.#article(operation));
    return `<section><h2>${escaped(tag)}</h2>${articles.join('\n')}</section>`;
  })
  .join('\n')}
</main></body></html>
`;
  }

  #article(operation: ContractOperation): string {
    const { method, path, summary, description, access, addition } = operation;
    return `<article id="${anchorOf(operation)}">
<h3><code>${method} ${escaped(this.#basePath + path)}</code>${addition ? ' <span class="ours">ours</span>' : ''}</h3>
<p>${inline(summary)}. For: <code>${escaped(access)}</code>. Operation <code>${escaped(operation.operationId)}</code>.</p>
${prose(description)}
${this.#parameters(operation)}
${this.#body(operation)}
${this.#answers(operation)}
</article>`;
  }

  #parameters({ parameters }: ContractOperation): string {
    if (parameters.length === 0) return '';
    const rows = parameters.map((parameter) => [
      `<code>${escaped(parameter.name)}</code>`,
      `${parameter.in}${parameter.required === true ? ', required' : ''}`,
      escaped(kindText(parameter.schema)),
      inline(parameter.description ?? parameter.schema.description ?? ''),
    ]);
    return table(['Parameter', 'In', 'Value', ''], rows);
  }

  #body({ body }: ContractOperation): string {
    if (body === undefined) return '';
    return Object.entries(body.content)
      .map(([type, { schema, example }]) => {
        const text = typeof example === 'string' ? example : JSON.stringify(example, null, 2);
        const shown = example === undefined ? '' : `<pre>${escaped(text)}</pre>`;
        return `<p>Body: <code>${escaped(type)}</code></p>${this.#fields(schema)}${shown}`;
      })
      .join('\n');
  }

  #answers({ answers }: ContractOperation): string {
    const rows = Object.entries(answers).map(([status, answer]) => [
      `<code>${escaped(status)}</code>`,
      escaped(Object.keys(answer.content ?? {}).join(', ')),
      inline(answer.description ?? ''),
    ]);
    const success = Object.entries(answers).find(([status]) => status.startsWith('2'))?.[1];
    const schema = success?.content?.['application/json']?.schema;
    const fields =
      schema === undefined
        ? ''
        : `<details><summary>Fields of the answer</summary>${this.#fields(schema)}</details>`;
    return `${table(['Answer', 'Type', ''], rows)}${fields}`;
  }

  #fields(schema: JsonSchema | undefined): string {
    if (schema === undefined) return '';
    const rows = fieldRows(this.#document.resolve(schema)).map(({ name, required, kind, description }) => [
      `<code>${escaped(name)}</code>`,
      required ? 'required' : '',
      escaped(kind),
      inline(description),
    ]);
    return rows.length === 0 ? '' : table(['Field', '', 'Value', ''], rows);
  }
}

function tagOf(operation: ContractOperation): string {
  return operation.tags[0] ?? 'Other';
}

function anchorOf({ method, path }: ContractOperation): string {
  return `${method}-${path}`.toLowerCase().replace(/[^a-z0-9]+/g, '-');
}

function navEntry(operation: ContractOperation): string {
  return `<li><a href="#${anchorOf(operation)}">${inline(operation.summary)}</a></li>`;
}

function table(headings: string[], rows: string[][]): string {
  const head = headings.map((heading) => `<th scope="col">${heading}</th>`).join('');
  const body = rows.map((row) => `<tr>${row.map((cell) => `<td>${cell}</td>`).join('')}</tr>`).join('');
  return `<table><thead><tr>${head}</tr></thead><tbody>${body}</tbody></table>`;
}

/** Paragraphs with \`code\` and **bold**: as much Markdown as the contract uses. */
function prose(text: string): string {
  return text
    .split(/\n\s*\n/)
    .filter((paragraph) => paragraph.trim() !== '')
    .map((paragraph) => `<p>${inline(paragraph)}</p>`)
    .join('\n');
}

function inline(text: string): string {
  return escaped(text)
    .replace(/`([^`]+)`/g, '<code>$1</code>')
    .replace(/\*\*([^*]+)\*\*/g, '<strong>$1</strong>');
}

function escaped(text: string): string {
  return text.replace(
    /[&<>"']/g,
    (character) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' })[character] ?? '',
  );
}
