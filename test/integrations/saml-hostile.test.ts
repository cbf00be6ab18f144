import { describe, expect, it } from 'vitest';
import { processorTime } from '../support/processor-time.ts';
import { encryptAssertion } from '../support/saml/encrypt-assertion.ts';
import { assertionXml, type MessageParts, responseXml, sign } from '../support/saml/hostile-idp.ts';
import {
  accepted,
  EVIL,
  good,
  judgedMessages,
  refused,
  stranger,
  world,
} from '../support/saml/judged-messages.ts';

judgedMessages();

describe('texts that two parsers might read differently', () => {
  it('comments in a name, put there after signing', async () => {
    await refused('message', (parts) =>
      responseXml(parts, good(parts, { nameId: `${EVIL}.evil.test` }).replace(EVIL, `${EVIL}<!---->`)),
    );
  });
  it('processing instructions and CDATA', async () => {
    await refused('message', (parts) => responseXml(parts, good(parts)).replace('alice@', 'alice<?x?>@'));
    await refused('message', (parts) =>
      responseXml(parts, good(parts)).replace('alice@', '<![CDATA[admin]]>@'),
    );
  });
  it('document types and entities', async () => {
    await refused(
      'message',
      (parts) => `<!DOCTYPE x [<!ENTITY e "admin">]>${responseXml(parts, good(parts))}`,
    );
    await refused(
      'message',
      (parts) => `<!DOCTYPE x SYSTEM "http://127.0.0.1/x.dtd">${responseXml(parts, good(parts))}`,
    );
    await refused('message', (parts) => responseXml(parts, good(parts)).replace('alice@', '&evil;@'));
  });
  it('an encoding other than UTF-8', async () => {
    await accepted((parts) => `<?xml version="1.0" encoding="UTF-8"?>\n${responseXml(parts, good(parts))}`);
    await refused(
      'message',
      (parts) => `<?xml version="1.0" encoding="UTF-7"?>${responseXml(parts, good(parts))}`,
    );
  });
});

describe('a signed assertion that is not for this sign-in', () => {
  const withOptions = (options: object) => (parts: MessageParts) => responseXml(parts, good(parts, options));

  it('was used before', async () => {
    const begun = await world.begin();
    const response = responseXml(begun.parts, good(begun.parts));
    expect(await world.judge(begun, response)).toMatchObject({ accepted: true });
    expect(await world.judge(begun, response)).toMatchObject({ accepted: false, check: 'replay' });
  });
  it('is expired, or not valid yet; the clock skew is allowed', async () => {
    await accepted(withOptions({ notBefore: -200_000, notOnOrAfter: -30_000 }));
    const { reason, advice } = await refused(
      'clock',
      withOptions({ notBefore: -200_000, notOnOrAfter: -90_000 }),
    );
    expect(reason).toMatch(/ended at .*, (89|90|91) seconds ago by our clock/);
    expect(advice).toContain('Clock skew');
    await accepted(withOptions({ notBefore: 30_000, issuedAt: 30_000 }));
    await refused('clock', withOptions({ notBefore: 90_000 }));
    await refused('clock', withOptions({ issuedAt: 90_000 }));
    await refused('clock', (parts) => responseXml(parts, good(parts, { notBefore: 30_000 })), {
      clock_skew: 0,
    });
  });
  it('is for another audience, recipient or destination', async () => {
    const audience = await refused('audience', withOptions({ audience: 'https://other.example.test' }));
    expect(audience.reason).toContain('“https://other.example.test”');
    expect(audience.advice).toContain('Wrong audience');
    const recipient = await refused(
      'recipient',
      withOptions({ recipient: 'https://other.example.test/acs' }),
    );
    expect(recipient.advice).toContain('Wrong recipient');
    await refused('destination', (parts) =>
      responseXml(parts, good(parts), { destination: 'https://other.example.test/acs' }),
    );
    await refused('destination', (parts) =>
      sign(responseXml(parts, good(parts), { destination: undefined }), world.idpKey),
    );
  });
  it('answers another request, or none', async () => {
    await refused('in_response_to', withOptions({ inResponseTo: '_other' }));
    await refused('in_response_to', withOptions({ inResponseTo: undefined }));
    await refused('in_response_to', (parts) => responseXml(parts, good(parts), { inResponseTo: '_other' }));
    await refused('in_response_to', (parts) =>
      responseXml(parts, good(parts, { inResponseTo: undefined }), { inResponseTo: undefined }),
    );
  });
  it('answers nothing, which a provider may allow, once', async () => {
    const settings = { allow_unsolicited: true };
    const begun = await world.begin(settings);
    const response = responseXml(begun.parts, good(begun.parts, { inResponseTo: undefined }), {
      inResponseTo: undefined,
    });
    expect(await world.judge(begun, response, settings)).toMatchObject({ accepted: true });
    expect(await world.judge(begun, response, settings)).toMatchObject({ accepted: false, check: 'replay' });
    // An answer to a request is not made unsolicited by cutting the outer attribute away.
    await refused(
      'in_response_to',
      (parts) => responseXml(parts, good(parts), { inResponseTo: undefined }),
      settings,
    );
  });
  it('is from another issuer', async () => {
    await refused('issuer', withOptions({ issuer: 'https://other.example.test' }));
    await refused('issuer', (parts) =>
      responseXml(parts, good(parts), { issuer: 'https://other.example.test' }),
    );
  });
  it('lacks conditions, audience, confirmation or its end', async () => {
    await refused('message', withOptions({ conditions: '' }).bind(null));
    await refused('audience', withOptions({ conditions: '<saml:Conditions/>' }));
    await refused('conditions', withOptions({ confirmationData: '' }));
    await refused('conditions', (parts) =>
      responseXml(
        parts,
        good(parts, {
          confirmationData: `<saml:SubjectConfirmationData Recipient="${parts.acs}" InResponseTo="${parts.requestId}"/>`,
        }),
      ),
    );
    await refused('conditions', (parts) =>
      responseXml(
        parts,
        good(parts, {
          conditions: `<saml:Conditions><saml:Unknown/><saml:AudienceRestriction><saml:Audience>${parts.sp}</saml:Audience></saml:AudienceRestriction></saml:Conditions>`,
        }),
      ),
    );
  });
  it('comes with a failed status', async () => {
    const status = (code: string) =>
      `<samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:${code}"/><samlp:StatusMessage>No access</samlp:StatusMessage>`;
    const { reason } = await refused('status', (parts) =>
      responseXml(parts, good(parts), { status: status('Responder') }),
    );
    expect(reason).toContain('No access');
  });
  it('lacks the attribute of the user name', async () => {
    const { reason, advice } = await refused('attributes', withOptions({ attributes: { uid: ['alice'] } }));
    expect(reason).toContain('“Username” is not among its attributes (uid)');
    expect(advice).toContain('Missing attribute');
  });
});

