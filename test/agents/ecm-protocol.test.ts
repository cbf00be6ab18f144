import { describe, expect, it } from 'vitest';
import {
  type EcmServerMessage,
  ecmProgramText,
  ecmServerText,
  MAX_ECM_BYTES,
  parseEcmEnrolAnswer,
  parseEcmEnrolRequest,
  parseEcmProgramMessage,
  parseEcmServerMessage,
} from '../../agents/ecm-protocol.ts';
import { fittingFailure, fittingFound, parseReply, replyToWire } from '../../agents/ecm-questions.ts';
import { newNonce } from '../../agents/handshake.ts';
import { ProtocolError, type WireObject } from '../../agents/wire-fields.ts';
import type { EcmQuestion, EcmReply, EcmSession } from '../../appliance/ecm/ecm-question.ts';
import { pluginInfo } from '../support/scripted-ecm.ts';

const KEY = newNonce();
const SIGNATURE = Buffer.alloc(64, 7).toString('base64');
const SESSION: EcmSession = {
  lsid: 'cd'.repeat(16),
  user: {
    id: 3,
    username: 'anna',
    displayName: 'Anna Ä.',
    emailAddress: 'anna@example.com',
    distinguishedName: 'cn=anna,dc=example',
    provider: 'Directory',
  },
  jumpItem: {
    id: 9,
    type: 'web_jump',
    name: 'portal',
    hostname: 'portal.example.com',
    port: undefined,
    username: '',
    group: 'web',
    tag: 'a',
    comments: 'b',
    url: 'https://portal.example.com/',
  },
  endpointId: 'store:portal',
};

const QUESTIONS: EcmQuestion[] = [
  { kind: 'find_credentials', session: SESSION, search: 'web', limit: 200 },
  {
    kind: 'find_endpoints',
    session: { ...SESSION, jumpItem: undefined, endpointId: undefined },
    types: ['shell_jump', 'web_jump'],
    search: '',
    limit: 1,
  },
  {
    kind: 'get_credential',
    session: SESSION,
    credentialId: 'store:root',
    sealTo: { publicKey: KEY, context: 'credential for channel 1' },
  },
  {
    kind: 'release_credential',
    session: SESSION,
    credentialId: 'store:root',
    endedAt: '2026-05-04T10:00:00.000Z',
    lease: 'lease 1',
  },
  { kind: 'session_started', session: SESSION, credentialId: undefined, historyUrl: undefined },
  {
    kind: 'session_started',
    session: SESSION,
    credentialId: 'store:root',
    historyUrl: 'https://support.example.com/login/sessions?lsid=cd',
  },
  { kind: 'session_complete', session: { ...SESSION, lsid: undefined } },
];

const request = (question: EcmQuestion): EcmServerMessage => ({
  t: 'request',
  id: 5,
  time_left_ms: 6_500,
  question,
});

describe('questions', () => {
  it.each(QUESTIONS.map((question) => [question.kind, question] as const))(
    'of the kind %s arrive as they were asked',
    (_kind, question) => {
      expect(parseEcmServerMessage(ecmServerText(request(question)))).toEqual(request(question));
    },
  );

  it('of servers that know no kinds are about all of them', () => {
    const { types: _types, ...older } = JSON.parse(ecmServerText(request(QUESTIONS[1]!)));
    expect(parseEcmServerMessage(JSON.stringify(older))).toMatchObject({ question: { types: [] } });
  });

  it.each([
    ['an unknown kind', { question: 'give_all' }, 'question'],
    ['a number that is none', { id: -1 }, 'id'],
    ['no time', { time_left_ms: 0 }, 'time_left_ms'],
    ['a limit beyond all', { limit: 201 }, 'limit'],
    ['no person', { session: {} }, 'session.user'],
    ['kinds that are no list', { question: 'find_endpoints', types: 'shell_jump' }, 'types'],
    ['a page that is none', { question: 'session_started', history_url: 'javascript:1' }, 'history_url'],
    ['a credential without a name', { question: 'release_credential', credential_id: '' }, 'credential_id'],
    [
      'a key that is too short',
      { question: 'get_credential', credential_id: 'a:b', seal_to: { public_key: 'AAAA', context: 'x' } },
      'public_key',
    ],
    [
      'a time that is none',
      { question: 'release_credential', credential_id: 'a:b', ended_at: 'yesterday' },
      'ended_at',
    ],
  ])('with %s are refused', (_what, change, field) => {
    const message = JSON.parse(ecmServerText(request(QUESTIONS[0]!))) as object;
    expect(() => parseEcmServerMessage(JSON.stringify({ ...message, ...change }))).toThrow(field);
  });
});

