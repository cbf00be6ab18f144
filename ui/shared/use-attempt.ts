import { useState } from 'react';
import { ApiError } from './api.ts';

/**
 * For buttons that change something at once: does it, reads anew afterwards, and keeps why it was refused until the next
 * attempt. `attempt` tells whether it was done.
 */
export function useAttempt(reload?: () => void): {
  problem: Error | undefined;
  attempt: (act: () => Promise<unknown>) => Promise<boolean>;
} {
  const [problem, setProblem] = useState<Error>();
  const attempt = async (act: () => Promise<unknown>) => {
    setProblem(undefined);
    try {
      await act();
      reload?.();
      return true;
    } catch (refusal) {
      setProblem(refusal as Error);
      // Somebody else was quicker: what they did is shown, and may be changed again.
      if (refusal instanceof ApiError && refusal.status === 412) reload?.();
      return false;
    }
  };
  return { problem, attempt };
}
