import type { IncomingMessage } from 'node:http';

const LOOPBACK_NAMES = new Set(['localhost', '127.0.0.1', '[::1]']);

/** The names this site answers to: its public URL, the URLs of its processes, and loopback. */
export interface SiteOrigins {
  /** Origin of the public URL, e.g. `https://support.example.com`. */
  publicOrigin: string;
  /** Origins of the processes that are alive, this one included. They come and go, so ask each time. */
  nodeOrigins(): readonly string[];
}

/** Whether a Host header (with or without port) names this site. */
export function isKnownHost(site: SiteOrigins, host: string | undefined): boolean {
  if (host === undefined) return false;
  const name = hostnameOf(`http://${host}`);
  if (name === undefined) return false;
  return LOOPBACK_NAMES.has(name) || originsOf(site).some((origin) => hostnameOf(origin) === name);
}

/**
 * Whether a browser's page belongs to this site: the origin of the public URL or of a process, or the very host the
 * request went to (loopback names and mapped ports). That host has passed the Host check.
 */
export function isSiteOrigin(site: SiteOrigins, origin: string, host: string | undefined): boolean {
  if (originsOf(site).includes(origin)) return true;
  if (host === undefined || !isKnownHost(site, host)) return false;
  return origin === `http://${host}` || origin === `https://${host}`;
}

/**
 * Whether a request that its sender did not have to authorise by itself (a cookie went along) was made by a page of
 * this site. Browsers send `Origin` with every write and every WebSocket; without one only `Sec-Fetch-Site` tells.
 */
export function isSameOriginRequest(site: SiteOrigins, req: Pick<IncomingMessage, 'headers'>): boolean {
  const { origin, host } = req.headers;
  if (origin !== undefined) return isSiteOrigin(site, origin, host);
  return req.headers['sec-fetch-site'] === 'same-origin';
}

function originsOf(site: SiteOrigins): string[] {
  return [site.publicOrigin, ...site.nodeOrigins()];
}

function hostnameOf(url: string): string | undefined {
  return URL.canParse(url) ? new URL(url).hostname : undefined;
}
