import type { ListenAddress } from "../../core/model.ts";
import { parseIp } from "../../utils/ip.ts";
import type { Scope } from "./scope.ts";

/** Reads `IP:PORT` or `[IPV6]:PORT`; null for anything else. */
function parseAddress(text: string): ListenAddress | null {
  const [, bracketed, plain, port = ""] =
    /^(?:\[([^\]]*)\]|([^:]*)):([0-9]{1,5})$/.exec(text) ?? [];
  const hostname = bracketed ?? plain ?? "";
  const address = parseIp(hostname);
  if (address === null || Number(port) > 65535) return null;
  // Brackets are for IPv6, and only they can hold its colons.
  if ((address.length === 16) !== (bracketed !== undefined)) return null;
  return { hostname, port: Number(port) };
}

/** Compiles `listen_addr`. */
export function compileAddress(text: string | undefined, { path, issues }: Scope): ListenAddress {
  const address = text === undefined ? null : parseAddress(text);
  if (text !== undefined && address === null) {
    issues.error({
      path,
      code: "invalid_listen_address",
      message: `Invalid listen address: ${text} - Must be in format 'IP:PORT' (e.g., '127.0.0.1:3000' or '0.0.0.0:8080')`,
      hint: addressHint(text),
    });
  }
  return address ?? { hostname: "127.0.0.1", port: 0 };
}

function addressHint(text: string): string {
  const split = text.lastIndexOf(":");
  const host = split < 0 ? text : text.slice(0, split);
  if (parseIp(text)?.length === 16 || parseIp(host)?.length === 16) {
    return "An IPv6 address stands in brackets: [::1]:8080.";
  }
  if (host === "") return "For all addresses write 0.0.0.0, or [::] for IPv6.";
  if (/^[a-z]/i.test(host)) return "Use an IP address, not a name.";
  return "The port is a number from 0 to 65535; 0 means any free port.";
}
