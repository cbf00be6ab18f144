import type { Actor } from '../../../appliance/actor.ts';
import { invalidField } from '../../../appliance/errors.ts';
import {
  ATTRIBUTE_LENGTH,
  ATTRIBUTES_BYTES,
  EXTERNAL_KEY_LENGTH,
  type SessionAttribute,
} from '../../../appliance/sessions/support-session.ts';
import { xml } from '../xml-renderer.ts';
import type { XmlParameters } from '../xml-request.ts';
import { type CommandAction, lsidOf } from './command-action.ts';

export interface SessionAttributeChanges {
  /** Undefined leaves the key as it is; empty clears it. */
  externalKey: string | undefined;
  /** Code name to value; an empty value clears it, those not named stay. */
  customAttributes: Readonly<Record<string, string>>;
}

/** What the command API needs of sessions. Every call fails with `not_found` for an unknown or ended session. */
export interface CommandSessions {
  terminate(actor: Actor, lsid: string): Promise<void>;
  /** Those that have a value. */
  attributes(actor: Actor, lsid: string): Promise<{ externalKey: string; attributes: SessionAttribute[] }>;
  /** Fails with `invalid` on a code name that no custom attribute has. */
  setAttributes(actor: Actor, lsid: string, changes: SessionAttributeChanges): Promise<void>;
}

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
        const { externalKey, attributes } = await sessions.attributes(actor, lsidOf(parameters));
        const all =
          externalKey === ''
            ? attributes
            : [{ codeName: 'external_key', displayName: 'External Key', value: externalKey }, ...attributes];
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
        await sessions.setAttributes(actor, lsidOf(parameters), attributeChanges(parameters));
        return xml('success', 'Session attributes were set');
      },
    },
  };
}

const CUSTOM = 'session.custom.';

function attributeChanges(parameters: XmlParameters): SessionAttributeChanges {
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
    customAttributes: Object.fromEntries(custom.filter(([name]) => name !== 'external_key')),
  };
}
