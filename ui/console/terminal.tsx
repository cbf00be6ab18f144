import '@xterm/xterm/css/xterm.css';
import { Alert, Badge, Button, Group, Text } from '@mantine/core';
import { FitAddon } from '@xterm/addon-fit';
import { Terminal } from '@xterm/xterm';
import { useEffect, useRef, useState } from 'react';
import type { JumpointRelayMessage, ServerRelayMessage } from '../../agents/relay-protocol.ts';
import { ApiError, client, ok, type Schema } from '../shared/api.ts';
import { type Answer, type Prompt, PromptDialog } from './prompt-dialog.tsx';

const RELAY_SUBPROTOCOL = 'bridgehead.relay.v1';
/** How long the server keeps a session whose representative has lost the connection. */
const REATTACH_MS = 60_000;
const REATTACH_EVERY_MS = 2_000;

type Phase =
  | { kind: 'connecting'; text: string }
  | { kind: 'connected'; username?: string | undefined }
  | { kind: 'reconnecting' }
  | { kind: 'ended'; text: string; failed: boolean };

export interface TerminalTabProps {
  started: Schema<'SessionStarted'>;
  /** Only the tab in front takes the keyboard and fits itself to the window. */
  active: boolean;
  onEnded: (lsid: string) => void;
  onClose: () => void;
  /** `change`: with another credential than the one it was started with. */
  onStartAgain: (change: boolean) => void;
  /** It was started with a credential that was injected. */
  injected: boolean;
}

/** One Shell Jump session: terminal, prompts of the target, notices, and what happens when a connection breaks. */
export function TerminalTab(props: TerminalTabProps) {
  const { started, active } = props;
  const place = useRef<HTMLDivElement>(null);
  const link = useRef<RelayLink>(undefined);
  const screen = useRef<{ terminal: Terminal; fit: FitAddon }>(undefined);
  const [phase, setPhase] = useState<Phase>({ kind: 'connecting', text: 'Connecting…' });
  /** That of the item, until the Jumpoint tells as whom it signed in: a credential may have brought its own. */
  const [username, setUsername] = useState(started.target.username);
  const [prompt, setPrompt] = useState<Prompt>();
  const [notice, setNotice] = useState<string>();
  const onEnded = useRef(props.onEnded);
  onEnded.current = props.onEnded;

  useEffect(() => {
    const terminal = new Terminal({
      cursorBlink: true,
      scrollback: 5000,
      fontSize: 14,
      // Room for what hangs below the line: with 1, some fonts lose their underscores.
      lineHeight: 1.2,
      theme: { background: '#0b1015' },
    });
    const fit = new FitAddon();
    terminal.loadAddon(fit);
    terminal.open(place.current!);
    screen.current = { terminal, fit };
    const relay = new RelayLink(started, {
      output: (bytes) => terminal.write(bytes),
      phase: (next) => {
        setPhase(next);
        if (next.kind === 'connected' && next.username !== undefined) setUsername(next.username);
        if (next.kind === 'connected') terminal.focus();
        if (next.kind === 'ended') {
          setPrompt(undefined);
          onEnded.current(started.lsid);
        }
      },
      prompt: setPrompt,
      notice: setNotice,
      replay: () => terminal.reset(),
      size: () => ({ columns: terminal.cols, rows: terminal.rows }),
    });
    link.current = relay;
    const encoder = new TextEncoder();
    terminal.onData((text) => relay.input(encoder.encode(text)));
    terminal.onBinary((text) => relay.input(Uint8Array.from(text, (character) => character.charCodeAt(0))));
    terminal.onResize(({ cols, rows }) => relay.send({ t: 'resize', columns: cols, rows }));
    const watch = new ResizeObserver(() => {
      // A hidden tab has no size; fitting to it would tell the target a terminal of one column.
      if (place.current!.offsetParent !== null) fit.fit();
    });
    watch.observe(place.current!);
    return () => {
      watch.disconnect();
      relay.leave();
      terminal.dispose();
    };
  }, [started]);

  useEffect(() => {
    if (!active) return;
    screen.current?.fit.fit();
    screen.current?.terminal.focus();
  }, [active]);

  const answer = (given: Answer) => {
    if (prompt === undefined) return;
    link.current?.send({ t: 'answer', id: prompt.id, ...given });
    setPrompt(undefined);
    screen.current?.terminal.focus();
  };

  return (
    <section aria-label={`Session with ${started.jump_item.name}`} hidden={!active}>
      <Group justify="space-between" mb="xs">
        <Group gap="sm">
          <Text fw={700}>{started.jump_item.name}</Text>
          <Text size="sm" c="dimmed">
            {started.target.protocol} {username ? `${username}@` : ''}
            {started.target.hostname}
            {started.external_key && ` · ${started.external_key}`}
          </Text>
          <PhaseBadge phase={phase} />
        </Group>
        <Group gap="xs">
          {phase.kind === 'ended' ? (
            <>
              <Button size="xs" onClick={() => props.onStartAgain(false)}>
                Start again
              </Button>
              {props.injected && (
                <Button size="xs" variant="default" onClick={() => props.onStartAgain(true)}>
                  Choose another credential
                </Button>
              )}
              <Button size="xs" variant="default" onClick={props.onClose}>
                Close the tab
              </Button>
            </>
          ) : (
            <Button size="xs" color="red" variant="light" onClick={() => link.current?.close()}>
              End the session
            </Button>
          )}
        </Group>
      </Group>
      {notice !== undefined && phase.kind !== 'ended' && (
        <Alert color="yellow" mb="xs" role="alert" withCloseButton onClose={() => setNotice(undefined)}>
          {notice}
        </Alert>
      )}
      {phase.kind === 'ended' && (
        <Alert color={phase.failed ? 'red' : 'gray'} mb="xs" role="alert" data-testid="session-ended">
          {phase.text}
        </Alert>
      )}
      <div className="terminal" ref={place} data-testid="terminal" />
      {prompt !== undefined && active && <PromptDialog key={prompt.id} prompt={prompt} onAnswer={answer} />}
    </section>
  );
}

