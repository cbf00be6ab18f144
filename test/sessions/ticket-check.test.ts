import type { IncomingMessage, ServerResponse } from 'node:http';
import { Secret, TOTP } from 'otpauth';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { configurationCalls } from '../support/configuration-calls.ts';
import { httpsServer, type TestHttpServer } from '../support/https-server.ts';
import { ok } from '../support/live-jumpoint.ts';
import { LiveSite, post, ROLE } from '../support/live-site.ts';
import type { Caller } from '../support/test-appliance.ts';

const BASE = '/api/config/v1';
const SECRET = 'planted-ticket-system-secret';

let site: LiveSite;
let tickets: TestHttpServer;
let admin: Caller;
let representative: { id: number; username: string; call: Caller };
let policyId: number;
let itemId: number;
const asked: { headers: IncomingMessage['headers']; body: string }[] = [];

/** What the ticket system does is said by the ticket id. */
function answer(req: IncomingMessage, res: ServerResponse): void {
  const chunks: Buffer[] = [];
  req.on('data', (chunk: Buffer) => chunks.push(chunk));
  req.on('end', () => {
    const body = Buffer.concat(chunks).toString();
    asked.push({ headers: req.headers, body });
    const say = (word: string, message: string) =>
      res.end(
        body.startsWith('{')
          ? JSON.stringify({ answer: word, message })
          : `<ticket_approval_response><answer>${word}</answer><message>${message}</message></ticket_approval_response>`,
      );
    const what = /INC-([a-z]+)/.exec(body)?.[1];
    if (what === 'allow') say('allow', 'Go on.');
    else if (what === 'deny') say('deny', 'This ticket is closed.');
    else if (what === 'maybe') say('perhaps', '');
    else if (what === 'page') res.end('<html>allow</html>');
    else if (what === 'error')
      res.writeHead(500).end('<ticket_approval_response><answer>allow</answer></ticket_approval_response>');
    else if (what === 'redirect') res.writeHead(307, { location: '/allow' }).end();
    else if (what === 'flood') res.end('x'.repeat(200_000));
    else if (what === 'gone') res.socket?.destroy();
  });
}

beforeAll(async () => {
  tickets = await httpsServer(['127.0.0.1'], answer);
  site = await LiveSite.start();
  ({ admin } = site.appliance);
  itemId = await site.item();
  const policy = await post(site.appliance.api, '/jump-policy', {
    display_name: 'Tickets',
    schedule_enabled: false,
    ticket_id_required: true,
  });
  policyId = policy.id as number;
  itemId = await site.item({ name: 'ticketed', jump_policy_id: policyId });
  representative = await site.person({}, ROLE.startSessions);
}, 60_000);
afterAll(async () => {
  await site?.stop();
  await tickets?.stop();
});

const settings = (json: Record<string, unknown>) =>
  ok(admin(`${BASE}/site-setting`, { method: 'PATCH', json }));
const jump = (ticket_id?: string, more: Record<string, unknown> = {}) =>
  site.tryStart(representative.call, {
    jump_item: { type: 'shell_jump', id: itemId },
    ...(ticket_id !== undefined && { ticket_id }),
    ...more,
  });
async function lastAudit(type: string): Promise<Record<string, unknown>> {
  const { items } = await ok(admin(`${BASE}/audit-event?type=${type}&limit=1`));
  return (items as Record<string, unknown>[])[0] ?? {};
}
async function sessions(): Promise<number> {
  const [row] = await site.appliance.sql<{ total: number }[]>`
    select count(*)::int as total from support_session`;
  return row?.total ?? 0;
}

