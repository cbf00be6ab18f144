import type { SessionContext } from '../../sdk/plugin.ts';
import type { SettingProblem } from '../../sdk/settings.ts';
import { fillTemplate, templateProblems } from '../session-templates.ts';

export type QueryFormat = 'Exact' | 'Regexp';

/** The account properties that the web service takes as parameters of their own. */
const PARAMETERS = ['Safe', 'Folder', 'Object', 'UserName', 'Address', 'Database', 'PolicyID'];

/** Characters that the web service takes in no value; the semicolon ends a property in queries. */
const UNSUPPORTED = /[+&%;]/;

/** What is asked for one account: parameters of the request, and the login name if it is among them. */
export interface AccountQuery {
  parameters: [name: string, value: string][];
  username: string | undefined;
}

/**
 * A query such as `Safe=Linux;Address={hostname};UserName=root`, filled in. With properties of other names, and with
 * regular expressions, it is one `Query`. Undefined when something in it is not known of the session, or cannot be asked.
 */
export function accountQuery(
  template: string,
  session: SessionContext,
  format: QueryFormat,
  safe: string | undefined,
): AccountQuery | undefined {
  const properties = propertiesOf(template);
  if (safe !== undefined && !properties.some(([name]) => name === 'Safe')) properties.unshift(['Safe', safe]);
  const encode = format === 'Regexp' ? literally : (value: string) => value;
  const filled: [string, string][] = [];
  for (const [name, value] of properties) {
    const text = fillTemplate(value, session, encode);
    if (text === undefined || text === '' || UNSUPPORTED.test(text)) return undefined;
    filled.push([name, text]);
  }
  const known = filled.every(([name]) => PARAMETERS.includes(name));
  const username = filled.find(([name]) => name === 'UserName')?.[1];
  if (format === 'Exact' && known) return { parameters: filled, username };
  const query = filled.map(([name, value]) => `${name}=${value}`).join(';');
  return {
    parameters: [
      ['Query', query],
      ['QueryFormat', format],
    ],
    username: format === 'Exact' ? username : undefined,
  };
}

/** The reason for the audit log of the vault, without what the web service does not take. */
export function auditReason(template: string, session: SessionContext): string | undefined {
  return fillTemplate(template, session)
    ?.replace(/[+&%;\s]+/g, ' ')
    .trim();
}

export function queryProblems(setting: string, accounts: Readonly<Record<string, string>>): SettingProblem[] {
  const problems = templateProblems(setting, Object.entries(accounts).flat());
  for (const [label, template] of Object.entries(accounts)) {
    const bad = template
      .split(';')
      .find((property) => !/^\s*\w[\w ]*=\s*\S/.test(property) || UNSUPPORTED.test(property));
    if (bad !== undefined) {
      problems.push({
        setting,
        message: `"${label}": "${bad.trim()}" must be a property such as Safe=Linux, and have none of + & %.`,
      });
    }
    if (label.length > 200) problems.push({ setting, message: 'A label has at most 200 characters.' });
  }
  return problems;
}

function propertiesOf(template: string): [string, string][] {
  return template.split(';').map((property) => {
    const equals = property.indexOf('=');
    const name = property.slice(0, equals).trim();
    return [
      PARAMETERS.find((one) => one.toLowerCase() === name.toLowerCase()) ?? name,
      property.slice(equals + 1).trim(),
    ];
  });
}

function literally(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}
