import { translated } from './constraint-errors.ts';

type Method = (...args: unknown[]) => unknown;

/**
 * The same repository, with database errors in the words of the appliance: outside a transaction nobody else
 * translates them. Streams (async iterators) are passed on as they are.
 */
export function translatingFailures<T extends object>(repository: T): T {
  const wrapped = new Map<PropertyKey, Method>();
  return new Proxy(repository, {
    get(target, name) {
      const known = wrapped.get(name);
      if (known !== undefined) return known;
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== 'function') return member;
      const method: Method = (...args) => {
        const result: unknown = member.apply(target, args);
        return result instanceof Promise ? result.catch(rethrowTranslated) : result;
      };
      wrapped.set(name, method);
      return method;
    },
  });
}

/** Every repository of a set, e.g. `Stores`. */
export function translatingFailuresOfAll<T extends object>(repositories: T): T {
  return Object.fromEntries(
    Object.entries(repositories).map(([name, repository]) => [
      name,
      translatingFailures(repository as object),
    ]),
  ) as T;
}

function rethrowTranslated(error: unknown): never {
  throw translated(error);
}
