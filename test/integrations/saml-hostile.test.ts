import { beforeAll, describe, expect, it } from 'vitest';
import type { ProviderSettings } from '../../appliance/directory/security-provider.ts';
import { processorTime } from '../support/processor-time.ts';
import { encryptAssertion } from '../support/saml/encrypt-assertion.ts';
import {
  assertionXml,
  EXC_C14N,
  type KeyPair,
  type MessageParts,
  newId,
  newKeyPair,
  responseXml,
  SIGNATURE,
  sign,
  splitSignature,
} from '../support/saml/hostile-idp.ts';
import { type SamlWorld, samlWorld, type Verdict } from '../support/saml/saml-world.ts';

const EVIL = 'admin@example.test';
let world: SamlWorld;
let stranger: KeyPair;

beforeAll(async () => {
  [world, stranger] = await Promise.all([samlWorld(), newKeyPair('stranger')]);
});

async function judged(build: (parts: MessageParts) => string, settings?: ProviderSettings): Promise<Verdict> {
  const begun = await world.begin(settings);
  return await world.judge(begun, build(begun.parts), settings);
}

async function refused(check: string, build: (parts: MessageParts) => string, settings?: ProviderSettings) {
  const verdict = await judged(build, settings);
  expect(verdict).toMatchObject({ accepted: false, check });
  return verdict as Extract<Verdict, { accepted: false }>;
}

async function accepted(build: (parts: MessageParts) => string, settings?: ProviderSettings) {
  const verdict = await judged(build, settings);
  expect(verdict).toMatchObject({ accepted: true });
  return (verdict as Extract<Verdict, { accepted: true }>).identity;
}

const good = (parts: MessageParts, options = {}) => sign(assertionXml(parts, options), world.idpKey);

describe('a good message', () => {
  it('is believed with a signed assertion, with or without a signature of the response', async () => {
    expect(await accepted((parts) => responseXml(parts, good(parts)))).toMatchObject({
      externalId: 'alice@example.test',
      username: 'alice',
      displayName: 'Alice Archer',
      emailAddress: 'alice@example.test',
      groups: ['reps', 'admins'],
    });
    await accepted((parts) => sign(responseXml(parts, good(parts)), world.idpKey));
    await accepted((parts) => sign(responseXml(parts, good(parts)), world.idpKey), {
      require_signed_response: true,
    });
  });

  it('may be signed by any certificate of the provider, and with SHA-512', async () => {
    await accepted((parts) => responseXml(parts, good(parts)), {
      idp_certificates: stranger.cert + world.idpKey.cert,
    });
    await accepted((parts) =>
      responseXml(
        parts,
        sign(assertionXml(parts), world.idpKey, {
          signatureAlgorithm: 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha512',
          digestAlgorithm: 'http://www.w3.org/2001/04/xmlenc#sha512',
        }),
      ),
    );
  });

  it('may name prefixes that count as used, declared far outside', async () => {
    await accepted((parts) => {
      const response = responseXml(parts, assertionXml(parts)).replace(
        '<samlp:Response ',
        '<samlp:Response xmlns:xs="http://www.w3.org/2001/XMLSchema" ',
      );
      return signInside(response, { inclusivePrefixes: ['xs'] });
    });
  });
});

/** Signs the assertion where it stands. */
function signInside(response: string, options = {}): string {
  const target = "/*/*[local-name()='Assertion']";
  const signed = sign(response, world.idpKey, { ...options, target });
  const { signature, bare } = splitSignature(signed);
  const issuerEnd = bare.indexOf('</saml:Issuer>', bare.indexOf('<saml:Assertion')) + '</saml:Issuer>'.length;
  return bare.slice(0, issuerEnd) + signature + bare.slice(issuerEnd);
}

