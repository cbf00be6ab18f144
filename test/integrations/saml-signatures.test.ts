import { describe, expect, it } from 'vitest';
import { encryptAssertion } from '../support/saml/encrypt-assertion.ts';
import {
  assertionXml,
  EXC_C14N,
  type MessageParts,
  newId,
  responseXml,
  SIGNATURE,
  sign,
  splitSignature,
} from '../support/saml/hostile-idp.ts';
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
