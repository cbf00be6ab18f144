import { isIP } from 'node:net';

const LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
const LONGEST_NAME = 253;

/**
 * The form in which an address of a portal is kept: a host name (as browsers send it, international names in their
 * `xn--` form) or an IP address, in lower case, without scheme, port or path. Undefined for anything else.
 */
export function portalAddress(text: string): string | undefined {
  const given = text.trim().toLowerCase().replace(/\.$/, '');
  const bare = given.replace(/^\[(.*)\]$/, '$1');
  const family = isIP(bare);
  if (family === 4) return bare;
  // One address has many spellings in IPv6; browsers and databases need one.
  if (family === 6) return new URL(`http://[${bare}]/`).hostname.slice(1, -1);
  if (/[\s/:@?#[\]\\%*]/.test(given) || !URL.canParse(`http://${given}/`)) return undefined;
  const name = new URL(`http://${given}/`).hostname;
  const labels = name.split('.');
  const isName = name.length <= LONGEST_NAME && labels.every((label) => LABEL.test(label));
  // A last label of digits alone would be read as an IPv4 address somewhere.
  return isName && !/^\d+$/.test(labels.at(-1) ?? '') ? name : undefined;
}
