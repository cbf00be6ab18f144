import { afterAll, beforeAll, expect } from 'vitest';
import { type Answer, liftRateLimits } from './configuration-calls.ts';
import { configurePolicies, configureRichly } from './configured-site.ts';
import { type Caller, type TestAppliance, testAppliance } from './test-appliance.ts';

export const BASE = '/api/config/v1/configuration';

/** One object of a file. */
export interface Document {
  type: string;
  fields: Record<string, unknown>;
  source?: string;
  environment?: Record<string, string>;
}

export let rich: TestAppliance;
export let empty: TestAppliance;

/** Two sites for all tests of a file: one with something of everything, one as it was installed. */
export function configurationSites(): void {
  beforeAll(async () => {
    [rich, empty] = await Promise.all([testAppliance(), testAppliance()]);
    await Promise.all([liftRateLimits(rich), liftRateLimits(empty)]);
    await configureRichly(rich);
    await configurePolicies(rich);
  }, 60_000);
  afterAll(async () => {
    await rich?.stop();
    await empty?.stop();
  });
}

export async function exported(
  from: Caller,
): Promise<{ types: string[]; documents: Document[]; text: string }> {
  const answer = await from(BASE);
  const lines = (await answer.text()).trimEnd().split('\n');
  const [head, ...rest] = lines.map((line) => JSON.parse(line));
  expect(rest.pop()).toEqual({ complete: true });
  // Objects come in no order: compare them in that of their text.
  return {
    types: head.types,
    documents: rest,
    text: rest
      .map((one) => JSON.stringify(one))
      .sort()
      .join('\n'),
  };
}

async function send(from: Caller, path: string, types: string[], documents: Document[]): Promise<Answer> {
  const body = [{ format: 1, types }, ...documents].map((line) => `${JSON.stringify(line)}\n`).join('');
  const answer = await from(BASE + path, {
    method: 'POST',
    headers: { 'content-type': 'application/x-ndjson' },
    body,
  });
  return { status: answer.status, headers: answer.headers, body: await answer.json() };
}

export const plan = (from: Caller, types: string[], documents: Document[], prune = false) =>
  send(from, `/plan?prune=${prune}`, types, documents);
export const apply = (
  from: Caller,
  types: string[],
  documents: Document[],
  fingerprint: string,
  prune = false,
) => send(from, `/apply?prune=${prune}&fingerprint=${fingerprint}`, types, documents);

export async function planAndApply(from: Caller, types: string[], documents: Document[], prune = false) {
  const planned = await plan(from, types, documents, prune);
  expect(planned.body.refusals).toEqual([]);
  const applied = await apply(from, types, documents, planned.body.fingerprint, prune);
  expect(`${applied.status} ${JSON.stringify(applied.body.message ?? '')}`).toBe('200 ""');
  return applied.body;
}

export const group = (code_name: string, fields: Record<string, unknown> = {}): Document => ({
  type: 'jump-groups',
  source: `jump-groups.yaml:${code_name}`,
  fields: { code_name, name: code_name, ...fields },
});

export async function auditCount(): Promise<number> {
  const [row] = await rich.sql<{ count: number }[]>`select count(*)::int as count from audit_event`;
  return row!.count;
}