describe('a Jump Policy that asks for a ticket ID', () => {
  it('has no effect while there is no ticket system, as published', async () => {
    expect((await jump()).status).toBe(201);
    const trial = await ok(
      admin(`${BASE}/site-setting/ticket-system/check`, { method: 'POST', json: { ticket_id: 'INC-allow' } }),
    );
    expect(trial).toMatchObject({ answer: 'none', problem: 'not_configured' });
  });

  it('refuses when the ticket system is at a private address that nobody listed', async () => {
    await settings({
      ticket_system_url: `https://127.0.0.1:${tickets.port}/approve`,
      ticket_system_ca_certificates: tickets.certificate,
      ticket_system_secret: SECRET,
      ticket_system_timeout_seconds: 1,
    });
    expect(await jump('INC-allow')).toMatchObject({
      status: 503,
      body: { reason: 'ticket_check_failed', ticket_problem: 'not_permitted' },
    });
    expect(tickets.connections()).toBe(0);
    await settings({ outbound_private_ranges: ['127.0.0.1'] });
  });

  it('refuses without a ticket ID and asks nobody', async () => {
    for (const ticket of [undefined, '', '  ']) {
      expect(await jump(ticket)).toMatchObject({
        status: 403,
        body: { reason: 'ticket_id_required', message: expect.stringContaining('“Tickets”') },
      });
    }
    expect(asked).toHaveLength(0);
  });

  it('starts the session when the ticket system allows it, and tells it who wants what', async () => {
    const { status, body } = await jump(' INC-allow ');
    expect(status).toBe(201);
    expect(asked).toHaveLength(1);
    expect(asked[0]?.headers).toMatchObject({
      'content-type': 'application/xml; charset=utf-8',
      authorization: `Bearer ${SECRET}`,
    });
    expect(asked[0]?.body).toBe(
      `<?xml version="1.0" encoding="UTF-8"?>\n<ticket_approval_request><ticket_id>INC-allow</ticket_id>` +
        `<user><id>${representative.id}</id><username>${representative.username}</username><display_name>Representative 1</display_name></user>` +
        `<jump_item><id>${itemId}</id><type>shell_jump</type><name>ticketed</name></jump_item>` +
        `<jump_group><id>${site.groupId}</id><type>shared</type><name>Servers</name></jump_group>` +
        `<jump_policy><id>${policyId}</id><code_name>tickets</code_name><display_name>Tickets</display_name></jump_policy>` +
        `</ticket_approval_request>\n`,
    );
    expect(await site.show(body.lsid as string)).toMatchObject({ ticket_id: 'INC-allow' });
    expect(await lastAudit('jump_policy.ticket_accepted')).toMatchObject({
      actor: { name: representative.username },
      object: { id: String(policyId), name: 'Tickets' },
      after: { ticket_id: 'INC-allow', jump_item_id: itemId, answer: 'allow', message: 'Go on.' },
    });
  });

  it('passes on why the ticket system says no', async () => {
    const before = await sessions();
    expect(await jump('INC-deny')).toMatchObject({
      status: 403,
      body: {
        reason: 'ticket_denied',
        ticket_message: 'This ticket is closed.',
        message: 'The ticket system does not allow this for ticket INC-deny. This ticket is closed.',
      },
    });
    expect(await lastAudit('jump_policy.ticket_refused')).toMatchObject({
      after: { ticket_id: 'INC-deny', answer: 'deny', message: 'This ticket is closed.' },
    });
    expect(await sessions()).toBe(before);
  });

  it.each([
    ['hang', 'timed_out'],
    ['maybe', 'bad_answer'],
    ['page', 'bad_answer'],
    ['error', 'bad_answer'],
    ['redirect', 'bad_answer'],
    ['flood', 'bad_answer'],
    ['gone', 'unreachable'],
  ])('starts nothing when the ticket system gives no answer that counts: %s', async (what, problem) => {
    const before = await sessions();
    const started = Date.now();
    expect(await jump(`INC-${what}`)).toMatchObject({
      status: 503,
      body: { reason: 'ticket_check_failed', ticket_problem: problem },
    });
    expect(Date.now() - started).toBeLessThan(4000);
    expect(await lastAudit('jump_policy.ticket_refused')).toMatchObject({
      after: { ticket_id: `INC-${what}`, answer: 'none', problem },
    });
    expect(await sessions()).toBe(before);
  });

  it('starts nothing when the ticket system is gone, or its certificate is not trusted', async () => {
    await settings({ ticket_system_ca_certificates: null });
    expect(await jump('INC-allow')).toMatchObject({ status: 503, body: { ticket_problem: 'unreachable' } });
    await settings({
      ticket_system_ca_certificates: tickets.certificate,
      ticket_system_url: 'https://127.0.0.1:1/approve',
      ticket_system_secret: SECRET,
    });
    expect(await jump('INC-allow')).toMatchObject({ status: 503, body: { ticket_problem: 'unreachable' } });
  });

  it('speaks JSON when the site settings say so, and can be tried by whoever sets it up', async () => {
    await settings({
      ticket_system_url: `https://127.0.0.1:${tickets.port}/approve`,
      ticket_system_secret: SECRET,
      ticket_system_format: 'json',
    });
    expect((await jump('INC-allow')).status).toBe(201);
    expect(JSON.parse(asked.at(-1)?.body ?? '')).toMatchObject({
      ticket_id: 'INC-allow',
      jump_item: { id: itemId },
    });
    const check = (ticket_id: string, who = admin) =>
      who(`${BASE}/site-setting/ticket-system/check`, { method: 'POST', json: { ticket_id } });
    expect(await ok(check('INC-deny'))).toEqual({
      answer: 'deny',
      message: 'This ticket is closed.',
      problem: null,
      detail: '',
    });
    expect(await ok(check('INC-error'))).toMatchObject({
      answer: 'none',
      problem: 'bad_answer',
      detail: expect.stringContaining('500'),
    });
    expect((await check('INC-allow', representative.call)).status).toBe(403);
  });

  it('asks only about what everything else allows', async () => {
    const before = asked.length;
    const stranger = await site.person();
    const refused = await site.tryStart(stranger.call, {
      jump_item: { type: 'shell_jump', id: itemId },
      ticket_id: 'INC-allow',
    });
    expect(refused.status).toBe(404);
    expect(asked).toHaveLength(before);
  });

  it('shows the secret to the ticket system alone', async () => {
    const shown = [
      JSON.stringify(await ok(admin(`${BASE}/site-setting`))),
      JSON.stringify(await ok(admin(`${BASE}/audit-event?limit=200`))),
    ];
    for (const text of shown) expect(text).not.toContain(SECRET);
    expect(shown[1]).toContain('"ticket_system_secret":"set"');
  });
});

