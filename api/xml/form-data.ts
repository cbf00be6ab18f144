import { ApplianceError } from '../../appliance/errors.ts';

/**
 * The fields of a small multipart/form-data body, in memory. Files are passed over: no call of the XML APIs takes one.
 * Fails with `invalid` when the body does not keep to its boundary.
 */
export function formDataOf(body: Buffer, contentType: string): [string, string][] {
  const boundary = /boundary=(?:"([^"]{1,70})"|([^\s;]{1,70}))/i.exec(contentType);
  const mark = boundary?.[1] ?? boundary?.[2];
  if (mark === undefined) throw new ApplianceError('invalid', 'The multipart body names no boundary.');
  // One character per byte, so that positions and contents survive; values become UTF-8 again below.
  const parts = `\r\n${body.toString('latin1')}`.split(`\r\n--${mark}`);
  if (parts.length < 2 || !parts.at(-1)!.startsWith('--')) {
    throw new ApplianceError('invalid', 'The multipart body is not complete.');
  }
  const fields: [string, string][] = [];
  for (const part of parts.slice(1, -1)) {
    const end = part.indexOf('\r\n\r\n');
    const disposition = /^content-disposition:(.*)$/im.exec(part.slice(0, Math.max(end, 0)))?.[1];
    const name = disposition === undefined ? undefined : /\bname="([^"]*)"/i.exec(disposition)?.[1];
    if (end < 0 || name === undefined)
      throw new ApplianceError('invalid', 'A part of the multipart body has no name.');
    if (/\bfilename=/i.test(disposition!)) continue;
    fields.push([utf8(name), utf8(part.slice(end + 4))]);
  }
  return fields;
}

function utf8(latin1: string): string {
  return Buffer.from(latin1, 'latin1').toString('utf8');
}
