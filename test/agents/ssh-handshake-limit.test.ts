import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { limitHandshake } from '../../agents/jumpoint/ssh-handshake-limit.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

describe('the time a target has for its host key', () => {
  it('is over after 15 seconds when it says nothing', () => {
    const { refusals } = limited();
    vi.advanceTimersByTime(14_999);
    expect(refusals).toEqual([]);
    vi.advanceTimersByTime(60_000);
    expect(refusals).toEqual([
      'host.example.com accepts connections, but says nothing: it may be no SSH server, or a busy one.',
    ]);
  });

  it('is over after 45 seconds when it speaks, however slowly', () => {
    const { refusals, socket } = limited();
    socket.bytesRead += 21;
    vi.advanceTimersByTime(44_999);
    expect(refusals).toEqual([]);
    vi.advanceTimersByTime(60_000);
    expect(refusals).toEqual(['host.example.com did not settle on encryption within 45 seconds.']);
  });

  it('is not limited any more once the key is there', () => {
    for (const after of [0, 20_000]) {
      const { refusals, socket, done } = limited();
      socket.bytesRead += 21;
      vi.advanceTimersByTime(after);
      done();
      vi.advanceTimersByTime(100_000);
      expect(refusals).toEqual([]);
    }
  });
});

function limited() {
  const refusals: string[] = [];
  const socket = { bytesRead: 0 };
  const done = limitHandshake(socket, 'host.example.com', (refusal) => refusals.push(refusal.message));
  return { refusals, socket, done };
}
