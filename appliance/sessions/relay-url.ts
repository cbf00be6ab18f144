/** Where one end of a channel dials: the server process that carries it, with the ticket as last part. Never log it. */
export function relayUrl(nodeUrl: string, ticket: string): string {
  return `${nodeUrl.replace(/^http/, 'ws')}/relay/${ticket}`;
}
