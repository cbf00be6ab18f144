import { once } from 'node:events';
import { createWriteStream } from 'node:fs';

/** Host, kind and the rest of row number `index` of the benchmark: three Shell Jumps to one Remote RDP. */
export function benchRow(index: number, names = 'Server', ids = 'CI') {
  const rdp = index % 4 === 0;
  return {
    kind: rdp ? 'remote_rdp' : 'shell_jump',
    name: `${names} ${index}`,
    hostname: `${rdp ? 'win' : 'srv'}-${index}.dc${index % 7}.example.com`,
    group: index % 20,
    jumpoint: index % 5,
    port: rdp ? null : 22,
    username: rdp ? 'Administrator' : 'root',
    tag: `tag ${index % 50}, rack ${index % 200}`,
    comments: `Comment about server number ${index} in the data centre`,
    externalId: `${ids}${String(index).padStart(8, '0')}`,
  };
}

const HEADER =
  'shelljump_hostname,remote_rdp_hostname,name,group,jumpoint,port,protocol,shelljump_username,rdp_username,tag,comments,external_id';

/** Writes a CSV file of so many rows and answers its size in bytes. */
export async function writeBenchFile(
  path: string,
  rows: number,
  names = 'Server',
  ids = 'CI',
): Promise<number> {
  const file = createWriteStream(path);
  let text = `${HEADER}\n`;
  for (let index = 0; index < rows; index += 1) {
    const row = benchRow(index, names, ids);
    const shell = row.kind === 'shell_jump';
    text += `${shell ? row.hostname : ''},${shell ? '' : row.hostname},${row.name},group_${row.group},jumpoint_${row.jumpoint},${shell ? '22,ssh,root,' : ',,,Administrator'},"${row.tag}",${row.comments},${row.externalId}\n`;
    if (text.length > 1_000_000) {
      if (!file.write(text)) await once(file, 'drain');
      text = '';
    }
  }
  file.end(text);
  await once(file, 'close');
  return file.bytesWritten;
}
