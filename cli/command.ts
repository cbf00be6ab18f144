/** What a command ends with. `bh ssh` ends with the exit code of the remote shell instead, or 255. */
export const EXIT = {
  done: 0,
  failed: 1,
  /** The command line itself makes no sense. */
  usage: 2,
  /** No token, or the server does not accept it any more. */
  notSignedIn: 3,
  /** An import found rows that cannot be imported. */
  badRows: 4,
  /** Interrupted from the keyboard. */
  interrupted: 130,
} as const;

export interface CommandOption {
  type: 'string' | 'boolean';
  /** Name of the value in the help, e.g. `FILE`. */
  value?: string;
  short?: string;
  /** It may be given several times; see `Arguments.texts`. */
  multiple?: true;
  help: string;
}

export interface Arguments {
  operands: string[];
  text(name: string): string | undefined;
  /** Of an option that may be given several times, in their order. */
  texts(name: string): string[];
  flag(name: string): boolean;
}

export interface Command {
  /** One or two words: `import`, `jumpoint run`. */
  words: string;
  /** What follows the words, for the help: `FILE`, `[SEARCH]`. */
  operands: string;
  summary: string;
  /** Paragraphs below the options in the command's own help. */
  details?: string;
  options: Record<string, CommandOption>;
  /** How many operands are allowed. */
  operandCount: { from: number; to: number };
  run(args: Arguments): Promise<number>;
}

/** A program of its own behind two words: it reads its command line itself. */
export interface ForeignCommand {
  words: string;
  operands: string;
  summary: string;
  runWith(args: string[]): Promise<number>;
}

/** A failure that people are told in one line, without a stack. */
export class CommandFailure extends Error {
  readonly exitCode: number;

  constructor(message: string, exitCode: number = EXIT.failed) {
    super(message);
    this.name = 'CommandFailure';
    this.exitCode = exitCode;
  }
}

export const usageFailure = (message: string): CommandFailure => new CommandFailure(message, EXIT.usage);

/** Options that every command talking to a server takes. */
export const SERVER_OPTIONS: Record<string, CommandOption> = {
  url: { type: 'string', value: 'URL', help: 'the server; default: $BH_URL, or the one signed in to last' },
};

export const JSON_OPTION: Record<string, CommandOption> = {
  json: { type: 'boolean', help: 'print JSON for programs instead of text for people' },
};
