import type { Schema } from '../api.ts';

/** Sends this browser where the API says: to an address, or there with a form. The page is left. */
export function sendAway({ url, action, fields }: Schema<'SignInRedirect'>): void {
  if (url !== undefined) {
    location.assign(url);
    return;
  }
  const form = document.createElement('form');
  form.method = 'post';
  form.action = action ?? '';
  for (const [name, value] of Object.entries(fields ?? {})) {
    const input = document.createElement('input');
    input.type = 'hidden';
    input.name = name;
    input.value = value;
    form.append(input);
  }
  document.body.append(form);
  form.submit();
}
