import { Button, Group, Modal, Stack, Text } from '@mantine/core';
import { useCallback, useEffect, useRef, useState } from 'react';
import { client, ok, type Schema } from './api.ts';
import type { Me } from './signed-in.tsx';

/** The warning comes so long before the end. */
const WARN_SECONDS = 30;
const MOST_OFTEN_MS = 60_000;
const ACTIVITY = ['pointerdown', 'pointermove', 'keydown', 'wheel', 'touchstart'] as const;
/** Every page of the site in this browser. */
const CHANNEL = 'bridgehead-sign-in';

type Standing = Schema<'SignInStanding'>;

/** Moments of this browser's clock. */
interface Ends {
  idle: number;
  absolute: number;
}

function endsOf(standing: Standing): Ends {
  const now = Date.now();
  const { idle_seconds_left: idle, session_seconds_left: absolute } = standing;
  return {
    idle: idle === null ? Number.POSITIVE_INFINITY : now + idle * 1000,
    absolute: now + absolute * 1000,
  };
}

/**
 * Tells the server that somebody is really there (a page that reads by itself is nobody), warns half a minute before the
 * sign-in ends, and notices the end. The pages of one browser agree: activity in one of them counts for all.
 */
export function SessionWatch(props: { me: Me; onOver: () => void; onSignOut: () => Promise<void> }) {
  const { me, onOver } = props;
  const ends = useRef(endsOf(me));
  const lastActivity = useRef(0);
  const lastTold = useRef(Date.now());
  const channel = useRef<BroadcastChannel>(undefined);
  const [warning, setWarning] = useState<{ seconds: number; absolute: boolean }>();
  const [problem, setProblem] = useState<string>();
  const warned = useRef(false);

  const learn = useCallback((next: Ends) => {
    ends.current = next;
    warned.current = false;
    setWarning(undefined);
    setProblem(undefined);
  }, []);

  const stay = useCallback(async () => {
    lastTold.current = Date.now();
    try {
      const next = endsOf(await ok(client.POST('/me/activity')));
      learn(next);
      channel.current?.postMessage(next);
    } catch (error) {
      setProblem((error as Error).message);
    }
  }, [learn]);

  useEffect(() => learn(endsOf(me)), [me, learn]);

  useEffect(() => {
    const pages = new BroadcastChannel(CHANNEL);
    channel.current = pages;
    pages.onmessage = ({ data }: MessageEvent<Ends>) => {
      lastTold.current = Date.now();
      learn(data);
    };
    const active = () => {
      // Once the warning stands, only an answer to it counts: a sleeve on the mouse is no answer.
      if (!warned.current) lastActivity.current = Date.now();
    };
    for (const event of ACTIVITY) window.addEventListener(event, active, { capture: true, passive: true });
    return () => {
      for (const event of ACTIVITY) window.removeEventListener(event, active, { capture: true });
      pages.close();
    };
  }, [learn]);

  useEffect(() => {
    const look = () => {
      const now = Date.now();
      const { idle, absolute } = ends.current;
      const left = Math.ceil((Math.min(idle, absolute) - now) / 1000);
      const untold = lastActivity.current > lastTold.current;
      const mayTell = now - lastTold.current >= MOST_OFTEN_MS || (idle - now) / 1000 <= WARN_SECONDS;
      if (left > 0 && untold && mayTell && !warned.current) void stay();
      else if (left <= 0) onOver();
      else if (left <= WARN_SECONDS) {
        warned.current = true;
        setWarning({ seconds: left, absolute: absolute <= idle });
      }
    };
    const timer = setInterval(look, 1000);
    // A laptop that wakes up, a page that comes to the front: timers have slept.
    document.addEventListener('visibilitychange', look);
    return () => {
      clearInterval(timer);
      document.removeEventListener('visibilitychange', look);
    };
  }, [onOver, stay]);

  if (warning === undefined) return null;
  const { seconds, absolute } = warning;
  return (
    <Modal
      opened
      onClose={() => void (absolute ? setWarning(undefined) : stay())}
      title={absolute ? 'Your sign-in ends' : 'Are you still there?'}
      withCloseButton={false}
      closeOnClickOutside={false}
      centered
    >
      <Stack>
        <Text>
          You are signed out in{' '}
          <Text span fw={700} aria-live="off">
            {seconds} {seconds === 1 ? 'second' : 'seconds'}
          </Text>
          {absolute
            ? ', because nobody stays signed in for longer. Save your work now; open sessions end.'
            : ', because nothing has happened here for a while. Open sessions end with that.'}
        </Text>
        {problem !== undefined && (
          <Text c="red" role="alert">
            {problem}
          </Text>
        )}
        <Group justify="flex-end">
          <Button variant="default" onClick={() => void props.onSignOut()}>
            Sign out now
          </Button>
          {!absolute && (
            <Button data-autofocus onClick={() => void stay()}>
              Stay signed in
            </Button>
          )}
        </Group>
      </Stack>
    </Modal>
  );
}
