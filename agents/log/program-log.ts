import { type Bindings, type DestinationStream, type Logger, pino } from 'pino';
import { redactedFields } from './redacted-fields.ts';
import { redactedText } from './redacted-text.ts';

export interface ProgramLogOptions {
  /** What each line says of its origin; without it, process and host. */
  program?: string;
  level?: string;
  /** Standard output by default. */
  to?: DestinationStream;
}

/**
 * The log of a process: the server, a Jumpoint, an ECM host. Nobody logs a secret on purpose; should one come along in
 * an error or an object, it is taken out here, by the name of its field and by what it looks like.
 */
export function programLog({ program, level = 'info', to }: ProgramLogOptions = {}): Logger {
  const log: Logger = pino(
    {
      level,
      ...(program !== undefined && { base: { program } }),
      formatters: { log: redactedFields },
      // Errors have become fields by then, wherever they stood.
      serializers: { err: (shown) => shown },
      hooks: { streamWrite: redactedText },
    },
    to ?? pino.destination(),
  );
  // What all lines of a child say passes no formatter.
  const { child } = log;
  return Object.assign(log, {
    child(this: Logger, fields: Bindings, ...rest: []) {
      return child.call(this, redactedFields(fields), ...rest);
    },
  });
}
