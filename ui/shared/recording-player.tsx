import 'asciinema-player/dist/bundle/asciinema-player.css';
import { Alert } from '@mantine/core';
import { create } from 'asciinema-player';
import { useEffect, useRef, useState } from 'react';

/** Plays the asciicast at this address; long pauses are shortened. */
export function RecordingPlayer({ url }: { url: string }) {
  const place = useRef<HTMLDivElement>(null);
  const [problem, setProblem] = useState<string>();
  useEffect(() => {
    const abort = new AbortController();
    let dispose = () => {};
    // Fetched here and not by the player, so that a refusal is shown in the API's own words.
    fetch(url, { signal: abort.signal })
      .then(async (answer) => {
        if (!answer.ok)
          throw new Error(
            ((await answer.json()) as { message?: string }).message ??
              `The server answered ${answer.status}.`,
          );
        const player = create({ data: await answer.text() }, place.current!, {
          fit: 'width',
          idleTimeLimit: 2,
          autoPlay: true,
          preload: true,
        });
        dispose = () => player.dispose();
      })
      .catch((error: Error) => {
        if (!abort.signal.aborted) setProblem(error.message);
      });
    return () => {
      abort.abort();
      dispose();
    };
  }, [url]);
  if (problem !== undefined) return <Alert color="red">{problem}</Alert>;
  return <div ref={place} data-testid="recording" />;
}
