import {
  ECM_REFUSALS,
  type EcmAnswers,
  type EcmCredential,
  type EcmEndpoint,
  type EcmFound,
  type EcmQuestion,
  type EcmQuestionKind,
  type EcmReply,
  type EcmSession,
} from '../appliance/ecm/ecm-question.ts';
import { RAW_KEY_BYTES } from './handshake.ts';
import {
  asObject,
  base64Field,
  flagField,
  listField,
  optional,
  ProtocolError,
  requiredText,
  textField,
  textListField,
  urlField,
  type WireObject,
  wholeField,
  wordField,
} from './wire-fields.ts';

/** So many results are listed at most. */
export const MOST_ECM_RESULTS = 200;
export const LONGEST_CREDENTIAL_ID = 320;
export const LONGEST_LEASE = 1024;
const LONGEST_LABEL = 255;
const LONGEST_MESSAGE = 1024;
const MOST_PROBLEMS = 64;
/** A sealed package is at most this long. */
const LONGEST_SEALED = 96 * 1024;
const LONGEST_SEARCH = 255;
const MOST_KINDS = 64;

/** A question as it travels: beside the `t`, `id` and `time_left_ms` of its message. */
export function questionToWire(question: EcmQuestion): WireObject {
  const session = sessionToWire(question.session);
  switch (question.kind) {
    case 'find_credentials':
      return { question: question.kind, session, search: question.search, limit: question.limit };
    case 'find_endpoints': {
      const { types, search, limit } = question;
      return { question: question.kind, session, search, limit, types };
    }
    case 'get_credential': {
      const { publicKey, context } = question.sealTo;
      return {
        question: question.kind,
        session,
        credential_id: question.credentialId,
        seal_to: { public_key: publicKey, context },
      };
    }
    case 'release_credential':
      return {
        question: question.kind,
        session,
        credential_id: question.credentialId,
        ended_at: question.endedAt,
        lease: question.lease,
      };
    case 'session_started':
      return {
        question: question.kind,
        session,
        credential_id: question.credentialId,
        history_url: question.historyUrl,
      };
    case 'session_complete':
      return { question: question.kind, session };
  }
}

export function parseQuestion(message: WireObject): EcmQuestion {
  const session = parseSession(asObject(message.session, 'session'));
  const credentialId = () => requiredText(message, 'credential_id', LONGEST_CREDENTIAL_ID);
  switch (message.question) {
    case 'find_credentials':
      return { kind: 'find_credentials', session, ...parseSearch(message) };
    case 'find_endpoints':
      return {
        kind: 'find_endpoints',
        session,
        ...parseSearch(message),
        // Servers before there were kinds say none.
        types: message.types === undefined ? [] : textListField(message, 'types', MOST_KINDS, 64),
      };
    case 'get_credential': {
      const sealTo = asObject(message.seal_to, 'seal_to');
      return {
        kind: 'get_credential',
        session,
        credentialId: credentialId(),
        sealTo: {
          publicKey: base64Field(sealTo, 'public_key', RAW_KEY_BYTES),
          context: requiredText(sealTo, 'context', 255),
        },
      };
    }
    case 'release_credential':
      return {
        kind: 'release_credential',
        session,
        credentialId: credentialId(),
        endedAt: timeField(message, 'ended_at'),
        lease: optional(message, 'lease', (from, name) => textField(from, name, LONGEST_LEASE)).lease,
      };
    case 'session_started':
      return {
        kind: 'session_started',
        session,
        credentialId: message.credential_id === undefined ? undefined : credentialId(),
        historyUrl: optional(message, 'history_url', (from, name) =>
          urlField(from, name, ['http:', 'https:']),
        ).history_url,
      };
    case 'session_complete':
      return { kind: 'session_complete', session };
    default:
      throw new ProtocolError('question: is no known question.');
  }
}

function parseSearch(message: WireObject): { search: string; limit: number } {
  return {
    search: textField(message, 'search', LONGEST_SEARCH),
    limit: wholeField(message, 'limit', 1, MOST_ECM_RESULTS),
  };
}

function sessionToWire({ lsid, user, jumpItem, endpointId }: EcmSession): WireObject {
  return {
    lsid,
    user: {
      id: user.id,
      username: user.username,
      display_name: user.displayName,
      email_address: user.emailAddress,
      distinguished_name: user.distinguishedName,
      provider: user.provider,
    },
    jump_item: jumpItem,
    endpoint_id: endpointId,
  };
}

function parseSession(session: WireObject): EcmSession {
  const user = asObject(session.user, 'session.user');
  const { jump_item: jumpItem } = session;
  return {
    lsid: optional(session, 'lsid', (from, name) => requiredText(from, name, 32)).lsid,
    user: {
      id: wholeField(user, 'id', 0, 2 ** 31 - 1),
      username: textField(user, 'username', 1024),
      displayName: textField(user, 'display_name', 1024),
      emailAddress: textField(user, 'email_address', 1024),
      distinguishedName: textField(user, 'distinguished_name', 4096),
      provider: textField(user, 'provider', 1024),
    },
    jumpItem: jumpItem === undefined ? undefined : parseJumpItem(asObject(jumpItem, 'session.jump_item')),
    endpointId: optional(session, 'endpoint_id', (from, name) =>
      requiredText(from, name, LONGEST_CREDENTIAL_ID),
    ).endpoint_id,
  };
}

