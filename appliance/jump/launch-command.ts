import { ApplianceError, type FieldErrors } from '../errors.ts';
import { ATTRIBUTE_LENGTH, ATTRIBUTES_BYTES, EXTERNAL_KEY_LENGTH } from '../sessions/support-session.ts';
import type { LaunchParameters } from './launch-script.ts';

/** A sentence about what is wrong with a value, or undefined. */
type Rule = (value: string) => string | undefined;

interface LaunchAction {
  /** The parameters of the action besides `session.custom.*`. */
  parameters: Readonly<Record<string, Rule>>;
  required: readonly string[];
  /** At least one of these has to be given. */
  oneOf?: readonly string[];
  /** Whether `session.custom.*` may be given. */
  custom: boolean;
}

const text =
  (longest: number): Rule =>
  (value) =>
    value.length > longest ? `may have at most ${longest} characters` : undefined;

const oneOf =
  (...words: string[]): Rule =>
  (value) =>
    words.includes(value.toLowerCase()) ? undefined : `must be one of ${words.join(', ')}`;

const port: Rule = (value) =>
  /^\d{1,5}$/.test(value) && Number(value) >= 1 && Number(value) <= 65535
    ? undefined
    : 'must be a port from 1 to 65535';

const displaySize: Rule = (value) =>
  /^(primary_display|all_displays|\d{2,5}x\d{2,5})$/.test(value)
    ? undefined
    : 'must be primary_display, all_displays or a size such as 1280x1024';

const FIELD = text(255);
const CLIENT_FIELDS = {
  'client.comments': FIELD,
  'client.hostname': FIELD,
  'client.private_ip': FIELD,
  'client.public_ip': FIELD,
  'client.tag': FIELD,
};
/** Ours: what the Jump Policy of the item may ask for. */
const TICKET = { ticket_id: FIELD };
const CLIENT_NAMES = Object.keys(CLIENT_FIELDS);

export const JUMP_METHODS = ['push', 'local_push', 'pinned', 'rdp', 'vnc', 'shelljump'] as const;
export type LaunchJumpMethod = (typeof JUMP_METHODS)[number];

/** Every action of a script or a link, with what it takes. */
const ACTIONS = {
  login: { parameters: { username: FIELD }, required: [], custom: false },
  generate_session_key: { parameters: { public_portal_hostname: FIELD }, required: [], custom: true },
  push_and_start_local: { parameters: { hostname: FIELD }, required: ['hostname'], custom: true },
  push_and_start_remote: {
    parameters: { target: FIELD, jumpoint: FIELD },
    required: ['target'],
    custom: true,
  },
  start_jump_item_session: {
    parameters: {
      'jump.method': oneOf(...JUMP_METHODS),
      credential_id: FIELD,
      search_string: FIELD,
      ...CLIENT_FIELDS,
      ...TICKET,
    },
    required: [],
    oneOf: ['search_string', 'credential_id', ...CLIENT_NAMES],
    custom: true,
  },
  start_pinned_client_session: {
    parameters: { search_string: FIELD, ...CLIENT_FIELDS, ...TICKET },
    required: [],
    oneOf: ['search_string', ...CLIENT_NAMES],
    custom: true,
  },
  start_rdp_session: {
    parameters: {
      target: FIELD,
      jumpoint: FIELD,
      username: FIELD,
      display_size: displaySize,
      quality: oneOf('low', 'performance', 'performance_quality', 'quality'),
      console: oneOf('no', 'yes'),
    },
    required: ['target'],
    custom: true,
  },
  start_vnc_session: {
    parameters: { target: FIELD, jumpoint: FIELD, port },
    required: ['target'],
    custom: true,
  },
  start_shell_jump_session: {
    parameters: {
      target: FIELD,
      jumpoint: FIELD,
      username: text(128),
      protocol: oneOf('ssh', 'telnet'),
      port,
      terminal: oneOf('xterm', 'vt100'),
    },
    required: ['target'],
    custom: true,
  },
  start_vpro_session: {
    parameters: { target: FIELD, jumpoint: FIELD },
    required: ['target', 'jumpoint'],
    custom: true,
  },
} as const satisfies Record<string, LaunchAction>;

export type LaunchActionName = keyof typeof ACTIONS;

