import { X509Certificate } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { ServiceProviderMetadata } from '../../integrations/saml/saml-metadata.ts';
import { samlMetadataReader } from '../../integrations/saml/saml-metadata-reader.ts';
import { verifiedElement } from '../../integrations/saml/saml-signature.ts';
import { parseXml } from '../../integrations/saml/saml-xml.ts';
import { processorTime } from '../support/processor-time.ts';
import { type KeyPair, newKeyPair } from '../support/saml/hostile-idp.ts';
import { samlWorld } from '../support/saml/saml-world.ts';

const MD = 'urn:oasis:names:tc:SAML:2.0:metadata';
const now = new Date();
let one: KeyPair;
let two: KeyPair;
beforeAll(async () => {
  [one, two] = await Promise.all([newKeyPair('one'), newKeyPair('two')]);
});

const key = (cert: string, use = 'use="signing"') =>
  `<md:KeyDescriptor ${use}><ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:X509Data><ds:X509Certificate>\n${cert.replace(/-----[A-Z ]+-----/g, '')}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>`;
const service = (name: string, binding: string, location: string) =>
  `<md:${name} Binding="urn:oasis:names:tc:SAML:2.0:bindings:${binding}" Location="${location}"/>`;
const entity = (id: string, content: string, namespaces = ` xmlns:md="${MD}"`) =>
  `<md:EntityDescriptor${namespaces} entityID="${id}"><md:IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">${content}</md:IDPSSODescriptor></md:EntityDescriptor>`;
const usual = () =>
  key(one.cert) +
  service('SingleLogoutService', 'HTTP-POST', 'https://i.test/slo') +
  service('SingleSignOnService', 'SOAP', 'https://i.test/soap') +
  service('SingleSignOnService', 'HTTP-POST', 'https://i.test/post') +
  service('SingleSignOnService', 'HTTP-Redirect', 'https://i.test/sso?x=1&amp;y=2');

describe('metadata of an identity provider', () => {
  it('fills the settings, with every signing certificate', async () => {
    const xml = `<?xml version="1.0"?>\n<!-- ours -->\n${entity('https://i.test/id', key(two.cert, '') + key(one.cert, 'use="encryption"') + usual())}`;
    const [described] = await samlMetadataReader.read(xml, now);
    expect(described!.settings).toMatchObject({
      entity_id: 'https://i.test/id',
      login_url: 'https://i.test/sso?x=1&y=2',
      sso_url_protocol_binding: 'HTTP Redirect',
      logout_url: 'https://i.test/slo',
      logout_url_protocol_binding: 'HTTP POST',
    });
    const pems = String(described!.settings.idp_certificates).match(
      /-----BEGIN[^-]+-----[^-]+-----END[^-]+-----/g,
    )!;
    expect(pems.map((pem) => new X509Certificate(pem).subject)).toEqual(['CN=two', 'CN=one']);
    expect(described!.remarks).toEqual([]);
  });
  it('may be a list, whose outermost element declares the names', async () => {
    const list = `<md:EntitiesDescriptor xmlns:md="${MD}"><md:EntityDescriptor entityID="sp"><md:SPSSODescriptor/></md:EntityDescriptor>${entity('a', usual(), '')}${entity('b', usual(), '')}</md:EntitiesDescriptor>`;
    expect((await samlMetadataReader.read(list, now)).map(({ entityId }) => entityId)).toEqual(['a', 'b']);
  });
  it('of a federation is read in little time', async () => {
    const many = Array.from({ length: 1500 }, (_, at) => entity(`https://i.test/${at}`, usual(), '')).join(
      '',
    );
    const taken = await processorTime(async () => {
      const found = await samlMetadataReader.read(
        `<md:EntitiesDescriptor xmlns:md="${MD}">${many}</md:EntitiesDescriptor>`,
        now,
      );
      expect(found).toHaveLength(1500);
    });
    expect(taken).toBeLessThan(5000);
  });
  it('says what is lacking or over', async () => {
    const [described] = await samlMetadataReader.read(entity('a', ''), now);
    expect(described!.remarks).toHaveLength(2);
    const later = new Date(Date.now() + 40 * 86_400_000);
    expect((await samlMetadataReader.read(entity('a', usual()), later))[0]!.remarks[0]).toContain(
      'expired on',
    );
  });
  it.each([
    ['a document type', `<!DOCTYPE x [<!ENTITY e "x">]>${entity('a', '')}`],
    ['no XML', 'hello'],
    ['another document', '<html/>'],
    ['no end', `<md:EntityDescriptor xmlns:md="${MD}">`],
    ['a comment without end', `<!-- ${entity('a', '')}`],
    ['too much', `<x>${'a'.repeat(9_000_000)}</x>`],
  ])('is refused by name: %s', async (_name, xml) => {
    await expect(samlMetadataReader.read(xml, now)).rejects.toEqual(
      expect.objectContaining({ code: 'invalid', fields: { metadata: [expect.any(String)] } }),
    );
  });
  it('made to hurt is refused quickly', async () => {
    const openings = '<md:EntityDescriptor a="1">'.repeat(30_000);
    const taken = await processorTime(async () => {
      await expect(
        samlMetadataReader.read(`<md:EntitiesDescriptor xmlns:md="${MD}">${openings}`, now),
      ).rejects.toThrow();
      await expect(samlMetadataReader.read('<!--'.repeat(1_000_000), now)).rejects.toThrow();
    });
    expect(taken).toBeLessThan(1500);
  });
});

describe('our metadata', () => {
  it('is signed, names our addresses and, during a roll-over, both certificates', async () => {
    const world = await samlWorld();
    const text = await new ServiceProviderMetadata({ publicUrl: 'https://support.example.test' }).write(
      world.source(),
    );
    const { xml, root } = parseXml(text);
    expect(verifiedElement(xml, root, [world.ourKey.cert])).toBeDefined();
    expect(() => verifiedElement(xml, root, [world.nextKey.cert])).toThrow();
    expect(text).toContain('entityID="https://support.example.test/saml/7/metadata"');
    expect(text).toContain('Location="https://support.example.test/saml/7/acs"');
    expect(text.match(/use="signing"/g)).toHaveLength(2);
    expect(text.match(/use="encryption"/g)).toHaveLength(1);
  });
});