describe('a Jump Policy that asks for a second factor', () => {
  it('refuses people without one, administrators too, and asks everybody else to prove it', async () => {
    const policy = await post(site.appliance.api, '/jump-policy', {
      display_name: 'Two factors',
      schedule_enabled: false,
      two_factor_challenge_required: true,
    });
    const id = await site.item({ name: 'guarded', jump_policy_id: policy.id });
    for (const who of [representative.call, admin]) {
      const refused = await site.tryStart(who, {
        jump_item: { type: 'shell_jump', id },
        override_schedule: true,
      });
      expect(refused).toMatchObject({ status: 403, body: { reason: 'two_factor_required' } });
    }
    const call = configurationCalls(representative.call);
    const begun = await call('POST', '/me/totp');
    const totp = new TOTP({ secret: Secret.fromBase32(begun.body.secret) });
    const code = (steps: number) => totp.generate({ timestamp: Date.now() + steps * 30_000 });
    expect((await call('POST', '/me/totp/confirm', { code: code(0) })).status).toBe(200);
    const start = () => site.tryStart(representative.call, { jump_item: { type: 'shell_jump', id } });
    // The registration was a proof; it grows old.
    await site.appliance.sql`update user_credential set second_factor_at = now() - interval '6 minutes'`;
    expect(await start()).toMatchObject({
      status: 403,
      body: { reason: 'second_factor_proof_required', methods: ['totp', 'recovery_code'] },
    });
    const explained = await call('POST', '/access/explain', {
      user: { id: representative.id },
      action: 'start',
      jump_item: { id },
    });
    expect(explained.body).toMatchObject({ decision: 'allow' });
    expect((await call('POST', '/me/second-factor/verify', { code: code(1) })).status).toBe(200);
    expect((await start()).status).toBe(201);
  });
});