describe('encryption', () => {
  const encrypted =
    (certificate: () => string, options = {}, assertion = (parts: MessageParts) => good(parts)) =>
    (parts: MessageParts) =>
      responseXml(parts, encryptAssertion(assertion(parts), certificate(), options));
  const ours = () => world.ourKey.cert;

  it('is undone with the present key and the next one, by OAEP and AES', async () => {
    for (const cipher of ['aes128-cbc', 'aes256-cbc', 'aes128-gcm', 'aes256-gcm'] as const) {
      await accepted(encrypted(ours, { cipher }));
    }
    await accepted(
      encrypted(() => world.nextKey.cert, { transport: 'oaep-sha256' }),
      { require_encrypted_assertion: true },
    );
    await accepted((parts) => sign(encrypted(ours)(parts), world.idpKey));
  });
  it('for another key', async () => {
    const { advice } = await refused(
      'decryption',
      encrypted(() => stranger.cert),
    );
    expect(advice).toContain('Wrong certificate');
  });
  it('with RSA 1.5 or Triple DES', async () => {
    await refused('decryption', encrypted(ours, { transport: 'rsa1_5' }));
    await refused('decryption', encrypted(ours, { cipher: 'tripledes-cbc' }));
  });
  it('missing where it is required', async () => {
    await refused('decryption', (parts) => responseXml(parts, good(parts)), {
      require_encrypted_assertion: true,
    });
  });
  it('of an assertion that is not signed, or signed by another key', async () => {
    await refused(
      'signature',
      encrypted(ours, {}, (parts) => assertionXml(parts)),
    );
    await refused(
      'signature',
      encrypted(ours, {}, (parts) => sign(assertionXml(parts), stranger)),
    );
    await refused('signature', (parts) =>
      sign(encrypted(ours, {}, (inner) => assertionXml(inner))(parts), world.idpKey),
    );
  });
  it('of two assertions, or of something else', async () => {
    await refused(
      'message',
      encrypted(ours, {}, (parts) => assertionXml(parts, { extra: good(parts) })),
    );
    await refused(
      'decryption',
      encrypted(ours, {}, () => '<x/>'),
    );
    await refused('message', (parts) => {
      const one = encryptAssertion(good(parts), ours());
      return responseXml(parts, one + one);
    });
  });
});

describe('messages made to hurt', () => {
  const quickly = async (check: string, build: (parts: MessageParts) => string) => {
    const begun = await world.begin();
    const message = build(begun.parts);
    const taken = await processorTime(async () => {
      expect(await world.judge(begun, message)).toMatchObject({ accepted: false, check });
    });
    expect(taken).toBeLessThan(150);
  };
  it.each([
    ['oversized', () => `<x>${'a'.repeat(400_000)}</x>`],
    ['deeply nested', () => '<x>'.repeat(2000) + '</x>'.repeat(2000)],
    ['many elements', () => `<x>${'<y/>'.repeat(40_000)}</x>`],
    ['many attributes', () => `<x ${Array.from({ length: 20_000 }, (_, i) => `a${i}="1"`).join(' ')}/>`],
    ['a tag without end', () => `<x ${'a'.repeat(200_000)}`],
    ['an endless comment', () => `<x><!--${'-'.repeat(200_000)}`],
    ['not XML', () => 'hello'],
    ['empty', () => ''],
    ['cut off', () => '<samlp:Response xmlns:samlp="x"><a>'],
    ['NUL', () => '<x>\0</x>'],
    ['another root', () => '<html><body/></html>'],
  ])('%s', async (_name, build) => {
    await quickly('message', build);
  });
  it('what is not Base64 or not UTF-8', async () => {
    const { provider, source } = world;
    const { memo } = await world.begin();
    const { ProviderTrace } = await import('../../appliance/directory/provider-trace.ts');
    for (const SAMLResponse of ['%%%', Buffer.from([0xc3, 0x28]).toString('base64'), 'A'.repeat(1_000_000)]) {
      await expect(
        provider.finish(source(), { memo, parameters: { SAMLResponse } }, new ProviderTrace()),
      ).rejects.toMatchObject({ code: 'unauthenticated', message: 'Signing in failed.' });
    }
  });
});
