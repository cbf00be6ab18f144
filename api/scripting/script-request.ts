import { ApplianceError, invalidField } from '../../appliance/errors.ts';
import { type LaunchCommand, launchCommand } from '../../appliance/jump/launch-command.ts';

export type ScriptTarget = 'rep' | 'web_console';

/** What a client-script link asks for. */
export interface ScriptRequest {
  target: ScriptTarget;
  command: LaunchCommand;
}

/** Which operations each console knows; the first is meant when a link names none. */
const OPERATIONS: Record<ScriptTarget, readonly string[]> = {
  rep: ['generate'],
  web_console: ['execute'],
};

/**
 * Reads a client-script link from its raw query. Links are pasted into ticket pages, so `&amp;` where `&` was meant is
 * taken for that. Fails with `invalid`, naming the parameter at fault.
 */
export function scriptRequest(rawQuery: string): ScriptRequest {
  const { type = '', operation = '', ...parameters } = queryParameters(rawQuery);
  if (type !== 'rep' && type !== 'web_console') {
    throw invalidField(
      'type',
      type === '' ? 'The parameter type is missing.' : 'type must be rep or web_console.',
    );
  }
  const operations = OPERATIONS[type];
  if (operation !== '' && !operations.includes(operation)) {
    throw invalidField('operation', `With type=${type} the operation must be ${operations.join(' or ')}.`);
  }
  return { target: type, command: launchCommand(parameters) };
}

function queryParameters(rawQuery: string): Record<string, string> {
  const parameters = new Map<string, string>();
  for (const pair of rawQuery.replaceAll('&amp;', '&').split('&')) {
    if (pair === '') continue;
    const equals = pair.indexOf('=');
    const name = decoded(equals < 0 ? pair : pair.slice(0, equals));
    if (parameters.has(name)) throw invalidField(name, `The parameter ${name} is given twice.`);
    parameters.set(name, equals < 0 ? '' : decoded(pair.slice(equals + 1)));
  }
  return Object.fromEntries(parameters);
}

/** As browsers encode a query: a plus sign is a space. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    throw new ApplianceError('invalid', 'The link holds characters that are not percent-encoded UTF-8.');
  }
}
