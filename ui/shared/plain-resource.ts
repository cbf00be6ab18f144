import type { paths } from '../../api/generated/openapi.ts';
import { type Answered, client, ok, pageOf, type Read, readOf } from './api.ts';
import type { ListAnswer, ListQuery } from './list-controls.tsx';
import type { FormValues } from './record-form.tsx';

/** Addresses of lists whose entries have an address of their own, e.g. `/team`. */
export type Collection = {
  [Path in keyof paths]: `${Path}/{id}` extends keyof paths ? Path : never;
}[keyof paths];

/** One entry of such a list, as the contract has it. */
export type EntryOf<Path extends Collection> = paths[Path] extends {
  get: { responses: { 200: { content: { 'application/json': (infer Entry)[] } } } };
}
  ? Entry
  : never;

type IfMatch = Read<unknown>['ifMatch'];

/** The generated client knows every path by its own type; here one function serves all that are alike. */
interface AnyPath {
  GET<T>(path: string, init: object): Promise<Answered<T>>;
  POST<T>(path: string, init: object): Promise<Answered<T>>;
  PATCH<T>(path: string, init: object): Promise<Answered<T>>;
  DELETE<T>(path: string, init: object): Promise<Answered<T>>;
}
const anyPath = client as unknown as AnyPath;

const ROWS = 50;

/** The calls of a resource that is listed by numbered pages and changed with If-Match, for a `ResourcePage`. */
export function plainResource<Path extends Collection>(path: Path) {
  type Entry = EntryOf<Path> & { id: number };
  const one = `${path}/{id}`;
  return {
    rowKey: (entry: Entry) => String(entry.id),
    load: (query: ListQuery, signal: AbortSignal): Promise<ListAnswer<Entry>> =>
      pageOf(
        anyPath.GET<Entry[]>(path, {
          params: {
            query: {
              current_page: query.page,
              per_page: ROWS,
              ...(query.search === '' ? {} : { search: query.search }),
              ...query.filters,
            },
          },
          signal,
        }),
      ),
    read: (entry: Entry, signal: AbortSignal): Promise<Read<Entry>> =>
      readOf(anyPath.GET<Entry>(one, { params: { path: { id: entry.id } }, signal })),
    create: (values: FormValues): Promise<unknown> => ok(anyPath.POST(path, { body: values })),
    update: (entry: Entry, values: FormValues, header: IfMatch): Promise<unknown> =>
      ok(anyPath.PATCH(one, { params: { path: { id: entry.id }, header }, body: values })),
    remove: (entry: Entry, header: IfMatch): Promise<unknown> =>
      ok(anyPath.DELETE(one, { params: { path: { id: entry.id }, header } })),
    toForm: (entry: Entry): FormValues => entry as unknown as FormValues,
  };
}
