import { BlockList, isIP } from 'node:net';

/** Whether this is an address, a network such as `10.0.0.0/8`, or a range such as `10.0.0.1-10.0.0.9`. */
export function isAddressRange(text: string): boolean {
  const parts = text.split('-').map((part) => part.trim());
  const [first = '', last] = parts;
  if (parts.length === 1) return isAddressOrNetwork(first);
  if (parts.length !== 2 || last === undefined) return false;
  const family = isIP(first);
  if (family === 0 || isIP(last) !== family) return false;
  try {
    new BlockList().addRange(first, last, family === 6 ? 'ipv6' : 'ipv4');
    return true;
  } catch {
    // The last address comes before the first.
    return false;
  }
}

/** As the zone proxy takes it: an address, or a network with a bit count or a dotted mask. */
export function isAddressOrMaskedNetwork(text: string): boolean {
  const [address = '', mask, ...rest] = text.split('/');
  if (rest.length === 0 && isIP(address) === 4 && mask !== undefined && isIP(mask) === 4) return isMask(mask);
  return isAddressOrNetwork(text);
}

function isAddressOrNetwork(text: string): boolean {
  const [address = '', bits, ...rest] = text.split('/');
  const family = isIP(address);
  if (family === 0 || rest.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 6 ? 128 : 32));
}

function isMask(mask: string): boolean {
  const bits = mask
    .split('.')
    .map((part) => Number(part).toString(2).padStart(8, '0'))
    .join('');
  return /^1*0*$/.test(bits);
}
