import type { Actor } from '../../../appliance/actor.ts';
import { ApplianceError, invalidField } from '../../../appliance/errors.ts';
import type {
  SessionChanges,
  SessionService,
  SessionView,
} from '../../../appliance/sessions/session-service.ts';
import {
  ATTRIBUTE_LENGTH,
  ATTRIBUTES_BYTES,
  EXTERNAL_KEY_LENGTH,
} from '../../../appliance/sessions/support-session.ts';
import { xml } from '../xml-renderer.ts';
import type { XmlParameters } from '../xml-request.ts';
import { type CommandAction, lsidOf } from './command-action.ts';

export type CommandSessions = Pick<SessionService, 'show' | 'change' | 'terminate'>;

/** Actions on running sessions. */
export function sessionActions(sessions: CommandSessions): Record<string, CommandAction> {
  return {
    terminate_session: {
      level: 'full_access',
      async run({ actor, parameters }) {
        await sessions.terminate(actor, lsidOf(parameters));
        return xml('success', 'Successfully terminated');
      },
    },

    get_session_attributes: {
      level: 'read_only',
      async run({ actor, parameters }) {
        const { session, attributes } = await runningSession(sessions, actor, parameters);
        const externalKey = {
          codeName: 'external_key',
          displayName: 'External Key',
          value: session.externalKey,
        };
        const all = session.externalKey === '' ? attributes : [externalKey, ...attributes];
        return xml(
          'custom_attributes',
          all.map(({ codeName, displayName, value }) =>
            xml('custom_attribute', { display_name: displayName, code_name: codeName }, value),
          ),
        );
      },
    },

    set_session_attributes: {
      level: 'full_access',
      async run({ actor, parameters }) {
        const { session } = await runningSession(sessions, actor, parameters);
        await sessions.change(actor, session.lsid, attributeChanges(parameters));
        return xml('success', 'Session attributes were set');
      },
    },
  };
}

async function runningSession(
  sessions: CommandSessions,
  actor: Actor,
  parameters: XmlParameters,
): Promise<SessionView> {
  const view = await sessions.show(actor, lsidOf(parameters));
  if (view.session.state === 'ended') throw new ApplianceError('conflict', 'The session has ended already.');
  return view;
}

const CUSTOM = 'session.custom.';

/** What is not named stays as it is; an empty value clears. */
function attributeChanges(parameters: XmlParameters): SessionChanges {
  const custom = [...parameters]
    .filter(([name]) => name.startsWith(CUSTOM))
    .map(([name, value]) => [name.slice(CUSTOM.length), value] as const);
  if (custom.length === 0) {
    throw invalidField(CUSTOM, `Give at least one of ${CUSTOM}external_key and ${CUSTOM}[code_name].`);
  }
  for (const [name, value] of custom) {
    const longest = name === 'external_key' ? EXTERNAL_KEY_LENGTH : ATTRIBUTE_LENGTH;
    if (value.length > longest) {
      throw invalidField(
        CUSTOM + name,
        `The parameter ${CUSTOM}${name} may have at most ${longest} characters.`,
      );
    }
  }
  if (custom.reduce((bytes, [, value]) => bytes + Buffer.byteLength(value), 0) > ATTRIBUTES_BYTES) {
    throw invalidField(CUSTOM, `All ${CUSTOM}* values together may have at most ${ATTRIBUTES_BYTES} bytes.`);
  }
  return {
    externalKey: custom.find(([name]) => name === 'external_key')?.[1],
    attributes: Object.fromEntries(
      custom
        .filter(([name]) => name !== 'external_key')
        .map(([name, value]) => [name, value === '' ? null : value]),
    ),
  };
}
