import { notifications } from '@mantine/notifications';
import { useEffect } from 'react';
import { useSearchParams } from 'react-router';

/**
 * Opens the record that an address names by `?open=<id>`, as links from other pages do. Once it is read, the address is
 * that of the list again, so that closing the record leaves the list.
 */
export function useOpenedByAddress<T>(
  read: (id: number, signal: AbortSignal) => Promise<T>,
  onOpen: (record: T) => void,
): void {
  const [address, setAddress] = useSearchParams();
  const id = Number(address.get('open'));
  // biome-ignore lint/correctness/useExhaustiveDependencies: once for each record that is named.
  useEffect(() => {
    if (!Number.isInteger(id) || id < 1) return;
    const abort = new AbortController();
    const forget = () =>
      setAddress(
        (now) => {
          const rest = new URLSearchParams(now);
          rest.delete('open');
          return rest;
        },
        { replace: true },
      );
    read(id, abort.signal)
      .then((record) => {
        onOpen(record);
        forget();
      })
      .catch((error: Error) => {
        if (abort.signal.aborted) return;
        notifications.show({ message: error.message, color: 'red' });
        forget();
      });
    return () => abort.abort();
  }, [id]);
}
