import { type Inetd, inetd } from './inetd.ts';

/**
 * A real Telnet server (GNU inetutils) on a loopback port the kernel picks. It asks for name and password when this
 * process is root; `login` is run instead of that, e.g. `/bin/sh`.
 */
export function testTelnetd(options: { login?: string } = {}): Promise<Inetd> {
  return inetd('/usr/sbin/telnetd', () => ['-h', ...(options.login ? ['-E', options.login] : [])]);
}
