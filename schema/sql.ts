import postgres from 'postgres';

/** A pool, one reserved connection or one transaction: anything that runs tagged-template queries. */
export type Sql = postgres.ISql<{ bigint: number }>;
/** A pool that can open transactions. */
export type SqlPool = postgres.Sql<{ bigint: number }>;
export type ConnectionOptions = postgres.Options<Record<string, postgres.PostgresType>>;

/** How a server is reached: options (Unix socket of the embedded one) or the URL of an external one. */
export type DatabaseAddress = string | ConnectionOptions;

/** Counts and identities fit a JavaScript number (audit rows included), so bigint is read as one. */
const numbers = { bigint: { to: 20, from: [20], serialize: String, parse: Number } };

/** Opens a pool. Connections are made on first use. */
export function connect(address: DatabaseAddress, options: { max?: number; name?: string } = {}): SqlPool {
  const settings = {
    max: options.max ?? 10,
    types: numbers,
    onnotice: () => {},
    connection: { application_name: options.name ?? 'bridgehead' },
  };
  if (typeof address !== 'string') return postgres({ ...address, ...settings }) as unknown as SqlPool;
  const { url, socketDirectory } = socketDirectoryOf(address);
  const host = socketDirectory === undefined ? {} : { host: socketDirectory };
  return postgres(url, { ...settings, ...host }) as unknown as SqlPool;
}

/** A Unix socket in a URL, written as PostgreSQL's own tools have it: `postgres://user@/database?host=/directory`. */
function socketDirectoryOf(address: string): { url: string; socketDirectory: string | undefined } {
  const question = address.indexOf('?');
  const query = new URLSearchParams(question < 0 ? '' : address.slice(question));
  const socketDirectory = query.get('host') ?? undefined;
  if (socketDirectory === undefined) return { url: address, socketDirectory };
  query.delete('host');
  return { url: `${address.slice(0, question)}?${query}`.replace('@/', '@localhost/'), socketDirectory };
}

/** Resolves when the database answers. */
export async function ping(sql: Sql): Promise<void> {
  await sql`select 1`;
}
