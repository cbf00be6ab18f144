import type {
  TicketAnswer,
  TicketProblem,
  TicketQuestion,
  TicketSystem,
} from '../../appliance/jump/ticket-check.ts';
import { OutboundFailure, type OutboundHttp, type OutboundProblem } from '../../appliance/outbound-http.ts';
import type { SiteSettingsSource } from '../../appliance/settings/site-settings.ts';
import { TICKET_CONTENT_TYPE, ticketAnswer, ticketRequest } from './ticket-messages.ts';

const MOST_ANSWER_BYTES = 64 * 1024;

const PROBLEM_OF: Record<OutboundProblem, TicketProblem> = {
  bad_url: 'not_permitted',
  address_refused: 'not_permitted',
  unknown_host: 'unreachable',
  unreachable: 'unreachable',
  certificate_refused: 'unreachable',
  timed_out: 'timed_out',
  redirected: 'bad_answer',
  too_large: 'bad_answer',
};

/** The ticket system that the site settings name, asked by a POST. */
export class HttpTicketSystem implements TicketSystem {
  readonly #http: OutboundHttp;
  readonly #settings: SiteSettingsSource;
  readonly #secret: () => Promise<string | undefined>;

  /** `secret` is what the ticket system knows this appliance by, if anything. */
  constructor(deps: {
    http: OutboundHttp;
    settings: SiteSettingsSource;
    secret: () => Promise<string | undefined>;
  }) {
    this.#http = deps.http;
    this.#settings = deps.settings;
    this.#secret = deps.secret;
  }

  configured(): boolean {
    return this.#settings.current().ticket_system_url !== '';
  }

  async ask(question: TicketQuestion): Promise<TicketAnswer> {
    const settings = this.#settings.current();
    const format = settings.ticket_system_format;
    const secret = await this.#secret();
    try {
      const { status, body } = await this.#http.send({
        method: 'POST',
        url: settings.ticket_system_url,
        headers: {
          'content-type': TICKET_CONTENT_TYPE[format],
          accept: TICKET_CONTENT_TYPE[format].split(';', 1)[0]!,
          ...(secret !== undefined && { authorization: `Bearer ${secret}` }),
        },
        body: ticketRequest(question, format),
        timeoutMs: settings.ticket_system_timeout_seconds * 1000,
        maxAnswerBytes: MOST_ANSWER_BYTES,
        caCertificates: settings.ticket_system_ca_certificates || undefined,
      });
      if (status === 200) return ticketAnswer(body, format);
      return {
        answer: 'none',
        problem: 'bad_answer',
        detail: `The ticket system answered with status ${status}.`,
      };
    } catch (error) {
      if (!(error instanceof OutboundFailure)) throw error;
      return { answer: 'none', problem: PROBLEM_OF[error.problem], detail: error.message };
    }
  }
}
