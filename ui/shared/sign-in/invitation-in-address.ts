const HASH = '#invitation=';

let key = taken();

/** The key of an invitation that the address brought, for one try. */
export function takeInvitation(): string | undefined {
  const once = key;
  key = undefined;
  return once;
}

/** It leaves the address at once: histories and screens need not keep it. */
function taken(): string | undefined {
  if (!location.hash.startsWith(HASH)) return undefined;
  const text = decodeURIComponent(location.hash.slice(HASH.length));
  history.replaceState(history.state, '', `${location.pathname}${location.search}`);
  return text;
}
