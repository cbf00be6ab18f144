import { describe, expect, it } from 'vitest';
import { holdsKey, withKeyAdded, withKeyRemoved } from '../../agents/jumpoint/tasks/authorized-keys.ts';

const OLD = 'ssh-ed25519 AAAAold';
const NEW = 'ssh-ed25519 AAAAnew';

const FILE = [
  '# keys of alice',
  '',
  'ssh-rsa AAAAother bob@example',
  `from="10.0.0.0/8,*.example.com",command="echo \\"hi there\\"",no-pty ${OLD} alice laptop`,
  `cert-authority,principals="alice" ${OLD}`,
  'no-user-rc ecdsa-sha2-nistp256 AAAAthird',
  '',
].join('\n');

describe('authorized_keys', () => {
  it('gets the new key beside the old one, with its options and comment, and loses nothing', () => {
    const text = withKeyAdded(FILE, OLD, NEW) ?? '';
    const lines = FILE.split('\n');
    lines.splice(
      4,
      0,
      `from="10.0.0.0/8,*.example.com",command="echo \\"hi there\\"",no-pty ${NEW} alice laptop`,
    );
    expect(text).toBe(lines.join('\n'));
    const after = withKeyRemoved(text, OLD);
    expect(after).toBe(lines.filter((_, index) => index !== 3).join('\n'));
    expect(holdsKey(after, NEW)).toBe(true);
    expect(holdsKey(after, OLD)).toBe(false);
  });

  it('does not add a key twice', () => {
    const once = withKeyAdded(FILE, OLD, NEW) ?? '';
    expect(withKeyAdded(once, OLD, NEW)).toBe(once);
  });

  it('says when the old key is not in it', () => {
    expect(withKeyAdded(`# ${OLD}\ncert-authority ${OLD}\n`, OLD, NEW)).toBeUndefined();
  });

  it('adds one for each line of the old key', () => {
    const text = withKeyAdded(`from="a" ${OLD} x\nfrom="b" ${OLD} y`, OLD, NEW);
    expect(text).toBe(`from="a" ${OLD} x\nfrom="a" ${NEW} x\nfrom="b" ${OLD} y\nfrom="b" ${NEW} y\n`);
  });

  it('takes tabs, several blanks and line ends of other systems', () => {
    const text = `\tssh-ed25519  AAAAold\tcomment\r\n`;
    expect(holdsKey(text, OLD)).toBe(true);
    expect(withKeyRemoved(text, OLD)).toBe('');
  });
});
