import type { ProviderIdentity } from '../../appliance/directory/identity-provider.ts';
import type { ProviderTrace } from '../../appliance/directory/provider-trace.ts';
import { OidcFailure, quoted } from './oidc-failure.ts';
import type { OidcSettings } from './oidc-settings.ts';

export type Claims = Readonly<Record<string, unknown>>;

/**
 * The claim of that name; else what a path such as `realm_access.roles` leads to. Names may have dots in them, as
 * `https://example.com/groups` has.
 */
export function claimAt(claims: unknown, path: string): unknown {
  if (typeof claims !== 'object' || claims === null || Array.isArray(claims)) return undefined;
  if (Object.hasOwn(claims, path)) return (claims as Claims)[path];
  for (let dot = path.indexOf('.'); dot !== -1; dot = path.indexOf('.', dot + 1)) {
    const name = path.slice(0, dot);
    const found = Object.hasOwn(claims, name)
      ? claimAt((claims as Claims)[name], path.slice(dot + 1))
      : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}

const PLACE = /\{([^{}]+)\}/g;

/** A claim, or a template such as `{given_name} {family_name}`. Undefined when nothing of it is there. */
export function claimText(claims: Claims, template: string): string | undefined {
  if (!template.includes('{')) return textOf(claimAt(claims, template));
  let found = false;
  const text = template.replace(PLACE, (_, path: string) => {
    const value = textOf(claimAt(claims, path.trim()));
    found ||= value !== undefined;
    return value ?? '';
  });
  return found ? text.replace(/\s+/g, ' ').trim() || undefined : undefined;
}

/** Whether some claim that the settings name is not there. */
export function lacksClaims(claims: Claims, settings: OidcSettings): boolean {
  const paths = [settings.userName, settings.displayName, settings.email].flatMap((template) =>
    template.includes('{') ? [...template.matchAll(PLACE)].map(([, path]) => path!.trim()) : [template],
  );
  return [...paths, settings.groupsClaim].some((path) => path !== '' && claimAt(claims, path) === undefined);
}

/** Who the claims describe. Fails with OidcFailure when they cannot become a user. */
export function identityOf(claims: Claims, settings: OidcSettings, trace: ProviderTrace): ProviderIdentity {
  const trusted = withoutUnverifiedEmail(claims, trace);
  const externalId = claims['sub'];
  if (typeof externalId !== 'string' || externalId === '' || externalId.length > 512) {
    throw new OidcFailure('claims', 'The provider gave no usable sub.');
  }
  return {
    externalId,
    username: usernameOf(trusted, settings),
    displayName: claimText(trusted, settings.displayName),
    emailAddress: emailOf(trusted, settings, trace),
    groups: groupsOf(claims, settings, trace),
    attributes: attributesOf(trusted),
  };
}

function usernameOf(claims: Claims, { userName }: OidcSettings): string {
  const username = claimText(claims, userName);
  if (username === undefined) {
    throw new OidcFailure('claims', `The provider sent no claim for the user name (${userName}).`, {
      advice: `Have the provider send it, or set another claim for the user name. It sent: ${Object.keys(claims).join(', ')}.`,
    });
  }
  if (username.length > 64 || /\p{C}/u.test(username)) {
    throw new OidcFailure(
      'claims',
      `The user name ${quoted(username)} is longer than 64 characters or has some that cannot be shown.`,
      {
        advice: 'Set another claim for the user name.',
      },
    );
  }
  return username;
}

function emailOf(claims: Claims, { email }: OidcSettings, trace: ProviderTrace): string | undefined {
  const address = isUnverified(claims) ? undefined : claimText(claims, email);
  if (address === undefined || (address.length <= 254 && /^[^\s@\p{C}]+@[^\s@\p{C}]+$/u.test(address)))
    return address;
  trace.noted('claims', `${quoted(address)} is no e-mail address; it was not taken over.`);
  return undefined;
}

/** Some providers let people write what they like there until it is verified; nothing is made of it. */
function withoutUnverifiedEmail(claims: Claims, trace: ProviderTrace): Claims {
  if (!isUnverified(claims) || claims['email'] === undefined) return claims;
  trace.noted(
    'claims',
    'The provider has not verified the e-mail address, so it was not taken over.',
    'The address is taken over once email_verified is true, or is not sent at all.',
  );
  const { email: _, ...others } = claims;
  return others;
}

function isUnverified(claims: Claims): boolean {
  return claims['email_verified'] === false || claims['email_verified'] === 'false';
}

/** A claim that is not sent takes memberships away: providers leave it out for people without groups. */
function groupsOf(claims: Claims, settings: OidcSettings, trace: ProviderTrace): string[] | undefined {
  const { groupsClaim, groupDelimiter } = settings;
  if (groupsClaim === '') return undefined;
  const value = claimAt(claims, groupsClaim);
  if (value === undefined || value === null) {
    if (isElsewhere(claims, groupsClaim)) {
      trace.noted(
        'groups',
        'The person is in so many groups that the provider did not send them; none were taken over.',
        'Have the provider send only groups that are assigned to this application.',
      );
    } else {
      trace.noted(
        'groups',
        `The provider sent no claim ${groupsClaim}: the person is in no group.`,
        'If that is wrong, have the provider send the claim, or set its name here.',
      );
    }
    return [];
  }
  const entries = Array.isArray(value) ? value : splitGroups(value, groupDelimiter);
  const groups = entries.map(textOf).filter((name) => name !== undefined);
  if (groups.length < entries.length) {
    trace.noted('groups', `Some entries of the claim ${groupsClaim} are no names and were left out.`);
  }
  return [...new Set(groups)];
}

function splitGroups(value: unknown, delimiter: string): unknown[] {
  return typeof value === 'string' && delimiter !== ''
    ? value.split(delimiter).filter((name) => name.trim() !== '')
    : [value];
}

/** Distributed claims (OpenID Connect Core 5.6.2), which are not followed. */
function isElsewhere(claims: Claims, name: string): boolean {
  const names = claims['_claim_names'];
  return (
    claims['hasgroups'] === true ||
    (typeof names === 'object' && names !== null && Object.hasOwn(names, name))
  );
}

function textOf(value: unknown): string | undefined {
  if (typeof value === 'number') return String(value);
  if (Array.isArray(value)) return textOf(value.find((entry) => typeof entry === 'string'));
  return typeof value === 'string' ? value.replace(/\p{Cc}+/gu, ' ').trim() || undefined : undefined;
}

/** What is about the token or the sign-in, not about the person. */
const PROTOCOL = new Set(
  'iss sub aud exp nbf iat jti nonce azp auth_time acr amr sid at_hash c_hash s_hash email_verified'.split(
    ' ',
  ),
);

function attributesOf(claims: Claims): Record<string, readonly string[]> {
  const entries = Object.entries(claims).map(([name, value]): [string, string[]] => [
    name,
    PROTOCOL.has(name) ? [] : [value].flat().filter(isScalar).map(String),
  ]);
  return Object.fromEntries(entries.filter(([, values]) => values.length > 0));
}

function isScalar(value: unknown): boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}