describe('signature wrapping', () => {
  const evilAssertion = (parts: MessageParts, extra = '') =>
    assertionXml(parts, { id: newId(), nameId: EVIL, extra });

  it('XSW1: a signed response within the signature of a copy', async () => {
    await refused('message', (parts) => {
      const original = sign(responseXml(parts, good(parts)), world.idpKey);
      const { signature, bare } = splitSignature(original);
      const evil = responseXml(parts, evilAssertion(parts));
      const wrapped = signature.replace('</ds:Signature>', `<ds:Object>${bare}</ds:Object></ds:Signature>`);
      return evil.replace('</saml:Issuer>', `</saml:Issuer>${wrapped}`);
    });
  });

  it('XSW2: a signed response beside a detached signature in a copy', async () => {
    await refused('message', (parts) => {
      const original = sign(responseXml(parts, good(parts)), world.idpKey);
      const { signature, bare } = splitSignature(original);
      return responseXml(parts, evilAssertion(parts)).replace(
        '</saml:Issuer>',
        `</saml:Issuer>${bare}${signature}`,
      );
    });
  });

  it('XSW3: an assertion before the signed one', async () => {
    await refused('message', (parts) => responseXml(parts, evilAssertion(parts) + good(parts)));
    await refused('message', (parts) => responseXml(parts, good(parts) + evilAssertion(parts)));
  });

  it('XSW4: an assertion around the signed one', async () => {
    await refused('message', (parts) => responseXml(parts, evilAssertion(parts, good(parts))));
  });

  it('XSW5: the signature in a changed copy, the original at the end', async () => {
    await refused('message', (parts) => {
      const { signature, bare } = splitSignature(good(parts));
      return responseXml(
        parts,
        evilAssertion(parts).replace('</saml:Issuer>', `</saml:Issuer>${signature}`) + bare,
      );
    });
  });

  it('XSW6: the original within the signature of a changed copy', async () => {
    await refused('message', (parts) => {
      const { signature, bare } = splitSignature(good(parts));
      const wrapped = signature.replace('</ds:Signature>', `<ds:Object>${bare}</ds:Object></ds:Signature>`);
      return responseXml(parts, evilAssertion(parts).replace('</saml:Issuer>', `</saml:Issuer>${wrapped}`));
    });
  });

  it('XSW7: the original within extensions, a copy beside it', async () => {
    await refused('message', (parts) =>
      responseXml(parts, `<samlp:Extensions>${good(parts)}</samlp:Extensions>${evilAssertion(parts)}`),
    );
  });

  it('XSW8: the original within an object of the signature of a copy with its identifier', async () => {
    await refused('message', (parts) => {
      const { signature, bare } = splitSignature(good(parts));
      const object = signature.replace(
        '</ds:Signature>',
        `<ds:Object><x>${bare}</x></ds:Object></ds:Signature>`,
      );
      return responseXml(parts, evilAssertion(parts).replace('</saml:Issuer>', `</saml:Issuer>${object}`));
    });
  });

  it('one identifier on two elements', async () => {
    await refused('signature', (parts) => {
      const id = newId();
      return responseXml(parts, good(parts, { id }), {
        extra: `<samlp:Extensions><x ID="${id}"/></samlp:Extensions>`,
      });
    });
    await refused('signature', (parts) => {
      const id = newId();
      return responseXml(parts, good(parts, { id }), {
        extra: `<samlp:Extensions><x Id="${id}"/></samlp:Extensions>`,
      });
    });
  });

  it('a second assertion in another namespace, or encrypted beside the signed one', async () => {
    await refused('message', (parts) =>
      responseXml(parts, good(parts), { extra: '<Assertion xmlns="urn:other"/>' }),
    );
    await refused('message', (parts) =>
      responseXml(parts, good(parts) + encryptAssertion(evilAssertion(parts), world.ourKey.cert)),
    );
  });
});

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

