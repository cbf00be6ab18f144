import { beforeAll, expect } from 'vitest';
import type { ProviderSettings } from '../../../appliance/directory/security-provider.ts';
import { assertionXml, type KeyPair, type MessageParts, newKeyPair, sign } from './hostile-idp.ts';
import { type SamlWorld, samlWorld, type Verdict } from './saml-world.ts';

/** Who nobody should become. */
export const EVIL = 'admin@example.test';
export let world: SamlWorld;
/** Whose key no provider has. */
export let stranger: KeyPair;

/** One provider and one stranger for all messages of a file. */
export function judgedMessages(): void {
  beforeAll(async () => {
    [world, stranger] = await Promise.all([samlWorld(), newKeyPair('stranger')]);
  });
}

async function judged(build: (parts: MessageParts) => string, settings?: ProviderSettings): Promise<Verdict> {
  const begun = await world.begin(settings);
  return await world.judge(begun, build(begun.parts), settings);
}

export async function refused(
  check: string,
  build: (parts: MessageParts) => string,
  settings?: ProviderSettings,
) {
  const verdict = await judged(build, settings);
  expect(verdict).toMatchObject({ accepted: false, check });
  return verdict as Extract<Verdict, { accepted: false }>;
}

export async function accepted(build: (parts: MessageParts) => string, settings?: ProviderSettings) {
  const verdict = await judged(build, settings);
  expect(verdict).toMatchObject({ accepted: true });
  return (verdict as Extract<Verdict, { accepted: true }>).identity;
}

/** The assertion, signed as it should be. */
export const good = (parts: MessageParts, options = {}) => sign(assertionXml(parts, options), world.idpKey);