function PhaseBadge({ phase }: { phase: Phase }) {
  switch (phase.kind) {
    case 'connecting':
      return <Badge color="river">{phase.text}</Badge>;
    case 'connected':
      return <Badge color="teal">connected</Badge>;
    case 'reconnecting':
      return <Badge color="yellow">connection lost, reconnecting…</Badge>;
    case 'ended':
      return <Badge color={phase.failed ? 'red' : 'gray'}>ended</Badge>;
  }
}

interface LinkEvents {
  output(bytes: Uint8Array): void;
  phase(phase: Phase): void;
  prompt(prompt: Prompt): void;
  notice(text: string): void;
  /** Recent output comes again after a re-attach; the screen starts afresh. */
  replay(): void;
  size(): { columns: number; rows: number };
}

/** The representative's end of a relay channel, across lost connections. */
class RelayLink {
  readonly #started: Schema<'SessionStarted'>;
  readonly #events: LinkEvents;
  #socket: WebSocket | undefined;
  #ended = false;
  #left = false;
  #lastWord = '';
  #failed = false;

  constructor(started: Schema<'SessionStarted'>, events: LinkEvents) {
    this.#started = started;
    this.#events = events;
    this.#dial(started.channel.relay_url);
  }

  input(bytes: Uint8Array<ArrayBuffer>): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(bytes);
  }

  send(message: object): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
  }

  /** Ends the session. */
  close(): void {
    this.send({ t: 'close' });
  }

  /** Lets go of the socket without ending the session. */
  leave(): void {
    this.#left = true;
    this.#socket?.close(1000);
  }

  #dial(url: string): void {
    const socket = new WebSocket(url, RELAY_SUBPROTOCOL);
    socket.binaryType = 'arraybuffer';
    this.#socket = socket;
    socket.onopen = () => this.send({ t: 'resize', ...this.#events.size() });
    socket.onmessage = (event: MessageEvent<ArrayBuffer | string>) => {
      if (typeof event.data === 'string')
        this.#take(JSON.parse(event.data) as JumpointRelayMessage | ServerRelayMessage);
      else this.#events.output(new Uint8Array(event.data));
    };
    socket.onclose = () => {
      if (this.#ended || this.#left) return;
      if (this.#lastWord !== '') this.#end(this.#lastWord, this.#failed);
      else void this.#reattach();
    };
  }

  #take(message: JumpointRelayMessage | ServerRelayMessage): void {
    switch (message.t) {
      case 'status':
        this.#events.phase(
          message.state === 'connected'
            ? { kind: 'connected', username: message.username }
            : {
                kind: 'connecting',
                text: message.detail ?? (message.state === 'connecting' ? 'Connecting…' : 'Signing in…'),
              },
        );
        return;
      case 'prompt':
        this.#events.prompt(message);
        return;
      case 'refused':
        this.#lastWord = message.message;
        this.#failed = true;
        return;
      case 'exit':
        if (this.#lastWord === '') this.#lastWord = message.message;
        return;
      case 'notice':
        this.#events.notice(message.text);
        return;
      case 'resumed':
        this.#events.replay();
        this.#events.phase({ kind: 'connected' });
        return;
      case 'ended':
        this.#end(this.#lastWord || message.text, this.#failed);
        return;
    }
  }

  async #reattach(): Promise<void> {
    this.#events.phase({ kind: 'reconnecting' });
    const path = { lsid: this.#started.lsid, channel_id: this.#started.channel.id };
    const until = Date.now() + REATTACH_MS;
    let problem = 'The connection was lost and the session could not be resumed.';
    while (Date.now() < until && !this.#left) {
      try {
        const ticket = await ok(
          client.POST('/session/{lsid}/channel/{channel_id}/ticket', { params: { path } }),
        );
        this.#dial(ticket.relay_url);
        return;
      } catch (error) {
        // Unreachable or busy: try on. Anything else is the server's last word about this session.
        if (error instanceof ApiError && error.status !== 0 && error.status !== 503) {
          problem = error.message;
          break;
        }
      }
      await new Promise((resolve) => setTimeout(resolve, REATTACH_EVERY_MS));
    }
    if (!this.#left) this.#end(problem, true);
  }

  #end(text: string, failed: boolean): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#socket?.close(1000);
    this.#events.phase({ kind: 'ended', text, failed });
  }
}
