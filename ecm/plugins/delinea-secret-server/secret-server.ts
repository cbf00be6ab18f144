import { PluginError, type PluginTools } from '../../sdk/plugin.ts';
import { type HttpAnswer, type HttpClient, type HttpRequest, isRecord, jsonOf } from '../http.ts';
import type { AccessTokens } from '../oauth-token.ts';

const STORE = 'Secret Server';

export interface SecretServer {
  /** The JSON of an answer; undefined where there is nothing (404). Fails with `PluginError`. */
  ask(request: SecretServerRequest): Promise<unknown>;
  /** The text of an answer, for files. */
  askText(request: SecretServerRequest): Promise<string | undefined>;
}

/** `path` is below `/api/v1`. */
export type SecretServerRequest = Pick<HttpRequest, 'method' | 'path' | 'query' | 'json' | 'signal'>;

/** The REST API, version 1, as a user who is logged in; once more with a new token when one has expired. */
export function secretServer(http: HttpClient, tokens: AccessTokens, tools: PluginTools): SecretServer {
  async function answerTo(request: SecretServerRequest): Promise<HttpAnswer | undefined> {
    for (let tried = 1; ; tried++) {
      const token = await tokens.token(request.signal);
      const path = `/api/v1${request.path}`;
      const answer = await http({ ...request, path, headers: { authorization: `Bearer ${token}` } });
      if (answer.status === 401 && tried === 1) {
        tokens.forget(token);
        continue;
      }
      if (answer.status === 404) return undefined;
      if (answer.status >= 400) throw refusal(request, answer, tools);
      return answer;
    }
  }
  return {
    async ask(request) {
      const answer = await answerTo(request);
      // For some failures it answers 200 and a page; that is no JSON.
      return answer === undefined || answer.text === '' ? undefined : jsonOf(answer, STORE);
    },
    askText: async (request) => (await answerTo(request))?.text,
  };
}

/** `errorCode` and `message` of its answers to bad requests; the message goes to the log alone. */
function refusal(
  { method, path }: SecretServerRequest,
  answer: HttpAnswer,
  { log }: PluginTools,
): PluginError {
  const { errorCode, message } = saidIn(answer);
  log.warn(`Secret Server answered ${answer.status} for ${method} ${path}: ${errorCode} ${message}`);
  if (answer.status === 401)
    return new PluginError('misconfigured', 'Secret Server does not take the access token.');
  if (answer.status === 429 || answer.status >= 500) {
    return new PluginError('unavailable', `Secret Server cannot answer now (status ${answer.status}).`);
  }
  const said = `${errorCode} ${message}`;
  if (/checked\s*out|check\s*out/i.test(said)) {
    return new PluginError('in_use', 'The secret is checked out, or must be checked out first.');
  }
  if (answer.status === 403 || /access\s*denied|permission|approval/i.test(said)) {
    return new PluginError('forbidden', 'Secret Server does not let the plug-in have this secret.');
  }
  if (/comment|ticket/i.test(said)) {
    return new PluginError(
      'misconfigured',
      'Secret Server asks for a comment or ticket that the settings do not give.',
    );
  }
  return new PluginError(
    'misconfigured',
    `Secret Server does not understand the request (status ${answer.status}).`,
  );
}

function saidIn({ text }: HttpAnswer): { errorCode: string; message: string } {
  try {
    const document: unknown = JSON.parse(text);
    const { errorCode, message } = isRecord(document) ? document : {};
    return {
      errorCode: typeof errorCode === 'string' ? errorCode.slice(0, 100) : '',
      message: typeof message === 'string' ? message.replace(/\s+/g, ' ').slice(0, 300) : '',
    };
  } catch {
    return { errorCode: '', message: '' };
  }
}
