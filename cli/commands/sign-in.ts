import { hostname, userInfo } from 'node:os';
import type { components } from '../../api/generated/openapi.ts';
import { type Arguments, type Command, CommandFailure, EXIT, SERVER_OPTIONS } from '../command.ts';
import { CredentialFile } from '../credential-file.ts';
import { offerTicket } from '../kerberos-ticket.ts';
import { harmless, note, say } from '../output.ts';
import { originOf, Server, ServerRefusal, serverUrl } from '../server.ts';
import { confirm, stdinLines, withKeys } from '../terminal/ask.ts';

type Me = components['schemas']['Me'];
type UserToken = components['schemas']['UserToken'];
type SignInStep = components['schemas']['SignInStep'];
type StepAnswer = Omit<components['schemas']['SignInStepAnswer'], 'sign_in'>;

const NO_TERMINAL = 'There is no terminal to ask for the password. Give it on standard input.';

interface Answers {
  username: string;
  password: string;
  /** Asked for only when the server wants another password. */
  newPassword(): Promise<string>;
  /** The answer to a question that the server asks after the password. */
  answer(step: SignInStep): Promise<StepAnswer>;
}

export const signIn: Command = {
  words: 'sign-in',
  operands: '[URL]',
  summary: 'sign in to a server and keep its token',
  details: `The password is asked for on the terminal. When standard input is not a terminal it is the first line of it (and
every further line answers what the server asks next: a code, a new password).
With --kerberos the ticket that you have (kinit, or the sign-in of your desktop) takes the place of the password.
An authenticator app or a recovery code is the second factor here; passkeys need a browser.
The token is kept in $XDG_CONFIG_HOME/bridgehead/credentials.json, readable by you alone. Programs can set BH_URL and
BH_TOKEN instead of signing in.
For a server with a certificate of your own authority, set NODE_EXTRA_CA_CERTS to a PEM file with it.`,
  options: {
    ...SERVER_OPTIONS,
    accept: {
      type: 'boolean',
      help: 'accept the login agreement, and end other sign-ins where the site allows one only',
    },
    user: { type: 'string', short: 'u', value: 'NAME', help: 'user name; asked for when left out' },
    kerberos: { type: 'boolean', help: 'with the Kerberos ticket of your domain' },
  },
  operandCount: { from: 0, to: 1 },
  async run(args) {
    const url = args.operands[0] === undefined ? await serverUrl(args) : originOf(args.operands[0]);
    warnOfPlainHttp(url);
    if (args.flag('kerberos')) {
      if (process.stdin.isTTY) {
        await withKeys(NO_TERMINAL, (keys) => signInByTicket(url, answeringOn(keys, args)));
      } else await signInByTicket(url, answeringFrom(await stdinLines(), args));
    } else if (process.stdin.isTTY) {
      await withKeys(NO_TERMINAL, (keys) => signInWith(url, askingOn(keys, args)));
    } else await signInWith(url, readingStdin(args));
    return EXIT.done;
  },
};

type Keys = Parameters<Parameters<typeof withKeys>[1]>[0];

async function askingOn(keys: Keys, args: Arguments): Promise<Answers> {
  const hidden = (label: string) => keys.readLine(label, { echo: false });
  return {
    username: args.text('user') ?? (await keys.readLine('User name: ', { echo: true })),
    password: await hidden('Password: '),
    newPassword: async () => {
      process.stderr.write('You have to choose a new password.\r\n');
      for (;;) {
        const chosen = await hidden('New password: ');
        if ((await hidden('New password again: ')) === chosen) return chosen;
        process.stderr.write('The two differ.\r\n');
      }
    },
    answer: answeringOn(keys, args),
  };
}

function answeringOn(keys: Keys, args: Arguments): Answers['answer'] {
  return async (step) => {
    process.stderr.write(`${shown(step).replaceAll('\n', '\r\n')}\r\n`);
    if (takesCode(step)) return { code: (await keys.readLine('Code: ', { echo: false })).trim() };
    if (args.flag('accept') || (await confirm(keys, 'Accept?'))) return { accept: true };
    throw new CommandFailure('Not signed in.', EXIT.notSignedIn);
  };
}

async function readingStdin(args: Arguments): Promise<Answers> {
  const [password = '', ...further] = await stdinLines();
  if (password === '') throw new CommandFailure(NO_TERMINAL);
  return {
    username: args.text('user') ?? userInfo().username,
    password,
    newPassword: async () => {
      const newPassword = further.shift() ?? '';
      if (newPassword !== '') return newPassword;
      throw new CommandFailure('The password has to be changed: give the new one as the next line.');
    },
    answer: answeringFrom(further, args),
  };
}

