import type { ShellAccess } from '../../agents/control-protocol.ts';
import type { Jumpoint } from '../../appliance/jump/jumpoint.ts';

/** What a Jumpoint may reach, as its program is told it for one target. */
export function shellAccess(
  jumpoint: Pick<Jumpoint, 'shellJumpAccess' | 'shellJumpRanges' | 'shellJumpProvisioned'>,
  target: { protocol: 'ssh' | 'telnet'; port: number },
): ShellAccess {
  return {
    mode: jumpoint.shellJumpAccess,
    ranges: jumpoint.shellJumpRanges,
    // Entries without a port stand for every port, so for the one asked for.
    provisioned: jumpoint.shellJumpProvisioned
      .filter(({ protocol }) => !protocol || protocol === target.protocol)
      .map(({ hostname, port }) => ({ hostname, port: port || target.port })),
  };
}