describe('signatures of another form', () => {
  it('none at all', async () => {
    await refused('signature', (parts) => responseXml(parts, assertionXml(parts)));
  });
  it('of the response alone', async () => {
    const { reason } = await refused('signature', (parts) =>
      sign(responseXml(parts, assertionXml(parts)), world.idpKey),
    );
    expect(reason).toContain('A signature of the Response alone is not enough');
  });
  it('of the assertion alone where the response must be signed too', async () => {
    await refused('signature', (parts) => responseXml(parts, good(parts)), { require_signed_response: true });
  });
  it('by another key, its certificate sent along', async () => {
    const { reason, advice } = await refused('signature', (parts) =>
      responseXml(parts, sign(assertionXml(parts), stranger)),
    );
    expect(reason).toContain('does not fit any certificate');
    expect(advice).toContain('Wrong certificate');
  });
  it('of a response by another key around a good assertion', async () => {
    await refused('signature', (parts) => sign(responseXml(parts, good(parts)), stranger));
  });
  it('changed text', async () => {
    await refused('signature', (parts) => responseXml(parts, good(parts).replace('alice@', 'admin@')));
  });
  it('HMAC with the public certificate as secret', async () => {
    await refused('signature', (parts) =>
      responseXml(
        parts,
        sign(assertionXml(parts), world.idpKey, { signatureAlgorithm: `${SIGNATURE}hmac-sha1` }),
      ),
    );
  });
  it('SHA-1 in signature or digest', async () => {
    await refused('signature', (parts) =>
      responseXml(
        parts,
        sign(assertionXml(parts), world.idpKey, { signatureAlgorithm: `${SIGNATURE}rsa-sha1` }),
      ),
    );
    await refused('signature', (parts) =>
      responseXml(parts, sign(assertionXml(parts), world.idpKey, { digestAlgorithm: `${SIGNATURE}sha1` })),
    );
  });
  it('of another element', async () => {
    await refused('signature', (parts) =>
      responseXml(parts, sign(assertionXml(parts), world.idpKey, { target: "//*[local-name()='Subject']" })),
    );
  });
  it('with several references, or an empty one', async () => {
    await refused('signature', (parts) =>
      responseXml(
        parts,
        sign(assertionXml(parts), world.idpKey, { alsoSign: ["//*[local-name()='Conditions']"] }),
      ),
    );
    await refused('signature', (parts) => responseXml(parts, good(parts).replace(/URI="#[^"]+"/, 'URI=""')));
    await refused('signature', (parts) =>
      responseXml(parts, good(parts).replace(/<ds:Reference URI="#[^"]+"/, '<ds:Reference')),
    );
    await refused('message', (parts) =>
      responseXml(parts, good(parts).replace(/(URI="#[^"]+")/, '$1 URI="#other"')),
    );
  });
  it('with other transforms', async () => {
    const transforms = (list: string) => (parts: MessageParts) =>
      responseXml(
        parts,
        good(parts).replace(/<ds:Transforms>.*?<\/ds:Transforms>/, `<ds:Transforms>${list}</ds:Transforms>`),
      );
    const one = (name: string, content = '') => `<ds:Transform Algorithm="${name}">${content}</ds:Transform>`;
    const enveloped = one(`${SIGNATURE}enveloped-signature`);
    await refused(
      'signature',
      transforms(enveloped + one('http://www.w3.org/TR/1999/REC-xslt-19991116', '<x/>')),
    );
    await refused(
      'signature',
      transforms(enveloped + one('http://www.w3.org/TR/1999/REC-xpath-19991116', '<x>1</x>')),
    );
    await refused('signature', transforms(enveloped + one(EXC_C14N) + one(EXC_C14N)));
    await refused('signature', transforms(one(EXC_C14N)));
    await refused('signature', transforms(''));
    await refused('signature', (parts) =>
      responseXml(parts, good(parts).replace(/<ds:Transforms>.*?<\/ds:Transforms>/, '')),
    );
  });
  it('with comments kept, or canonicalised in another way', async () => {
    for (const algorithm of [`${EXC_C14N}WithComments`, 'http://www.w3.org/TR/2001/REC-xml-c14n-20010315']) {
      await refused('signature', (parts) =>
        responseXml(parts, sign(assertionXml(parts), world.idpKey, { canonicalization: algorithm })),
      );
      await refused('signature', (parts) =>
        responseXml(
          parts,
          sign(assertionXml(parts), world.idpKey, {
            transforms: [`${SIGNATURE}enveloped-signature`, algorithm],
          }),
        ),
      );
    }
  });
  it('with prefixes listed where they do not belong, or changed afterwards', async () => {
    const list = (prefixes: string) =>
      `<ec:InclusiveNamespaces xmlns:ec="${EXC_C14N}" PrefixList="${prefixes}"/>`;
    await refused('signature', (parts) =>
      responseXml(
        parts,
        good(parts).replace(
          `<ds:CanonicalizationMethod Algorithm="${EXC_C14N}"/>`,
          `<ds:CanonicalizationMethod Algorithm="${EXC_C14N}">${list('saml')}</ds:CanonicalizationMethod>`,
        ),
      ),
    );
    await refused('signature', (parts) =>
      responseXml(
        parts,
        good(parts).replace(
          `<ds:Transform Algorithm="${EXC_C14N}"/>`,
          `<ds:Transform Algorithm="${EXC_C14N}">${list('#default')}</ds:Transform>`,
        ),
      ),
    );
    await refused('signature', (parts) =>
      signInside(
        responseXml(parts, assertionXml(parts)).replace(
          '<samlp:Response ',
          '<samlp:Response xmlns:xs="urn:one" ',
        ),
        { inclusivePrefixes: ['xs'] },
      ).replace('xmlns:xs="urn:one"', 'xmlns:xs="urn:two"'),
    );
  });
  it('two in one assertion', async () => {
    await refused('signature', (parts) => {
      const { signature, bare } = splitSignature(good(parts));
      return responseXml(parts, bare.replace('</saml:Issuer>', `</saml:Issuer>${signature}${signature}`));
    });
  });
  it('when no certificate of the provider is known', async () => {
    await refused('signature', (parts) => responseXml(parts, good(parts)), { idp_certificates: '' });
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