function answeringFrom(lines: string[], args: Arguments): Answers['answer'] {
  return async (step) => {
    if (takesCode(step)) {
      const code = lines.shift() ?? '';
      if (code !== '') return { code };
      throw new CommandFailure(`${shown(step)} Give it as the next line.`, EXIT.notSignedIn);
    }
    if (args.flag('accept')) return { accept: true };
    throw new CommandFailure(`${shown(step)} Use --accept to accept it.`, EXIT.notSignedIn);
  };
}

async function signInWith(url: string, asking: Promise<Answers>): Promise<void> {
  const answers = await asking;
  const { username, password } = answers;
  const first = await new Server(url).call<UserToken | SignInStep>('POST', '/user-token', {
    json: { username, password, name: `bh on ${hostname()}` },
  });
  const token = await throughSteps(url, first, answers.answer);
  const server = new Server(url, token.access_token);
  if (token.must_change_password) await changePassword(server, password, answers.newPassword);
  await keep(url, username, token);
}

async function signInByTicket(url: string, answer: Answers['answer']): Promise<void> {
  const offer = await offerTicket(new URL(url).hostname);
  const answered = await new Server(url).open('POST', '/user-token/negotiate', {
    json: { name: `bh on ${hostname()}` },
    headers: { authorization: `Negotiate ${offer.token}` },
  });
  await offer.verify(answered.headers.get('www-authenticate')).catch((cause: Error) => {
    throw new CommandFailure(`${url} did not prove that it is the server of the ticket: ${cause.message}`);
  });
  const token = await throughSteps(url, (await answered.json()) as UserToken | SignInStep, answer);
  const { username } = await new Server(url, token.access_token).call<Me>('GET', '/me');
  await keep(url, username, token);
}

async function keep(url: string, username: string, token: UserToken): Promise<void> {
  if (token.second_factor_due) {
    const server = new Server(url, token.access_token);
    await server.call('DELETE', '/user-token').catch((cause: Error) => note(cause.message));
    throw new CommandFailure(
      `You must have a second factor and have none yet. Register one in a browser first: ${url}/console`,
      EXIT.notSignedIn,
    );
  }
  const file = new CredentialFile();
  await file.keep(url, {
    username,
    token: token.access_token,
    expires_at: new Date(Date.now() + token.expires_in * 1000).toISOString(),
  });
  say(`Signed in to ${url} as ${username}.`);
}

/** Answers every question until there is a token. */
async function throughSteps(
  url: string,
  first: UserToken | SignInStep,
  answer: Answers['answer'],
): Promise<UserToken> {
  const server = new Server(url);
  let next = first;
  while ('step' in next) {
    const json = { sign_in: next.sign_in, ...(await answer(next)) };
    next = await server.call<UserToken | SignInStep>('POST', '/user-token/step', { json });
  }
  return next;
}

function takesCode({ step }: SignInStep): boolean {
  return step === 'challenge' || step === 'second_factor';
}

/** What the server asks, with what was wrong before and the text of an agreement. Nothing in it moves the cursor. */
function shown({ problem, message, details }: SignInStep): string {
  const text = typeof details?.text === 'string' ? details.text.split('\n') : [];
  return [problem, ...text, message]
    .filter((line) => line !== undefined)
    .map((line) => harmless(line))
    .join('\n');
}

/** Until the password is one the server takes; a token that may do nothing else is not left behind. */
async function changePassword(
  server: Server,
  password: string,
  newPassword: () => Promise<string>,
): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      const chosen = await newPassword();
      await server.call('POST', '/me/password', {
        json: { current_password: password, new_password: chosen },
      });
      return;
    } catch (error) {
      if (
        !(error instanceof ServerRefusal && error.status === 422) ||
        attempt === 3 ||
        !process.stdin.isTTY
      ) {
        await server.call('DELETE', '/user-token').catch((cause: Error) => note(cause.message));
        throw error;
      }
      process.stderr.write(`${error.message.replaceAll('\n', '\r\n')}\r\n`);
    }
  }
}

function warnOfPlainHttp(url: string): void {
  const { protocol, hostname: host } = new URL(url);
  if (protocol === 'http:' && !['localhost', '127.0.0.1', '[::1]'].includes(host)) {
    note(`Warning: ${url} is not encrypted; the password travels as plain text.`);
  }
}
