import { describe, expect, it } from 'vitest';
import { PasswdDialogue } from '../../agents/jumpoint/tasks/passwd-dialogue.ts';

/** What a host says, piece by piece; after each piece the answer that is expected, if any. */
type Script = [says: string, answer?: 'current' | 'new' | 'again' | 'refused' | 'not-understood'][];

function play(script: Script): PasswdDialogue {
  const dialogue = new PasswdDialogue();
  for (const [says, answer] of script) {
    dialogue.output(says);
    const step = dialogue.next(false);
    if (answer === undefined) expect(step, says).toEqual({ do: 'wait' });
    else if (answer === 'refused' || answer === 'not-understood')
      expect(step, says).toEqual({ do: 'give-up', reason: answer });
    else {
      expect(step, says).toEqual({ do: 'answer', prompt: answer });
      dialogue.wasAnswered(answer);
    }
  }
  return dialogue;
}

describe('a conversation with passwd', () => {
  const SYSTEMS: Record<string, Script> = {
    'Debian 12': [
      ['Changing password for alice.\r\n'],
      ['Current password: ', 'current'],
      ['\r\nNew password: ', 'new'],
      ['\r\nRetype new password: ', 'again'],
      ['\r\npasswd: password updated successfully\r\n'],
    ],
    'older Debian': [
      ['Changing password for alice.\r\n(current) UNIX password: ', 'current'],
      ['\r\nEnter new UNIX password: ', 'new'],
      ['\r\nRetype new UNIX password: ', 'again'],
    ],
    'Red Hat with SSSD': [
      ['Changing password for user alice.\r\nCurrent Password: ', 'current'],
      ['\r\nNew password: ', 'new'],
      ['\r\nRetype new password: ', 'again'],
    ],
    Kerberos: [
      ['Current Kerberos password: ', 'current'],
      ['\r\nEnter new Kerberos password: ', 'new'],
      ['\r\nRetype new Kerberos password: ', 'again'],
    ],
    busybox: [
      ['Changing password for alice\r\nOld password: ', 'current'],
      ['\r\nNew password: ', 'new'],
      ['\r\nRetype password: ', 'again'],
    ],
    Solaris: [
      ['passwd: Changing password for alice\r\nEnter existing login password: ', 'current'],
      ['\r\nNew Password: ', 'new'],
      ['\r\nRe-enter new Password: ', 'again'],
    ],
    AIX: [
      ['Changing password for "alice"\r\nalice\'s Old password: ', 'current'],
      ["\r\nalice's New password: ", 'new'],
      ['\r\nEnter the new password again: ', 'again'],
    ],
    FreeBSD: [
      ['Changing local password for alice\r\nOld Password:', 'current'],
      ['\r\nNew Password:', 'new'],
      ['\r\nRetype New Password:', 'again'],
    ],
    'root, who is not asked for the current one': [
      ['New password: ', 'new'],
      ['\r\nRetype new password: ', 'again'],
    ],
    German: [
      ['Ändern des Passworts für alice.\r\nGeben Sie das aktuelle Passwort ein: ', 'current'],
      ['\r\nGeben Sie ein neues Passwort ein: ', 'new'],
      ['\r\nGeben Sie das neue Passwort erneut ein: ', 'again'],
    ],
    Japanese: [
      ['現在のパスワード：', 'current'],
      ['\r\n新しいパスワード：', 'new'],
      ['\r\n新しいパスワードを再入力してください：', 'again'],
    ],
    'an expired password at sign-in': [
      ['WARNING: Your password has expired.\r\nYou must change your password now and login again!\r\n'],
      ['Changing password for alice.\r\nCurrent password: ', 'current'],
      ['\r\nNew password: ', 'new'],
      ['\r\nRetype new password: ', 'again'],
    ],
  };

  it.each(Object.entries(SYSTEMS))('knows %s', (_system, script) => {
    expect(play(script).mayHaveChanged).toBe(true);
  });

  it('waits for the rest of a question that comes in pieces', () => {
    play([['Curr'], ['ent pass'], ['word: ', 'current']]);
  });

  it('takes something else for a question only when nothing follows it', () => {
    const dialogue = new PasswdDialogue();
    dialogue.output('Old password');
    expect(dialogue.next(false)).toEqual({ do: 'wait' });
    expect(dialogue.next(true)).toEqual({ do: 'answer', prompt: 'current' });
  });

  it('stops when the new password is refused at once and asked for anew', () => {
    const dialogue = play([
      ['Current password: ', 'current'],
      ['\r\nNew password: ', 'new'],
      ['\r\nBAD PASSWORD: The password is shorter than 14 characters\r\nNew password: ', 'refused'],
    ]);
    expect(dialogue.remarks()).toBe('BAD PASSWORD: The password is shorter than 14 characters');
    expect(dialogue.mayHaveChanged).toBe(false);
  });

  it('stops when the current password is asked for again', () => {
    play([
      ['Old password: ', 'current'],
      ['\r\nSorry, try again.\r\nOld password: ', 'refused'],
    ]);
  });

  it('stops in any language after three answers', () => {
    play([
      ['Passwort: ', 'current'],
      ['\r\nNeues Passwort: ', 'new'],
      ['\r\nNochmal: ', 'again'],
      ['\r\nNeues Passwort: ', 'not-understood'],
    ]);
  });

  it.each(['alice@host:~$ ', '# ', 'host% ', '>'])('does not answer the shell prompt %j', (prompt) => {
    const dialogue = new PasswdDialogue();
    dialogue.output(prompt);
    expect(dialogue.next(true)).toEqual({ do: 'give-up', reason: 'not-understood' });
  });

  it('tells what was said without the questions', () => {
    const dialogue = play([
      ['Changing password for alice.\r\nCurrent password: ', 'current'],
      ['\r\npasswd: Authentication token manipulation error\r\npasswd: password unchanged\r\n'],
    ]);
    expect(dialogue.remarks()).toBe(
      'Changing password for alice. passwd: Authentication token manipulation error passwd: password unchanged',
    );
  });
});
