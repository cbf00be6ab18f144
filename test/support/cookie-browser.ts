import type { Answer } from './configuration-calls.ts';
import type { TestAppliance } from './test-appliance.ts';

/** What a browser keeps, and where it is. The appliance has to believe 127.0.0.1 as a proxy. */
export interface Browser {
  address: string;
  cookies: Map<string, string>;
}

export function browserAt(address: string): Browser {
  return { address, cookies: new Map() };
}

/** A call of this browser from a page of the site, with the cookies it keeps. Not checked against the contract. */
export async function browserCall(
  site: TestAppliance,
  from: Browser,
  path: string,
  json?: object,
  method = json === undefined ? 'GET' : 'POST',
): Promise<Pick<Answer, 'status' | 'body'>> {
  const answer = await site.anonymous(`/api/config/v1${path}`, {
    method,
    ...(json !== undefined && { json }),
    headers: {
      origin: site.url,
      'x-forwarded-for': from.address,
      cookie: [...from.cookies].map(([name, value]) => `${name}=${value}`).join('; '),
    },
  });
  for (const line of answer.headers.getSetCookie()) {
    const [name, value] = line.split(';', 1)[0]!.split('=', 2) as [string, string];
    if (value === '') from.cookies.delete(name);
    else from.cookies.set(name, value);
  }
  const text = await answer.text();
  return { status: answer.status, body: text === '' ? undefined : JSON.parse(text) };
}
