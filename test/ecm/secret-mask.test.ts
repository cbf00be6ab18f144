import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { PluginOutput } from '../../ecm/host/plugin-output.ts';
import { SecretMask } from '../../ecm/host/secret-mask.ts';

const SECRET = 'p&w "ünd" $x';

describe('a mask', () => {
  it('hides a secret in the forms in which it is written', () => {
    const mask = new SecretMask();
    mask.addLasting(SECRET);
    for (const text of [
      SECRET,
      JSON.stringify({ password: SECRET }),
      `https://store/?q=${encodeURIComponent(SECRET)}`,
      Buffer.from(SECRET).toString('base64'),
    ]) {
      expect(mask.mask(`before ${text} after`)).toMatch(/^before .*\[secret\].* after$/);
      expect(mask.mask(text)).not.toMatch(/ünd|%C3%BC|w7xu/);
    }
  });

  it('hides the lines of a key by themselves', () => {
    const mask = new SecretMask();
    mask.addGiven('-----BEGIN KEY-----\nMIIEvQIBADANBgkq\nhkiG9w0BAQEFAASC\n-----END KEY-----\n');
    expect(mask.mask('line hkiG9w0BAQEFAASC of it')).toBe('line [secret] of it');
  });

  it('hides the longer of two that begin alike', () => {
    const mask = new SecretMask();
    mask.addLasting('hunter');
    mask.addLasting('hunter2000');
    expect(mask.mask('hunter2000 hunter')).toBe('[secret] [secret]');
  });

  it('hides the beginning of a secret at the end of a cut text', () => {
    const mask = new SecretMask();
    mask.addLasting('correct horse battery');
    expect(mask.mask('it is correct hor', true)).toBe('it is ');
    expect(mask.mask('it is correct hor')).toBe('it is correct hor');
  });

  it('forgets what was given out, but never what was set', () => {
    const mask = new SecretMask();
    mask.addLasting('of the settings');
    mask.addGiven('given out');
    mask.forget('given out');
    mask.forget('of the settings');
    expect(mask.mask('given out, of the settings')).toBe('given out, [secret]');
  });

  it('knows a good number of given secrets at most', () => {
    const mask = new SecretMask();
    for (let number = 0; number < 1000; number += 1) mask.addGiven(`secret-${number}-x`);
    expect(mask.mask('secret-999-x')).toBe('[secret]');
    expect(mask.mask('secret-1-x')).toBe('secret-1-x');
  });
});

describe('the output of a process', () => {
  it('becomes lines, however it comes', async () => {
    const { lines, stream } = read();
    for (const piece of [
      'one\ntw',
      'o\r\n',
      '\n',
      'thr',
      'ee ',
      Buffer.from('ü').subarray(0, 1),
      Buffer.from('ü').subarray(1),
    ])
      stream.write(piece);
    stream.end();
    await ended(stream);
    expect(lines).toEqual([
      ['one', false],
      ['two', false],
      ['three ü', false],
    ]);
  });

  it('is cut where a line does not end', async () => {
    const { lines, stream } = read();
    for (let count = 0; count < 100; count += 1) stream.write('x'.repeat(1000));
    stream.end('\nnext\n');
    await ended(stream);
    expect(lines.map(([line, cut]) => [line.length, cut])).toEqual([
      [8000, true],
      [4, false],
    ]);
  });

  it('is thinned out, with the number of lines that are missing', async () => {
    const { lines, stream } = read();
    stream.end('line\n'.repeat(10_000));
    await ended(stream);
    expect(lines.length).toBeLessThan(110);
    expect(lines.at(-1)![0]).toMatch(/^9\d{3} further lines of the plug-in were left out\.$/);
  });
});

function read() {
  const lines: [string, boolean][] = [];
  const stream = new PassThrough();
  new PluginOutput((_level, line, cut) => lines.push([line, cut])).read(stream, 'info');
  return { lines, stream };
}

function ended(stream: PassThrough): Promise<void> {
  return new Promise((resolve) => {
    stream.on('end', () => setImmediate(resolve));
  });
}
