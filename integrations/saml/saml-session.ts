import type { AssertionFacts, NameId } from './saml-assertion.ts';

export interface SamlSession {
  nameId: NameId;
  sessionIndex: string | undefined;
}

/** What ends a sign-in at its identity provider, as it is kept with the credential. `ProviderSignOut` looks for these names. */
export function writeSession({ nameId, sessionIndex }: AssertionFacts): string {
  return JSON.stringify({
    nameId: nameId.value,
    format: nameId.format,
    ...(nameId.nameQualifier !== undefined && { nameQualifier: nameId.nameQualifier }),
    ...(nameId.spNameQualifier !== undefined && { spNameQualifier: nameId.spNameQualifier }),
    ...(sessionIndex !== undefined && { sessionIndex }),
  });
}

/** Undefined for text that is no such session. */
export function readSession(text: string): SamlSession | undefined {
  try {
    const kept = JSON.parse(text) as Record<string, string | undefined>;
    const { nameId: value, format, nameQualifier, spNameQualifier, sessionIndex } = kept;
    if (typeof value !== 'string' || typeof format !== 'string') return undefined;
    return { nameId: { value, format, nameQualifier, spNameQualifier }, sessionIndex };
  } catch {
    return undefined;
  }
}
