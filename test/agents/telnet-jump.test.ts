import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { enrol } from '../../agents/jumpoint/enrolment.ts';
import { IdentityStore } from '../../agents/jumpoint/identity-store.ts';
import { type RunningJumpoint, runJumpoint } from '../../agents/jumpoint/run-jumpoint.ts';
import { TelnetCodec } from '../../agents/jumpoint/telnet-codec.ts';
import type { Inetd } from '../support/inetd.ts';
import { JumpointSite } from '../support/jumpoint-site.ts';
import { testTelnetd } from '../support/test-telnetd.ts';
import { canMakeUsers, testUser } from '../support/test-user.ts';

describe('the Telnet codec', () => {
  const codec = () => {
    const replies: number[] = [];
    const made = new TelnetCodec(
      { terminal: 'xterm', size: { columns: 255, rows: 24 }, username: 'ada' },
      (bytes) => {
        replies.push(...bytes);
      },
    );
    return { codec: made, replies };
  };

  it('offers nothing to a plain TCP service', () => {
    const { codec: plain, replies } = codec();
    expect(plain.decode(Buffer.from('220 ready\r\n')).toString()).toBe('220 ready\r\n');
    expect(replies).toEqual([]);
    expect(plain.echoesHere).toBe(true);
  });

  it('takes negotiation apart wherever the packets are cut', () => {
    const stream = Buffer.from([65, 255, 255, 255, 253, 31, 13, 0, 66, 255, 250, 24, 1, 255, 240, 67]);
    const whole = codec();
    const expected = whole.codec.decode(stream);
    expect([...expected]).toEqual([65, 255, 13, 66, 67]);
    const cut = codec();
    const pieces = [...stream].map((byte) => cut.codec.decode(Buffer.from([byte])));
    expect(Buffer.concat(pieces)).toEqual(expected);
    expect(cut.replies).toEqual(whole.replies);
  });

  it('doubles 255 in what it sends and answers each option once', () => {
    const { codec: one, replies } = codec();
    one.decode(Buffer.from([255, 253, 31, 255, 253, 31, 255, 253, 99, 255, 251, 1, 255, 251, 1]));
    expect(replies.join(' ')).toContain('255 250 31 0 255 255 0 24 255 240');
    expect(replies.join(' ').match(/255 252 99/g)).toHaveLength(1);
    expect(replies.join(' ').match(/255 253 1\b/g)).toHaveLength(1);
    expect([...one.encode(Buffer.from([255, 13, 13, 10]))]).toEqual([255, 255, 13, 0, 13, 10]);
  });

  it('never hands a user name to the server that its login would read as an option', () => {
    const replies: number[] = [];
    const bad = new TelnetCodec(
      { terminal: 'xterm', size: { columns: 80, rows: 24 }, username: '-f root' },
      (bytes) => {
        replies.push(...bytes);
      },
    );
    bad.decode(Buffer.from([255, 253, 39, 255, 250, 39, 1, 255, 240]));
    expect(Buffer.from(replies).toString('latin1')).not.toContain('root');
  });
});

describe('a shell over Telnet', () => {
  let site: JumpointSite;
  let jumpoint: RunningJumpoint;
  let stateDir: string;
  let shell: Inetd;

  beforeAll(async () => {
    stateDir = await mkdtemp(join(tmpdir(), 'bridgehead-jumpoint-'));
    [site, shell] = await Promise.all([JumpointSite.start(), testTelnetd({ login: '/bin/sh' })]);
    await enrol(new IdentityStore(stateDir), { token: site.enrolmentToken(), version: 'test' });
    jumpoint = await runJumpoint({ stateDir, log: pino({ level: 'silent' }) });
  });

  afterAll(async () => {
    await jumpoint?.stop();
    await Promise.all([site?.stop(), shell?.stop()]);
    await rm(stateDir, { recursive: true, force: true });
  });

  const telnet = (port: number) => ({ protocol: 'telnet' as const, port });

  it('tells terminal type and size, follows the window and ends with the remote', async () => {
    const relay = await site.jump(telnet(shell.port));
    await relay.connected();
    await relay.shows(/[#$] /);
    relay.type('stty size; echo term=$TERM\r');
    await relay.shows(/24 80[\s\S]*term=xterm\b/);
    relay.resize(100, 30);
    await expect
      .poll(
        () => {
          relay.type('stty size\r');
          return relay.output;
        },
        { interval: 200, timeout: 5_000 },
      )
      .toContain('30 100');
    relay.type('exit\r');
    expect(await relay.exit()).toMatchObject({ code: null, message: expect.stringContaining('closed') });
    await relay.ended();
  });

  it('carries every byte of a flood', async () => {
    const relay = await site.jump(telnet(shell.port));
    await relay.shows(/[#$] /);
    const start = relay.outputBytes;
    relay.type('stty -opost -echo; head -c 5000000 /dev/zero | tr "\\0" "\\377"; echo END-OF-IT\r');
    await relay.shows(/\xffEND-OF-IT/);
    expect(relay.outputBytes - start).toBeGreaterThanOrEqual(5_000_000);
    relay.close();
  });

  it.runIf(canMakeUsers)('reaches the real login', async () => {
    const [user, telnetd] = await Promise.all([testUser(), testTelnetd()]);
    const relay = await site.jump(telnet(telnetd.port));
    await relay.shows(/login: /);
    relay.type(`${user.username}\r`);
    await relay.shows(/Password: /);
    relay.type(`${user.password}\r`);
    await relay.shows(/\$ /);
    relay.type('id -un\r');
    await relay.shows(new RegExp(`[\\r\\n]${user.username}`));
    expect(relay.output).not.toContain(user.password);
    relay.close();
    await telnetd.stop();
    await user.remove();
  });

  it('keeps an idle connection alive and shows what is typed where the server does not echo', async () => {
    const received: Buffer[] = [];
    const sockets: Socket[] = [];
    const plain = createServer((socket) => {
      sockets.push(socket);
      socket.on('data', (data: Buffer) => received.push(data));
    });
    await new Promise<void>((resolve) => plain.listen(0, '127.0.0.1', () => resolve()));
    const relay = await site.jump({
      ...telnet((plain.address() as { port: number }).port),
      keep_alive: 1,
    });
    await relay.connected();
    relay.type('help\r');
    await relay.shows(/help\r\n/);
    await expect
      .poll(() => Buffer.concat(received).toString('latin1'), { timeout: 3_000 })
      .toBe('help\r\0\xff\xf1');
    sockets[0]?.destroy();
    await relay.exit();
    plain.close();
  });
});
