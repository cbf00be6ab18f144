import type {
  CallOptions,
  CredentialPackage,
  CredentialSummary,
  FindOptions,
  SessionContext,
} from '../../sdk/plugin.ts';
import { fitsPattern, fitsWords } from '../session-matching.ts';
import { fillTemplate } from '../session-templates.ts';
import type { VaultAnswer } from './vault-client.ts';

export interface Taken {
  credential: CredentialPackage;
  /** What ends together with the session; undefined for a credential that simply exists. */
  lease?: VaultAnswer['lease'];
  /** How this lease is given back, where that is not revoking it. */
  checkIn?: { path: string; account: string };
}

/** One kind of credential in Vault. Ids are `kind:name`. */
export interface Engine {
  kind: string;
  find(session: SessionContext, options: FindOptions): Promise<CredentialSummary[]>;
  /** Whether `find` could offer this name for the session. */
  offers(session: SessionContext, name: string, options: CallOptions): Promise<boolean>;
  take(session: SessionContext, name: string, options: CallOptions): Promise<Taken>;
}

/** Names of roles as settings say them: templates, in which a star stands for any characters. */
export function rolePatterns(templates: readonly string[], session: SessionContext): string[] {
  return templates
    .map((template) => fillTemplate(template, session, (value) => value.replaceAll('*', '')))
    .filter((pattern) => pattern !== undefined);
}

export function fitsRole(name: string, patterns: readonly string[]): boolean {
  return patterns.some((pattern) => fitsPattern(pattern.toLowerCase(), name.toLowerCase()));
}

/** Of those whose label has not the words of a search, their user name may have them. */
const MOST_OTHERS = 200;

/** What a search has to look at more closely: things whose label has the words, and some others. */
export function likelyFirst<T extends { label: string }>(
  things: readonly T[],
  search: string,
  most: number,
): T[] {
  const likely = things.filter(({ label }) => fitsWords(search, [label])).slice(0, most);
  const others = things.filter(({ label }) => !fitsWords(search, [label])).slice(0, MOST_OTHERS);
  return [...likely, ...others];
}

/** Work on many things, a few at a time. */
export async function inTurn<T, R>(things: readonly T[], work: (thing: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (let at = 0; at < things.length; at += 8) {
    results.push(...(await Promise.all(things.slice(at, at + 8).map(work))));
  }
  return results;
}