describe('answers', () => {
  const FOUND: EcmReply<'find_credentials'> = {
    answer: {
      items: [
        { id: 'store:root', label: 'root', username: 'root' },
        { id: 'store:2', label: 'second' },
      ],
      truncated: true,
      problems: [{ instance: 'other', code: 'unavailable', message: 'sealed' }],
    },
  };

  it('arrive as they were given', () => {
    const text = ecmProgramText({ t: 'answer', id: 5, reply: replyToWire(FOUND) });
    const message = parseEcmProgramMessage(text);
    expect(message.t === 'answer' && parseReply('find_credentials', message.reply)).toEqual(FOUND);
    const failure = fittingFailure('in_use', 'Bob has it.');
    expect(parseReply('get_credential', replyToWire(failure))).toEqual(failure);
    const given: EcmReply<'get_credential'> = {
      answer: { sealed: 'QUJD', username: '', lease: undefined },
    };
    expect(parseReply('get_credential', replyToWire(given))).toEqual(given);
  });

  it.each([
    ['neither an answer nor a failure', {}],
    ['an unknown failure', { failure: { code: 'timed_out', message: '' } }],
    ['a failure that is too talkative', { failure: { code: 'forbidden', message: 'x'.repeat(1025) } }],
    ['no list', { answer: { truncated: false, problems: [] } }],
    ['an entry without an id', { answer: { items: [{ label: 'x' }], truncated: false, problems: [] } }],
    ['an id with NUL', { answer: { items: [{ id: 'a\0', label: 'x' }], truncated: false, problems: [] } }],
  ])('with %s are refused', (_what, reply) => {
    expect(() => parseReply('find_credentials', reply as WireObject)).toThrow(ProtocolError);
  });

  it('carry nothing but a sealed box of a credential', () => {
    const withPassword = { answer: { sealed: 'QUJD', username: 'root', password: 'secret' } };
    expect(JSON.stringify(parseReply('get_credential', withPassword))).not.toContain('secret');
    for (const sealed of ['', 'not base64!', 'A'.repeat(96 * 1024 + 4)])
      expect(() => parseReply('get_credential', { answer: { sealed, username: '' } })).toThrow('sealed');
  });

  it('are cut to what fits, so that a plug-in cannot cost its host the connection', () => {
    const items = Array.from({ length: 300 }, (_, id) => ({ id: `store:${id}`, label: 'ä'.repeat(300) }));
    const problems = Array.from({ length: 100 }, () => ({
      instance: 'i'.repeat(100),
      code: 'c'.repeat(100),
      message: 'm\0'.repeat(2000),
    }));
    const fitting = fittingFound({ items, truncated: false, problems }, 200);
    expect(fitting).toMatchObject({ truncated: true });
    expect(parseReply('find_credentials', { answer: fitting } as never).answer?.items).toHaveLength(200);
    expect(fittingFailure('forbidden', 'x'.repeat(5000)).failure?.message).toHaveLength(1024);
  });
});

describe('what a host says of itself', () => {
  const hello = {
    t: 'hello' as const,
    ecm_host_id: 1,
    nonce: KEY,
    signature: SIGNATURE,
    version: '1',
    hostname: 'vault-1',
    private_ip: '10.0.0.1',
    plugins: [pluginInfo(), pluginInfo({ health: undefined, problem: 'It crashed.', state: 'broken' })],
  };

  it('arrives as it was said', () => {
    expect(parseEcmProgramMessage(ecmProgramText(hello))).toEqual(hello);
  });

  it('is cut to what fits', () => {
    const plugins = Array.from({ length: 40 }, () =>
      pluginInfo({ description: 'd'.repeat(5000), health: { healthy: true, detail: '\0'.repeat(5000) } }),
    );
    const parsed = parseEcmProgramMessage(ecmProgramText({ t: 'plugins', plugins }));
    expect(parsed.t === 'plugins' && parsed.plugins).toHaveLength(32);
  });

  it.each([
    ['state', { plugins: [{ ...pluginInfo(), state: 'dancing' }] }],
    ['capabilities', { plugins: [{ ...pluginInfo(), capabilities: undefined }] }],
    ['plugins', { plugins: {} }],
    ['nonce', { nonce: 'AAAA' }],
  ])('is refused when %s is wrong', (field, change) => {
    const message = JSON.parse(ecmProgramText(hello)) as object;
    expect(() => parseEcmProgramMessage(JSON.stringify({ ...message, ...change }))).toThrow(field);
  });

  it('is refused when it is too long', () => {
    expect(() => parseEcmProgramMessage(' '.repeat(MAX_ECM_BYTES + 1))).toThrow('bytes');
  });
});

describe('enrolment', () => {
  const ask = {
    name: 'vault-1',
    identity_public_key: KEY,
    sealing_public_key: KEY,
    hostname: 'vault-1',
    version: '1',
  };

  it('takes keys of 32 bytes and a name', () => {
    expect(parseEcmEnrolRequest(ask)).toEqual(ask);
    expect(() => parseEcmEnrolRequest({ ...ask, name: '' })).toThrow('name');
    expect(() => parseEcmEnrolRequest({ ...ask, sealing_public_key: 'AAAA' })).toThrow('sealing_public_key');
    expect(() => parseEcmEnrolRequest([])).toThrow('body');
  });

  it('is answered with the key to pin', () => {
    const answer = { ecm_host_id: 1, name: 'vault-1', server_key: KEY, urls: ['https://a.example.com'] };
    expect(parseEcmEnrolAnswer(answer)).toEqual(answer);
    expect(() => parseEcmEnrolAnswer({ ...answer, urls: ['file:///etc/passwd'] })).toThrow('urls');
  });
});