function parseJumpItem(item: WireObject): NonNullable<EcmSession['jumpItem']> {
  return {
    id: wholeField(item, 'id', 0, 2 ** 31 - 1),
    type: textField(item, 'type', 64),
    name: textField(item, 'name', 1024),
    hostname: textField(item, 'hostname', 1024),
    port: optional(item, 'port', (from, name) => wholeField(from, name, 0, 65535)).port,
    username: textField(item, 'username', 1024),
    group: textField(item, 'group', 1024),
    tag: textField(item, 'tag', 4096),
    comments: textField(item, 'comments', 16384),
    url: textField(item, 'url', 4096),
  };
}

/** An answer or a refusal as it travels: beside the `t` and `id` of its message. */
export function replyToWire(reply: EcmReply): WireObject {
  if (reply.failure) return { failure: reply.failure };
  return { answer: reply.answer };
}

/** What a host said to a question of this kind. */
export function parseReply<K extends EcmQuestionKind>(kind: K, message: WireObject): EcmReply<K> {
  if (message.failure !== undefined) {
    const failure = asObject(message.failure, 'failure');
    return {
      failure: {
        code: wordField(failure, 'code', ECM_REFUSALS),
        message: textField(failure, 'message', LONGEST_MESSAGE),
      },
    };
  }
  const answer = ANSWERS[kind](asObject(message.answer, 'answer')) as EcmAnswers[K];
  return { answer };
}

const ANSWERS: { [K in EcmQuestionKind]: (answer: WireObject) => EcmAnswers[K] } = {
  find_credentials: (answer) => parseFound(answer, parseCredential),
  find_endpoints: (answer) => parseFound(answer, parseEndpoint),
  get_credential: (answer) => ({
    sealed: sealedField(answer),
    username: textField(answer, 'username', LONGEST_LABEL),
    lease: optional(answer, 'lease', (from, name) => textField(from, name, LONGEST_LEASE)).lease,
  }),
  release_credential: () => ({}),
  session_started: () => ({}),
  session_complete: () => ({}),
};

function parseFound<T>(answer: WireObject, item: (value: WireObject) => T): EcmFound<T> {
  return {
    items: listField(answer, 'items', MOST_ECM_RESULTS, (value) => item(asObject(value, 'items'))),
    truncated: flagField(answer, 'truncated'),
    problems: listField(answer, 'problems', MOST_PROBLEMS, (value) => {
      const problem = asObject(value, 'problems');
      return {
        instance: textField(problem, 'instance', 64),
        code: textField(problem, 'code', 64),
        message: textField(problem, 'message', LONGEST_MESSAGE),
      };
    }),
  };
}

function parseCredential(value: WireObject): EcmCredential {
  return {
    id: requiredText(value, 'id', LONGEST_CREDENTIAL_ID),
    label: requiredText(value, 'label', LONGEST_LABEL),
    ...optional(value, 'username', (from, name) => textField(from, name, LONGEST_LABEL)),
  };
}

function parseEndpoint(value: WireObject): EcmEndpoint {
  return {
    id: requiredText(value, 'id', LONGEST_CREDENTIAL_ID),
    label: requiredText(value, 'label', LONGEST_LABEL),
    type: textField(value, 'type', 64),
    hostname: textField(value, 'hostname', 255),
    ...optional(value, 'port', (from, name) => wholeField(from, name, 1, 65535)),
  };
}

function sealedField(answer: WireObject): string {
  const sealed = requiredText(answer, 'sealed', LONGEST_SEALED);
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(sealed)) throw new ProtocolError('sealed: is no base64.');
  return sealed;
}

function timeField(message: WireObject, field: string): string {
  const text = requiredText(message, field, 64);
  if (Number.isNaN(Date.parse(text))) throw new ProtocolError(`${field}: a time in RFC 3339 is needed.`);
  return text;
}

/** What is longer than the wire allows is cut off, so that a plug-in cannot cost its host the connection. */
export function fittingFound<T extends { label: string }>(found: EcmFound<T>, limit: number): EcmFound<T> {
  return {
    items: found.items
      .slice(0, limit)
      .map((item) => ({ ...item, label: fitting(item.label, LONGEST_LABEL) })),
    truncated: found.truncated || found.items.length > limit,
    problems: found.problems.slice(0, MOST_PROBLEMS).map(({ instance, code, message }) => ({
      instance: fitting(instance, 64),
      code: fitting(code, 64),
      message: fitting(message, LONGEST_MESSAGE),
    })),
  };
}

export function fittingFailure(code: (typeof ECM_REFUSALS)[number], message: string): EcmReply {
  return { failure: { code, message: fitting(message, LONGEST_MESSAGE) } };
}

/** Without NUL, and not longer than this. */
export function fitting(text: string, most: number): string {
  const plain = text.replaceAll('\0', '');
  return plain.length > most ? `${plain.slice(0, most - 1)}…` : plain;
}
