import { hostname, networkInterfaces } from 'node:os';

/** What a program tells the server of the host it runs on. */
export function hostFacts(): { hostname: string; private_ip: string } {
  return { hostname: hostname().slice(0, 255), private_ip: privateAddress() };
}

function privateAddress(): string {
  const all = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  const outward = all.filter((one) => !one.internal && !one.address.startsWith('fe80:'));
  return (outward.find((one) => one.family === 'IPv4') ?? outward[0])?.address ?? '127.0.0.1';
}
