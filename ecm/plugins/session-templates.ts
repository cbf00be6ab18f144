import { PluginError, type SessionContext } from '../sdk/plugin.ts';
import type { SettingProblem } from '../sdk/settings.ts';

type Value = (session: SessionContext) => string;

/** What may stand between braces in a template, and where it comes from. */
const PLACEHOLDERS: Readonly<Record<string, Value>> = {
  hostname: ({ jumpItem }) => jumpItem?.hostname ?? '',
  port: ({ jumpItem }) => String(jumpItem?.port ?? ''),
  name: ({ jumpItem }) => jumpItem?.name ?? '',
  type: ({ jumpItem }) => jumpItem?.type ?? '',
  group: ({ jumpItem }) => jumpItem?.group ?? '',
  tag: ({ jumpItem }) => jumpItem?.tag ?? '',
  /** The login name that the Jump Item carries. */
  username: ({ jumpItem }) => jumpItem?.username ?? '',
  /** What the plug-in itself called the system, when it was chosen among those that it listed. */
  endpoint: ({ endpointId }) => endpointId ?? '',
  /** The representative. */
  user: ({ user }) => user.username,
  email: ({ user }) => user.emailAddress,
};

const BRACES = /\{([^{}]*)\}/g;

/** The placeholders, for texts of settings and READMEs. */
export const PLACEHOLDER_NAMES = Object.keys(PLACEHOLDERS).map((name) => `{${name}}`);

/** What is wrong with a setting's templates: a placeholder that does not exist. `others` exist there besides. */
export function templateProblems(
  setting: string,
  templates: readonly string[],
  others: readonly string[] = [],
): SettingProblem[] {
  return templates.flatMap((template) =>
    [...template.matchAll(BRACES)]
      .map((match) => match[1] as string)
      .filter((name) => !(Object.hasOwn(PLACEHOLDERS, name) || others.includes(name)))
      .map((name) => ({
        setting,
        message: `"${template}" names {${name}}; there are ${[...PLACEHOLDER_NAMES, ...others.map((other) => `{${other}}`)].join(' ')}.`,
      })),
  );
}

/**
 * The template with what is known of the session, each value through `encode`. Undefined when it names something that
 * is not known here: then it is about nothing. `more` are placeholders of the caller's own.
 */
export function fillTemplate(
  template: string,
  session: SessionContext,
  encode: (value: string) => string = (value) => value,
  more: Readonly<Record<string, string>> = {},
): string | undefined {
  let complete = true;
  const filled = template.replace(BRACES, (_braces, name: string) => {
    const value = more[name] ?? PLACEHOLDERS[name]?.(session) ?? '';
    if (value !== '') return encode(value);
    complete = false;
    return '';
  });
  return complete ? filled : undefined;
}

/** For the path of a URL or of a store: one segment and no way to another one. */
export function asPathSegment(value: string): string {
  if (/^\.{0,2}$/.test(value) || /[/\\\0]/.test(value)) {
    throw new PluginError('not_found', 'A name with slashes, or of dots alone, names nothing in this store.');
  }
  return value;
}
