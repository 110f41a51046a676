import { hasHostBits, parseCidr } from "../../utils/ip.ts";
import { suggest } from "../../utils/suggest.ts";
import { formatPath } from "../path.ts";
import { below, type Scope } from "./scope.ts";

/** Names for sets of blocks. */
export const PRESETS: ReadonlyMap<string, readonly string[]> = new Map([
  ["loopback", ["127.0.0.0/8", "::1/128"]],
  // RFC 1918 and RFC 4193.
  ["private", ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"]],
  // https://www.cloudflare.com/ips/
  [
    "cloudflare",
    [
      "173.245.48.0/20",
      "103.21.244.0/22",
      "103.22.200.0/22",
      "103.31.4.0/22",
      "141.101.64.0/18",
      "108.162.192.0/18",
      "190.93.240.0/20",
      "188.114.96.0/20",
      "197.234.240.0/22",
      "198.41.128.0/17",
      "162.158.0.0/15",
      "104.16.0.0/13",
      "104.24.0.0/14",
      "172.64.0.0/13",
      "131.0.72.0/22",
      "2400:cb00::/32",
      "2606:4700::/32",
      "2803:f800::/32",
      "2405:b500::/32",
      "2405:8100::/32",
      "2a06:98c0::/29",
      "2c0f:f248::/32",
    ],
  ],
]);

/** Compiles a list of blocks, addresses and presets to blocks, each once. */
export function compileAddresses(list: readonly (string | undefined)[], scope: Scope): string[] {
  const blocks = new Set<string>();
  for (const [i, text] of list.entries()) {
    if (text === undefined) continue;
    const preset = PRESETS.get(text);
    if (preset !== undefined) for (const block of preset) blocks.add(block);
    else if (checkBlock(text, below(scope, i))) blocks.add(text);
  }
  return [...blocks];
}

function checkBlock(text: string, { path, issues }: Scope): boolean {
  const block = parseCidr(text);
  if (block === null) {
    const meant = suggest(text, PRESETS.keys());
    issues.error({
      path,
      code: "invalid_cidr",
      message: `Invalid address block in field '${formatPath(path)}': ${text}${meant === null ? "" : ` - did you mean '${meant}'?`}`,
      hint: `Write a CIDR block such as 10.0.0.0/8, an IP address, or one of: ${[...PRESETS.keys()].join(", ")}.`,
    });
    return false;
  }
  if (hasHostBits(block)) {
    issues.warn({
      path,
      code: "cidr_host_bits",
      message: `Address block '${text}' has bits behind its prefix, which count for nothing`,
      hint: `For the one address write it without '/${block.bits}'.`,
    });
  }
  return true;
}
