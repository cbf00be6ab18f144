import { type KeyObject, randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import type { ChannelOpen, RefusedAddress } from '../control-protocol.ts';
import type { TerminalSize } from '../protocol.ts';
import type { Prompt, PromptAnswer, ToJumpointRelayMessage } from '../relay-protocol.ts';
import type { ServerDial } from '../server-dial.ts';
import { ChannelCredentialSupply } from './channel-credential.ts';
import type { HostKeys } from './host-keys.ts';
import { plainText } from './plain-text.ts';
import { RelaySocket } from './relay-socket.ts';
import { type RemoteShell, type Representative, type ShellEvents, ShellRefusal } from './remote-shell.ts';
import { openSshShell } from './ssh-shell.ts';
import { dialTarget } from './target-socket.ts';
import { openTelnetShell } from './telnet-shell.ts';

/** How long a representative may think about one prompt. */
const PROMPT_TIMEOUT_MS = 5 * 60_000;

export interface TerminalChannelOptions {
  open: ChannelOpen;
  hostKeys: HostKeys;
  /** X25519: what credentials for this program are sealed with. */
  sealingKey: KeyObject;
  /** Asked when the target is dialled. */
  refused: () => readonly RefusedAddress[];
  dial: ServerDial;
  log: Logger;
}

/**
 * One Shell Jump: joins the relay to a shell on the target. It lives as long as its relay socket; the control
 * connection may come and go meanwhile.
 */
export class TerminalChannel implements Representative {
  private readonly options: TerminalChannelOptions;
  private readonly log: Logger;
  private readonly abort = new AbortController();
  private relay: RelaySocket | undefined;
  private readonly credential: ChannelCredentialSupply | undefined;
  private shell: RemoteShell | undefined;
  private terminal: TerminalSize;
  private asking: { id: string; resolve: (answer: PromptAnswer) => void } | undefined;
  private finish: () => void = () => undefined;

  constructor(options: TerminalChannelOptions) {
    this.options = options;
    this.terminal = options.open.size;
    const { credential, channel_id: channelId } = options.open;
    this.credential =
      credential &&
      new ChannelCredentialSupply({
        order: credential,
        channelId,
        sealingKey: options.sealingKey,
        signal: this.abort.signal,
        send: (request) => this.relay?.send(request),
      });
    this.log = options.log.child({ channel_id: options.open.channel_id, lsid: options.open.lsid });
  }

  /** Resolves when the channel is over. Rejects, with nothing opened, when the relay cannot be joined. */
  async run(): Promise<void> {
    this.relay = await RelaySocket.dial(this.options.open.relay_url, this.options.dial, {
      input: (data) => {
        // Typed before there is a shell: nobody is there to read it.
        if (this.shell && !this.shell.write(data)) this.relay?.pause();
      },
      message: (message) => this.receive(message),
      drained: () => this.shell?.resume(),
      closed: (reason) => this.end(reason),
    });
    const over = new Promise<void>((resolve) => {
      this.finish = resolve;
    });
    await this.openShell(this.relay);
    await over;
  }

  /** Ends the channel from this side, e.g. because the server asked for it. */
  close(reason: string): void {
    this.relay?.close(1000, reason.slice(0, 100));
    this.end(reason);
  }

  status(state: 'connecting' | 'authenticating' | 'connected', detail?: string): void {
    this.relay?.send({
      t: 'status',
      state,
      ...(detail === undefined ? {} : { detail: plainText(detail, 1000) }),
    });
  }

  size(): TerminalSize {
    return this.terminal;
  }

  async ask(prompt: Omit<Prompt, 't' | 'id'>): Promise<PromptAnswer> {
    this.abort.signal.throwIfAborted();
    const id = randomUUID();
    return new Promise((resolve, reject) => {
      const settle = () => {
        clearTimeout(timer);
        this.abort.signal.removeEventListener('abort', onAbort);
        this.asking = undefined;
      };
      const onAbort = () => {
        settle();
        reject(this.abort.signal.reason);
      };
      const timer = setTimeout(() => {
        settle();
        reject(new ShellRefusal('authentication-failed', 'Nobody answered within 5 minutes.'));
      }, PROMPT_TIMEOUT_MS);
      this.abort.signal.addEventListener('abort', onAbort);
      this.asking = {
        id,
        resolve: (answer) => {
          settle();
          resolve(answer);
        },
      };
      this.relay?.send({
        ...prompt,
        t: 'prompt',
        id,
        title: plainText(prompt.title, 500),
        text: plainText(prompt.text, 10_000),
        prompts: prompt.prompts.map(({ label, echo }) => ({ label: plainText(label, 1000), echo })),
      });
    });
  }

  private async openShell(relay: RelaySocket): Promise<void> {
    const { target } = this.options.open;
    const started = Date.now();
    try {
      const shell = await this.connect(relay);
      if (this.abort.signal.aborted) {
        shell.close();
        return;
      }
      this.shell = shell;
      // The window may have changed while signing in.
      shell.resize(this.terminal);
      relay.send({
        t: 'status',
        state: 'connected',
        ...(shell.username ? { username: plainText(shell.username, 255) } : {}),
      });
      this.log.info({ protocol: target.protocol, milliseconds: Date.now() - started }, 'shell opened');
    } catch (cause) {
      if (this.abort.signal.aborted) return;
      const refusal =
        cause instanceof ShellRefusal
          ? cause
          : new ShellRefusal(
              'protocol-error',
              'The Jumpoint could not open the shell; its log says why.',
              cause,
            );
      const err = cause instanceof ShellRefusal ? cause.cause : cause;
      this.log.warn({ code: refusal.code, ...(err ? { err } : {}) }, 'shell refused');
      relay.finish({ t: 'refused', code: refusal.code, message: plainText(refusal.message, 4000) });
    }
  }

  private async connect(relay: RelaySocket): Promise<RemoteShell> {
    const { open, refused, hostKeys } = this.options;
    if (this.credential !== undefined && open.target.protocol === 'telnet') throw noTelnet();
    this.status('connecting');
    const socket = await dialTarget(
      open.target,
      { access: open.access, refused: refused() },
      this.abort.signal,
    );
    const events: ShellEvents = {
      output: (data) => {
        if (!relay.output(data)) this.shell?.pause();
      },
      drained: () => relay.resume(),
      ended: (end) => {
        this.shell = undefined;
        this.log.info({ code: end.code, signal: end.signal }, 'shell ended');
        relay.finish({
          t: 'exit',
          code: end.code,
          ...(end.signal ? { signal: plainText(end.signal, 60) } : {}),
          message: plainText(end.message, 4000),
        });
      },
    };
    const common = { target: open.target, socket, representative: this, events };
    if (open.target.protocol === 'telnet') return openTelnetShell(common);
    return openSshShell({ ...common, hostKeys, credential: this.credential, signal: this.abort.signal });
  }

  private receive(message: ToJumpointRelayMessage): void {
    switch (message.t) {
      case 'resize':
        this.terminal = { columns: message.columns, rows: message.rows };
        this.shell?.resize(this.terminal);
        break;
      case 'answer':
        if (this.asking?.id === message.id) this.asking.resolve(message);
        break;
      case 'credential':
        this.credential?.receive(message);
        break;
      case 'close':
        this.close('the representative closed the session');
        break;
    }
  }

  private end(reason: string): void {
    if (this.abort.signal.aborted) return;
    this.abort.abort(new Error(reason));
    this.shell?.close();
    this.shell = undefined;
    this.log.info({ reason }, 'channel closed');
    this.finish();
  }
}

/** It cannot prove which system answers, and carries what it is given readable. */
function noTelnet(): ShellRefusal {
  return new ShellRefusal('credential-unavailable', 'Credentials are not injected into Telnet.');
}
