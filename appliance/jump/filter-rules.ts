import { BlockList, isIP } from 'node:net';

/** Where traffic of a network tunnel may go: a network, a range, or single addresses. */
export type FilteredAddresses =
  | { cidr: string }
  | { range: { start: string; end: string } }
  | { list: string[] };

/** Ports of TCP, UDP, UDPLite and SCTP; an empty list is any port. */
export type FilteredPorts = { range: { start: number; end: number } } | { list: number[] };

export interface FilterRule {
  ip_addresses: FilteredAddresses;
  protocol: string;
  ports: FilteredPorts;
}

/** Any protocol at all. */
const ANY_PROTOCOL = 'ANY';
const WITH_PORTS: ReadonlySet<string> = new Set(['TCP', 'UDP', 'UDPLite', 'SCTP']);
const MOST_RULES = 50;
const MOST_ADDRESSES = 16;
const MOST_PORTS = 42;

/** Rules in the one spelling in which they are kept. */
export function filterRulesText(rules: readonly FilterRule[]): string {
  return JSON.stringify(rules);
}

/** The rules of a text that {@link filterRulesProblem} has nothing against, with what they leave out filled in. */
export function filterRulesOf(text: string): FilterRule[] {
  return (JSON.parse(text) as Partial<FilterRule>[]).map((rule) => ({
    ip_addresses: addressesOf(rule.ip_addresses as FilteredAddresses),
    protocol: rule.protocol ?? ANY_PROTOCOL,
    ports: portsOf(rule.ports ?? { list: [] }),
  }));
}

function addressesOf(addresses: FilteredAddresses): FilteredAddresses {
  if ('cidr' in addresses) return { cidr: addresses.cidr };
  if ('range' in addresses) return { range: { start: addresses.range.start, end: addresses.range.end } };
  return { list: [...addresses.list] };
}

function portsOf(ports: FilteredPorts): FilteredPorts {
  if ('range' in ports) return { range: { start: ports.range.start, end: ports.range.end } };
  return { list: [...ports.list] };
}

/** Why these cannot be the rules of a network tunnel, said without the field's name; undefined when they can. */
export function filterRulesProblem(text: string): string | undefined {
  let rules: unknown;
  try {
    rules = JSON.parse(text);
  } catch {
    return 'must be a list of rules in JSON';
  }
  if (!Array.isArray(rules) || rules.length === 0 || rules.length > MOST_RULES) {
    return `must be a list of 1 to ${MOST_RULES} rules`;
  }
  for (const [index, rule] of rules.entries()) {
    const problem = isObject(rule) ? ruleProblem(rule) : 'is not an object';
    if (problem !== undefined) return `cannot be used: rule ${index + 1} ${problem}`;
  }
  return undefined;
}

function ruleProblem(rule: Record<string, unknown>): string | undefined {
  const unknown = Object.keys(rule).find((name) => !['ip_addresses', 'protocol', 'ports'].includes(name));
  if (unknown !== undefined) return `has an unknown member "${unknown}"`;
  const { ip_addresses: addresses, protocol = ANY_PROTOCOL, ports = { list: [] } } = rule;
  if (!isObject(addresses)) return 'needs ip_addresses';
  if (typeof protocol !== 'string' || !FILTER_PROTOCOLS.includes(protocol))
    return 'names an unknown protocol';
  if (!isObject(ports)) return 'needs ports as a range or a list';
  return addressesProblem(addresses) ?? portsProblem(ports, WITH_PORTS.has(protocol));
}

function addressesProblem(addresses: Record<string, unknown>): string | undefined {
  const [form, ...others] = Object.keys(addresses);
  const value = form === undefined ? undefined : addresses[form];
  if (others.length > 0) return 'may name one of cidr, range and list only';
  switch (form) {
    case 'cidr':
      return typeof value === 'string' && isNetwork(value)
        ? undefined
        : 'needs a network such as 10.0.0.0/8 as cidr';
    case 'range':
      return isObject(value) && isAddressRange(value)
        ? undefined
        : 'needs a range with a start address and an end address that does not come before it';
    case 'list':
      return isListOf(value, MOST_ADDRESSES, (entry) => typeof entry === 'string' && isIP(entry) !== 0) &&
        value.length > 0
        ? undefined
        : `needs a list of 1 to ${MOST_ADDRESSES} addresses`;
    default:
      return 'needs one of cidr, range and list in ip_addresses';
  }
}

function portsProblem(ports: Record<string, unknown>, allowed: boolean): string | undefined {
  const [form, ...others] = Object.keys(ports);
  const value = form === undefined ? undefined : ports[form];
  if (others.length > 0 || (form !== 'range' && form !== 'list')) return 'needs ports as a range or a list';
  if (form === 'list') {
    if (!isListOf(value, MOST_PORTS, isPort)) return `may list at most ${MOST_PORTS} ports from 1 to 65535`;
    return value.length === 0 || allowed ? undefined : NO_PORTS;
  }
  const isRange =
    isObject(value) && isPort(value['start']) && isPort(value['end']) && value['start'] <= value['end'];
  if (!isRange || Object.keys(value).length !== 2) return 'needs a range of ports from 1 to 65535';
  return allowed ? undefined : NO_PORTS;
}

