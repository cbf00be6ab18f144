/** The unique id of an entry as text: GUIDs and security ids in their usual forms, other octets in hexadecimal digits. */
export function idOf(attribute: string, value: Buffer): string {
  switch (attribute.toLowerCase()) {
    case 'objectguid':
      return value.length === 16 ? guidText(value) : value.toString('hex');
    case 'objectsid':
      return sidText(value) ?? value.toString('hex');
    default:
      return isText(value) ? value.toString('utf8') : value.toString('hex');
  }
}

/** The octets a filter needs for such an id; undefined: the attribute holds text. */
export function binaryOfId(attribute: string, id: string): Buffer | undefined {
  switch (attribute.toLowerCase()) {
    case 'objectguid':
      return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id) ? guidOctets(id) : undefined;
    case 'objectsid':
      return /^S-1(-\d+){2,16}$/i.test(id) ? sidOctets(id) : undefined;
    case 'guid':
      return /^([0-9a-f]{2})+$/i.test(id) ? Buffer.from(id, 'hex') : undefined;
    default:
      return undefined;
  }
}

/** The first three fields are in the byte order of the machine that made it (MS-DTYP 2.3.4). */
function guidText(octets: Buffer): string {
  const hex = swapped(octets).toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

function guidOctets(text: string): Buffer {
  return swapped(Buffer.from(text.replaceAll('-', ''), 'hex'));
}

function swapped(octets: Buffer): Buffer {
  const turned = Buffer.from(octets);
  turned.subarray(0, 4).reverse();
  turned.subarray(4, 6).reverse();
  turned.subarray(6, 8).reverse();
  return turned;
}

/** S-1-5-21-…, see MS-DTYP 2.4.2. */
export function sidText(octets: Buffer): string | undefined {
  const count = octets[1] ?? 0;
  if (octets.length !== 8 + 4 * count || octets[0] !== 1) return undefined;
  const parts = Array.from({ length: count }, (_, index) => octets.readUInt32LE(8 + 4 * index));
  return ['S', 1, octets.readUIntBE(2, 6), ...parts].join('-');
}

export function sidOctets(text: string): Buffer {
  const [authority = 0, ...parts] = text.split('-').slice(2).map(Number);
  const octets = Buffer.alloc(8 + 4 * parts.length);
  octets[0] = 1;
  octets[1] = parts.length;
  octets.writeUIntBE(authority, 2, 6);
  for (const [index, part] of parts.entries()) octets.writeUInt32LE(part >>> 0, 8 + 4 * index);
  return octets;
}

const decoder = new TextDecoder('utf-8', { fatal: true });

function isText(value: Buffer): boolean {
  try {
    return !/\p{Cc}/u.test(decoder.decode(value));
  } catch {
    return false;
  }
}
