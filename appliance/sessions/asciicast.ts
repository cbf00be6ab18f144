import type { RecordingReader } from './recording-store.ts';

/**
 * A recording as asciicast version 2, one line at a time, in constant memory. Text is always valid: a character cut by
 * two frames is joined, bytes that are no UTF-8 become U+FFFD.
 */
export async function* asciicast(recording: RecordingReader, title: string): AsyncGenerator<string> {
  const { startedAt, columns, rows } = recording.header;
  yield `${JSON.stringify({
    version: 2,
    width: columns,
    height: rows,
    timestamp: Math.floor(startedAt.getTime() / 1000),
    title,
    env: { TERM: 'xterm-256color' },
  })}\n`;
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  let last = 0;
  for await (const frame of recording.frames()) {
    last = frame.milliseconds;
    if (frame.type === 'resize') {
      yield line(last, 'r', `${frame.columns}x${frame.rows}`);
      continue;
    }
    const text = decoder.decode(frame.data, { stream: true });
    if (text) yield line(last, 'o', text);
  }
  const rest = decoder.decode();
  if (rest) yield line(last, 'o', rest);
}

function line(milliseconds: number, code: 'o' | 'r', text: string): string {
  return `[${(milliseconds / 1000).toFixed(3)},"${code}",${JSON.stringify(text)}]\n`;
}
