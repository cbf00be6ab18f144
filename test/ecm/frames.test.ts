import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeFrame, FrameProblem, FrameReader, MAX_FRAME_BYTES } from '../../ecm/channel/frames.ts';
import { parseFromPlugin } from '../../ecm/channel/parsed-messages.ts';

describe('frames', () => {
  it('are put together from pieces of any size', () => {
    const messages = fc.array(fc.dictionary(fc.string(), fc.jsonValue()), { maxLength: 10 });
    const sizes = fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(messages, sizes, (sent, pieces) => {
        const bytes = Buffer.concat(sent.map(encodeFrame));
        const reader = new FrameReader();
        const received: object[] = [];
        for (let at = 0, count = 0; at < bytes.length; count += 1) {
          const size = pieces[count % pieces.length]!;
          received.push(...reader.read(bytes.subarray(at, at + size)));
          at += size;
        }
        expect(received).toEqual(sent.map((message) => JSON.parse(JSON.stringify(message))));
      }),
    );
  });

  it('that are too long are refused by both ends, before they are there', () => {
    expect(() => encodeFrame({ text: 'x'.repeat(MAX_FRAME_BYTES) })).toThrow(FrameProblem);
    const header = Buffer.alloc(4);
    for (const length of [0, MAX_FRAME_BYTES + 1, 0xffff_ffff]) {
      header.writeUInt32BE(length);
      expect(() => [...new FrameReader().read(header)], String(length)).toThrow(FrameProblem);
    }
  });

  it('hold objects alone', () => {
    for (const text of ['[]', 'null', '7', '"x"', '{', '']) {
      const frame = Buffer.concat([Buffer.from([0, 0, 0, text.length]), Buffer.from(text)]);
      expect(() => [...new FrameReader().read(frame)], text).toThrow(FrameProblem);
    }
  });
});

describe('a message of a plug-in', () => {
  it('is taken apart or refused, whatever it is', () => {
    const kinds = ['result', 'error', 'log', 'mask', 'pong', 'hello', 'problems', 'ready', 'failed', 'other'];
    const member = fc.oneof(fc.jsonValue(), fc.constantFrom('info', 'not_found', 1, -1, 1e300));
    const message = fc.record(
      Object.fromEntries(
        [
          'id',
          'code',
          'message',
          'level',
          'secret',
          'name',
          'version',
          'problems',
          'capabilities',
          'value',
        ].map((name) => [name, member]),
      ),
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.constantFrom(...kinds), message, (t, members) => {
        try {
          expect(parseFromPlugin({ t, ...members }).t).toBe(t);
        } catch (cause) {
          expect(cause).toBeInstanceOf(FrameProblem);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
