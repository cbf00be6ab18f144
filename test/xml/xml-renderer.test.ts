import { XMLParser } from 'fast-xml-parser';
import { describe, expect, it } from 'vitest';
import { renderDocument, xml, xmlBody } from '../../api/xml/xml-renderer.ts';

const NS = 'https://example.test/namespace';

describe('XML renderer', () => {
  it('writes prolog, blank line, root with default namespace and tab indented children without prefixes', () => {
    const text = renderDocument(
      xml('health_check', [xml('appliance', { id: 'abc' }, 'support-01'), xml('success', 1), xml('ips', [])]),
      NS,
    );
    expect(text).toBe(
      `<?xml version="1.0" encoding="UTF-8"?>\n\n<health_check xmlns="${NS}">\n` +
        '\t<appliance id="abc">support-01</appliance>\n\t<success>1</success>\n\t<ips></ips>\n</health_check>\n',
    );
  });

  it('lets a client that looks for the first word after the prolog find the root', () => {
    const text = renderDocument(xml('error', 'reason'), NS);
    expect(/\?>\s*<(\w+)/.exec(text)?.[1]).toBe('error');
    expect(text).toContain(`\n\n<error xmlns="${NS}">reason</error>`);
  });

  it('keeps markup, quotes, line ends and tabs of text and attributes through a parser', () => {
    const wild = 'a<b>&"c"\'d\'\r\n\te ]]>';
    const text = renderDocument(xml('value', { name: wild }, wild), NS);
    expect(text).toContain('name="a&lt;b&gt;&amp;&quot;c&quot;\'d\'&#13;&#10;&#9;e ]]&gt;"');
    const parsed = new XMLParser({
      ignoreAttributes: false,
      trimValues: false,
      processEntities: true,
      htmlEntities: true,
    }).parse(text);
    expect(parsed.value['#text']).toBe(wild);
    expect(parsed.value['@_name']).toBe(wild);
  });

  it('replaces what XML cannot hold', () => {
    expect(renderDocument(xml('name', 'a\u0000b\u001bc\ud800d\uffffe\u{1F600}'), NS)).toContain(
      '>a\uFFFDb\uFFFDc\uFFFDd\uFFFDe\u{1F600}<',
    );
  });

  it('sends a body that XML cannot hold as base64', () => {
    expect(xmlBody('plain\ntext')).toEqual({ name: 'body', text: 'plain\ntext' });
    expect(xmlBody('bell\u0007')).toEqual({
      name: 'encoded_body',
      text: Buffer.from('bell\u0007').toString('base64'),
    });
  });
});
