import { once } from 'node:events';
import { createServer, get, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { pino } from 'pino';
import { afterEach, describe, expect, it } from 'vitest';
import { streamList } from '../../api/xml/reporting/report-list.ts';
import { xmlErrors } from '../../api/xml/xml-answer.ts';
import { xml } from '../../api/xml/xml-renderer.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

/** A server whose only answer is a list of these numbers, one batch of text after the other. */
async function listOf(batches: AsyncIterable<string[]>): Promise<string> {
  const app = express();
  app.get('/', async (_req, res) => {
    await streamList(res, { name: 'list', namespace: 'urn:test' }, batches, (text) => xml('item', text));
  });
  app.use(xmlErrors(() => 'urn:test', pino({ level: 'silent' })));
  const server = createServer(app).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

const BIG = 'x'.repeat(100_000);
const pause = (milliseconds: number) => new Promise((done) => setTimeout(done, milliseconds));

describe('streaming a list', () => {
  it('cuts the connection when the source fails half-way, so that the answer cannot pass for a whole one', async () => {
    async function* failing() {
      yield [BIG];
      yield [BIG];
      throw new Error('the database went away');
    }
    const answer = await fetch(await listOf(failing()));
    expect(answer.status).toBe(200);
    await expect(answer.text()).rejects.toThrow();
  });

  it('answers an error instead when the source fails before the first byte', async () => {
    // biome-ignore lint/correctness/useYield: it fails first
    async function* failing(): AsyncGenerator<string[]> {
      throw new Error('no database');
    }
    const answer = await fetch(await listOf(failing()));
    expect(answer.status).toBe(500);
    expect(await answer.text()).toContain('<error xmlns="urn:test">Something went wrong here.');
  });

  it('reads no further ahead than the caller takes, and stops when the caller leaves', async () => {
    let produced = 0;
    let stopped = false;
    async function* endless() {
      try {
        for (;;) {
          produced += 1;
          yield [BIG];
        }
      } finally {
        stopped = true;
      }
    }
    const request = get(await listOf(endless()));
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    response.pause();
    // It goes on until the buffers on the way are full.
    for (let before = -1; produced !== before && produced < 200; ) {
      before = produced;
      await pause(300);
    }
    expect(produced).toBeLessThan(200);
    response.destroy();
    await expect.poll(() => stopped).toBe(true);
  });
});