/** A command that has passed every rule of its action. */
export interface LaunchCommand {
  action: LaunchActionName;
  /** Non-empty parameters of the action, without `action` and `session.custom.*`. */
  parameters: LaunchParameters;
  externalKey: string;
  /** Code name to value; the external key is not among them. */
  customAttributes: Readonly<Record<string, string>>;
}

const CUSTOM = 'session.custom.';
const EXTERNAL_KEY = `${CUSTOM}external_key`;
const CODE_NAME = /^[A-Za-z0-9_-]{1,64}$/;

/**
 * Checks a command against its action. Empty and blank values count as not given. Fails with `invalid`; `fields` names every
 * parameter at fault, not only the first.
 */
export function launchCommand(given: LaunchParameters): LaunchCommand {
  const { action: name = '', ...all } = given;
  if (name === '') throw invalid('action', 'The parameter action is missing.');
  if (!Object.hasOwn(ACTIONS, name)) throw invalid('action', `There is no action "${name.slice(0, 64)}".`);
  const action: LaunchAction = ACTIONS[name as LaunchActionName];

  const problems: FieldErrors = {};
  const parameters: Record<string, string> = {};
  const custom: Record<string, string> = {};
  for (const [parameter, value] of Object.entries(all)) {
    const problem = problemOf(name, action, parameter, value);
    if (problem !== undefined) problems[parameter] = [problem];
    else if (value.trim() === '') continue;
    else if (parameter.startsWith(CUSTOM)) custom[parameter.slice(CUSTOM.length)] = value;
    else parameters[parameter] = value;
  }
  for (const parameter of action.required) {
    if (!parameters[parameter] && !problems[parameter])
      problems[parameter] = [`The parameter ${parameter} is missing.`];
  }
  if (action.oneOf && !action.oneOf.some((parameter) => parameters[parameter] || problems[parameter])) {
    problems[action.oneOf[0]!] = [`${name} needs at least one of ${action.oneOf.join(', ')}.`];
  }
  const bytes = Object.values(custom).reduce((sum, value) => sum + Buffer.byteLength(value), 0);
  if (bytes > ATTRIBUTES_BYTES) {
    problems[CUSTOM] = [`All ${CUSTOM}* values together may have at most ${ATTRIBUTES_BYTES} bytes.`];
  }
  const first = Object.values(problems)[0];
  if (first !== undefined) throw new ApplianceError('invalid', first[0]!, { fields: problems });

  const { external_key: externalKey = '', ...customAttributes } = custom;
  return { action: name as LaunchActionName, parameters, externalKey, customAttributes };
}

/** The command as one flat list of parameters again, the way scripts and links carry it. */
export function launchParameters(command: LaunchCommand): LaunchParameters {
  const custom = Object.entries(command.customAttributes).map(([name, value]) => [`${CUSTOM}${name}`, value]);
  return {
    action: command.action,
    ...command.parameters,
    ...(command.externalKey === '' ? {} : { [EXTERNAL_KEY]: command.externalKey }),
    ...Object.fromEntries(custom),
  };
}

function problemOf(name: string, action: LaunchAction, parameter: string, value: string): string | undefined {
  if (value.includes('\0')) return `The parameter ${parameter} holds a NUL character.`;
  if (parameter.startsWith(CUSTOM))
    return action.custom ? customProblem(parameter, value) : unknown(name, parameter);
  if (!Object.hasOwn(action.parameters, parameter)) return unknown(name, parameter);
  const problem = value.trim() === '' ? undefined : action.parameters[parameter]!(value);
  return problem === undefined ? undefined : `The parameter ${parameter} ${problem}.`;
}

function customProblem(parameter: string, value: string): string | undefined {
  if (!CODE_NAME.test(parameter.slice(CUSTOM.length)))
    return `${parameter.slice(0, 100)} does not name a custom attribute.`;
  const longest = parameter === EXTERNAL_KEY ? EXTERNAL_KEY_LENGTH : ATTRIBUTE_LENGTH;
  return value.length > longest
    ? `The parameter ${parameter} may have at most ${longest} characters.`
    : undefined;
}

function unknown(action: string, parameter: string): string {
  return `The action ${action} has no parameter "${parameter.slice(0, 100)}".`;
}

function invalid(field: string, sentence: string): ApplianceError {
  return new ApplianceError('invalid', sentence, { fields: { [field]: [sentence] } });
}