const NO_PORTS = `may name ports only for ${[...WITH_PORTS].join(', ')}`;

function isNetwork(text: string): boolean {
  const [address = '', bits, ...rest] = text.split('/');
  const family = isIP(address);
  if (family === 0 || bits === undefined || rest.length > 0) return false;
  return /^\d{1,3}$/.test(bits) && Number(bits) <= (family === 6 ? 128 : 32);
}

function isAddressRange(range: Record<string, unknown>): boolean {
  const { start, end, ...others } = range;
  if (typeof start !== 'string' || typeof end !== 'string' || Object.keys(others).length > 0) return false;
  const family = isIP(start);
  if (family === 0 || isIP(end) !== family) return false;
  try {
    new BlockList().addRange(start, end, family === 6 ? 'ipv6' : 'ipv4');
    return true;
  } catch {
    // The end comes before the start.
    return false;
  }
}

function isListOf(value: unknown, most: number, fits: (entry: unknown) => boolean): value is unknown[] {
  return Array.isArray(value) && value.length <= most && value.every(fits);
}

function isPort(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= 65535;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** As the published contract spells the protocols of IP. */
export const FILTER_PROTOCOLS: readonly string[] = [
  'HOPOPT',
  'ICMP',
  'IGMP',
  'GGP',
  'IPinIP',
  'ST',
  'TCP',
  'CBT',
  'EGP',
  'IGP',
  'BBN_RCC_MON',
  'NVPII',
  'PUP',
  'ARGUS',
  'EMCON',
  'XNET',
  'CHAOS',
  'UDP',
  'MUX',
  'DCN_MEAS',
  'HMP',
  'PRM',
  'XNS_IDP',
  'TRUNK_1',
  'TRUNK_2',
  'LEAF_1',
  'LEAF_2',
  'RDP',
  'IRTP',
  'ISO_TP4',
  'NETBLT',
  'MFE_NSP',
  'MERIT_INP',
  'DCCP',
  'ThirdPartyConnect',
  'IDPR',
  'XTP',
  'DDP',
  'IDPR_CMTP',
  'TransportProtocol',
  'IL',
  'IPv6',
  'SDRP',
  'IPv6_Route',
  'IPv6_Frag',
  'IDRP',
  'RSVP',
  'GRE',
  'DSR',
  'BNA',
  'ESP',
  'AH',
  'I_NLSP',
  'SwIPe',
  'NARP',
  'MOBILE',
  'TLSP',
  'SKIP',
  'IPv6_ICMP',
  'IPv6_NoNxt',
  'IPv6_Opts',
  'AnyHostInternal',
  'CFTP',
  'AnyLocalNetwork',
  'SAT_EXPAK',
  'KRYPTOLAN',
  'RVD',
  'IPPC',
  'AnyDistFilesystem',
  'SAT_MON',
  'VISA',
  'IPCU',
  'CPNX',
  'CPHB',
  'WSN',
  'PVP',
  'BR_SAT_MON',
  'SUN_ND',
  'WB_MON',
  'WB_EXPAK',
  'ISO_IP',
  'VMTP',
  'SECURE_VMTP',
  'VINES',
  'TTP',
  'IPTM',
  'NSFNET_IGP',
  'DGP',
  'TCF',
  'EIGRP',
  'OSPF',
  'Sprite_RPC',
  'LARP',
  'MTP',
  'AX25',
  'OS',
  'MICP',
  'SCC_SP',
  'ETHERIP',
  'ENCAP',
  'AnyPrivateEncryption',
  'GMTP',
  'IFMP',
  'PNNI',
  'PIM',
  'ARIS',
  'SCPS',
  'QNX',
  'ActiveNetworks',
  'IPComp',
  'SNP',
  'Compaq_Peer',
  'IPXinIP',
  'VRRP',
  'PGM',
  'AnyZeroHop',
  'L2TP',
  'DDX',
  'IATP',
  'STP',
  'SRP',
  'UTI',
  'SMP',
  'SM',
  'PTP',
  'ISISoverIPv4',
  'FIRE',
  'CRTP',
  'CRUDP',
  'SSCOPMCE',
  'IPLT',
  'SPS',
  'PIPE',
  'SCTP',
  'FC',
  'RSVP_E2E_IGNORE',
  'MobilityHeader',
  'UDPLite',
  'MPLSinIP',
  'manet',
  'HIP',
  'Shim6',
  'WESP',
  'ROHC',
  'Ethernet',
  'AGGFRAG',
  'NSH',
  'ANY',
];
