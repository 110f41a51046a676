/** Reading IP literals and testing whether an address lies in a set of CIDR blocks. */

/** A block of addresses: the first `bits` bits of `address` are fixed. */
export interface CidrBlock {
  /** 4 bytes (IPv4) or 16 bytes (IPv6). */
  readonly address: Uint8Array;
  readonly bits: number;
}

/** A set of address blocks with quick answers for addresses that come again. */
export interface CidrSet {
  /** Tells whether the address lies in a block; false for what is no IP literal. */
  has(ip: string): boolean;
}

/** Answers that a CidrSet remembers; beyond it the oldest are forgotten. */
const REMEMBERED = 1024;

/**
 * Parses an IPv4 literal (`192.0.2.1`, no leading zeros) to its 4 bytes or an IPv6 literal
 * (`2001:db8::1`, `::ffff:192.0.2.1`, no brackets, no zone) to its 16; null for anything else.
 */
export function parseIp(text: string): Uint8Array | null {
  return text.includes(":") ? parseIpv6(text) : parseIpv4(text);
}

/** Parses `192.0.2.0/24`, `2001:db8::/32` or one address (a block of itself); null for anything else. */
export function parseCidr(text: string): CidrBlock | null {
  const slash = text.indexOf("/");
  const address = parseIp(slash < 0 ? text : text.slice(0, slash));
  if (address === null) return null;
  const most = address.length * 8;
  if (slash < 0) return { address, bits: most };
  const bits = decimal(text.slice(slash + 1), most);
  return bits < 0 ? null : { address, bits };
}

/** Tells whether bits behind the prefix are set, as in `10.1.2.3/8`: most likely a slip. */
export function hasHostBits(block: CidrBlock): boolean {
  for (let bit = block.bits; bit < block.address.length * 8; bit++) {
    if (((block.address[bit >> 3] ?? 0) >> (7 - (bit & 7))) & 1) return true;
  }
  return false;
}

/**
 * Builds a set from CIDR blocks. IPv4-mapped IPv6 addresses count as IPv4, zones (`%eth0`) are
 * ignored. Throws a RangeError on a block that does not parse: the configuration has checked them.
 */
export function createCidrSet(blocks: readonly string[]): CidrSet {
  const parsed = blocks.map((block) => {
    const cidr = parseCidr(block);
    if (cidr === null) throw new RangeError(`not a CIDR block: ${block}`);
    return unmapped(cidr);
  });
  if (parsed.length === 0) return { has: () => false };

  const remembered = new Map<string, boolean>();
  const test = (ip: string): boolean => {
    const address = addressOf(ip);
    return address !== null && parsed.some((block) => contains(block, address));
  };
  return {
    has(ip) {
      const known = remembered.get(ip);
      if (known !== undefined) return known;
      const answer = test(ip);
      if (remembered.size >= REMEMBERED) {
        const oldest = remembered.keys().next();
        if (!oldest.done) remembered.delete(oldest.value);
      }
      remembered.set(ip, answer);
      return answer;
    },
  };
}

function parseIpv4(text: string): Uint8Array | null {
  const parts = text.split(".", 5);
  if (parts.length !== 4) return null;
  const bytes = new Uint8Array(4);
  for (let i = 0; i < 4; i++) {
    const value = decimal(parts[i] ?? "", 255);
    if (value < 0) return null;
    bytes[i] = value;
  }
  return bytes;
}

function parseIpv6(text: string): Uint8Array | null {
  const gap = text.indexOf("::");
  if (gap < 0) {
    const words = wordsOf(text);
    return words?.length === 8 ? bytesOf(words, []) : null;
  }
  const left = wordsOf(text.slice(0, gap));
  const right = wordsOf(text.slice(gap + 2));
  if (left === null || right === null || left.length + right.length > 7) return null;
  // An embedded IPv4 address can only end the literal (RFC 4291, 2.2).
  if (text.slice(0, gap).includes(".")) return null;
  return bytesOf(left, right);
}

/** Splits `a:b:1.2.3.4` into 16-bit words; empty text has none. */
function wordsOf(text: string): number[] | null {
  if (text === "") return [];
  const parts = text.split(":", 9);
  const words: number[] = [];
  for (const [i, part] of parts.entries()) {
    if (part.includes(".")) {
      const tail = i === parts.length - 1 ? parseIpv4(part) : null;
      if (tail === null) return null;
      words.push(word(tail, 0), word(tail, 2));
    } else if (/^[0-9a-fA-F]{1,4}$/.test(part)) {
      words.push(Number.parseInt(part, 16));
    } else {
      return null;
    }
  }
  return words;
}

function bytesOf(left: readonly number[], right: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(16);
  const put = (value: number, at: number) => {
    bytes[at] = value >> 8;
    bytes[at + 1] = value & 255;
  };
  for (const [i, value] of left.entries()) put(value, i * 2);
  for (const [i, value] of right.entries()) put(value, 16 - (right.length - i) * 2);
  return bytes;
}

function word(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}

/** Reads a decimal number without sign or leading zeros; -1 where it is none or too large. */
function decimal(text: string, most: number): number {
  if (!/^(?:0|[1-9][0-9]{0,2})$/.test(text)) return -1;
  const value = Number(text);
  return value <= most ? value : -1;
}

function addressOf(ip: string): Uint8Array | null {
  const zone = ip.indexOf("%");
  const address = parseIp(zone < 0 ? ip : ip.slice(0, zone));
  return address !== null && isMapped(address) ? address.subarray(12) : address;
}

function unmapped(block: CidrBlock): CidrBlock {
  if (block.bits < 96 || !isMapped(block.address)) return block;
  return { address: block.address.subarray(12), bits: block.bits - 96 };
}

/** `::ffff:0:0/96` (RFC 4291, 2.5.5.2). */
function isMapped(address: Uint8Array): boolean {
  if (address.length !== 16 || word(address, 10) !== 0xffff) return false;
  for (let i = 0; i < 10; i++) if (address[i] !== 0) return false;
  return true;
}

function contains(block: CidrBlock, address: Uint8Array): boolean {
  if (block.address.length !== address.length) return false;
  const whole = block.bits >> 3;
  for (let i = 0; i < whole; i++) if (block.address[i] !== address[i]) return false;
  const rest = block.bits & 7;
  if (rest === 0) return true;
  return ((block.address[whole] ?? 0) ^ (address[whole] ?? 0)) >> (8 - rest) === 0;
}
