import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { launchCommand, launchParameters } from '../../appliance/jump/launch-command.ts';
import { formatScript, parseScript } from '../../appliance/jump/launch-script.ts';

const search = (more: Record<string, string> = {}) => ({
  action: 'start_jump_item_session',
  search_string: 'PC-1',
  ...more,
});

describe('script file', () => {
  it('is the header and one percent-encoded command per line', () => {
    expect(
      formatScript([{ action: 'start_jump_item_session', 'client.hostname': "a b&c=d+e\r\naction=x!'()*" }]),
    ).toBe(
      'BRCS1.0\naction=start_jump_item_session&client.hostname=a%20b%26c%3Dd%2Be%0D%0Aaction%3Dx%21%27%28%29%2A\n',
    );
  });

  it('brings any commands back unchanged and has one line per command, whatever the values hold', () => {
    const text = fc.string({ unit: 'binary' }).map((value) => value.toWellFormed());
    const command = fc
      .dictionary(fc.stringMatching(/^[a-z._]{1,20}$/), text)
      .map((values) => ({ ...values, action: 'login' }));
    fc.assert(
      fc.property(fc.array(command, { minLength: 1, maxLength: 10 }), (commands) => {
        const script = formatScript(commands);
        expect(script.split('\n')).toHaveLength(commands.length + 2);
        expect(parseScript(script)).toEqual(commands.map((parameters) => ({ ...parameters })));
      }),
    );
  });

  it('reads CRLF, a byte order mark and a last line without its end', () => {
    expect(parseScript('\uFEFFBRCS1.0\r\naction=login\r\naction=start_vpro_session&target=a+b')).toEqual([
      { action: 'login' },
      { action: 'start_vpro_session', target: 'a+b' },
    ]);
  });

  it.each([
    ['', 'first line must be BRCS1.0'],
    ['action=login', 'first line must be BRCS1.0'],
    ['BRCS2.0\naction=login', 'version 2.0'],
    ['BRCS1.0\n', 'no command'],
    ['BRCS1.0\naction=login\ntarget=x', 'Line 3: The command names no action'],
    ['BRCS1.0\naction=login&a=%zz', 'Line 2: "%zz" is not percent-encoded UTF-8'],
    ['BRCS1.0\naction=login&action=x', 'Line 2: The parameter "action" is given twice'],
    [`BRCS1.0\n${'action=login\n'.repeat(11)}`, 'at most 10 commands'],
  ])('refuses %j', (text, reason) => {
    expect(() => parseScript(text)).toThrow(reason);
  });
});

describe('launch command', () => {
  it('separates parameters, external key and custom attributes, and drops empty values', () => {
    const given = search({
      'client.tag': '',
      'session.custom.external_key': 'INC1',
      'session.custom.department': 'sales',
      'session.custom.empty': '',
    });
    const command = launchCommand(given);
    expect(command).toEqual({
      action: 'start_jump_item_session',
      parameters: { search_string: 'PC-1' },
      externalKey: 'INC1',
      customAttributes: { department: 'sales' },
    });
    expect(launchCommand(launchParameters(command))).toEqual(command);
  });

  it.each([
    [{ action: 'login' }],
    [{ action: 'generate_session_key', public_portal_hostname: 'support.example.com' }],
    [{ action: 'push_and_start_local', hostname: 'PC-1' }],
    [{ action: 'push_and_start_remote', target: '10.0.0.1', jumpoint: 'Net1' }],
    [search({ 'jump.method': 'shelljump', 'client.hostname': 'x' })],
    [{ action: 'start_pinned_client_session', 'client.public_ip': '10.' }],
    [{ action: 'start_rdp_session', target: 'x', display_size: '800x600', quality: 'low', console: 'yes' }],
    [{ action: 'start_vnc_session', target: 'x', port: '5901' }],
    [{ action: 'start_shell_jump_session', target: 'x', protocol: 'telnet', port: '23', terminal: 'VT100' }],
    [{ action: 'start_vpro_session', target: 'x', jumpoint: 'Net1' }],
  ])('takes %j', (given: Record<string, string>) => {
    expect(launchCommand(given).action).toBe(given.action);
  });

  it.each([
    [{}, 'action', 'The parameter action is missing.'],
    [{ action: 'toString' }, 'action', 'no action "toString"'],
    [search({ color: 'red' }), 'color', 'has no parameter "color"'],
    [{ action: 'start_jump_item_session', 'jump.method': 'rdp' }, 'search_string', 'at least one of'],
    [{ action: 'push_and_start_local', hostname: '' }, 'hostname', 'hostname is missing'],
    [search({ search_string: ' \t' }), 'search_string', 'at least one of'],
    [{ action: 'start_vpro_session', target: 'x' }, 'jumpoint', 'jumpoint is missing'],
    [search({ 'jump.method': 'ssh' }), 'jump.method', 'must be one of push'],
    [search({ 'client.tag': 'x'.repeat(256) }), 'client.tag', 'at most 255 characters'],
    [search({ 'client.tag': 'a\0b' }), 'client.tag', 'NUL'],
    [search({ 'session.custom.a b': 'x' }), 'session.custom.a b', 'does not name a custom attribute'],
    [search({ 'session.custom.x': 'x'.repeat(1025) }), 'session.custom.x', 'at most 1024'],
    [{ action: 'start_shell_jump_session', target: 'x', port: '70000' }, 'port', 'port from 1 to 65535'],
    [{ action: 'login', 'session.custom.x': '1' }, 'session.custom.x', 'has no parameter'],
  ])('refuses %j', (given: Record<string, string>, field, reason) => {
    expect(() => launchCommand(given)).toThrow(
      expect.objectContaining({ code: 'invalid', fields: { [field]: [expect.stringContaining(reason)] } }),
    );
  });

  it('refuses more than 10 KB of custom attributes', () => {
    const many = Object.fromEntries(
      Array.from({ length: 11 }, (_, index) => [`session.custom.c${index}`, 'x'.repeat(1000)]),
    );
    expect(() => launchCommand(search(many))).toThrow('at most 10240 bytes');
  });
});
