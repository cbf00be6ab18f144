import { notifications } from '@mantine/notifications';
import { useCallback, useEffect, useRef, useState } from 'react';

/** For a page with a list: what was done is told once the list shows it, so that the two never contradict each other. */
export function useChangedList() {
  const [version, setVersion] = useState(0);
  const toTell = useRef<string[]>([]);
  const onShown = useCallback(() => {
    for (const message of toTell.current.splice(0)) notifications.show({ message, color: 'teal' });
  }, []);
  useEffect(() => onShown, [onShown]);
  const changed = useCallback((message?: string) => {
    if (message !== undefined) toTell.current.push(message);
    setVersion((now) => now + 1);
  }, []);
  return {
    /** For the list. */
    list: { version, onShown },
    changed,
  };
}
