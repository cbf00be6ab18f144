/** A server as it is written in `alternate_servers`: `host`, `host:port` or `[IPv6 address]:port`. Undefined: it is none. */
export function serverOf(text: string, usualPort: number): { host: string; port: number } | undefined {
  const found = /^(?:\[([0-9A-Fa-f:.]+)\]|([^\s:/[\]@]+))(?::(\d{1,5}))?$/.exec(text.trim());
  const host = found?.[1] ?? found?.[2];
  const port = found?.[3] === undefined ? usualPort : Number(found[3]);
  return host === undefined || host.length > 253 || port < 1 || port > 65_535 ? undefined : { host, port };
}
