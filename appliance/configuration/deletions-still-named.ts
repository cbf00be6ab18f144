import type { ConfigurationRefusal, Fields } from './configuration-document.ts';
import type { NamedObject } from './configuration-site.ts';

interface Naming {
  type: string;
  key: string;
  source: string;
  fields: Fields;
}

/** Objects that are about to be deleted, by type and lower-case key. */
export class Deletions {
  readonly #keys = new Map<string, Set<string>>();

  constructor(deletions: Iterable<{ type: string; key: string }>) {
    for (const { type, key } of deletions) {
      const keys = this.#keys.get(type) ?? new Set();
      this.#keys.set(type, keys.add(key.toLowerCase()));
    }
  }

  get isEmpty(): boolean {
    return this.#keys.size === 0;
  }

  /**
   * A refusal for each field that still names one of them. The deletion would empty such a field, or take the entry
   * with it, behind the back of a document that says otherwise.
   */
  namedBy(document: Naming, named: readonly NamedObject[]): ConfigurationRefusal[] {
    const { type, key, source } = document;
    return named
      .filter((one) => this.#keys.get(one.type)?.has(one.key.toLowerCase()))
      .map((one) => ({
        type,
        key,
        source,
        field: one.field,
        message: `This names ${one.key}, which would be deleted: the files of ${one.type} describe no ${one.key} any more.`,
      }));
  }
}
