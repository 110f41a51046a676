import type { UpstreamAddress } from "../../ports/upstream-client.ts";

/** ALPN's list form of `http/1.1`: length, then name (RFC 7301, 3.1). */
const HTTP_1_1 = Buffer.from("\x08http/1.1", "latin1");

/** Options, and with them Bun's parsed certificates, live as long as their address does. */
const cache = new WeakMap<UpstreamAddress, Bun.TLSOptions>();

/** Gives the TLS settings of an https upstream, always the same object for the same address. */
export function tlsOptions(address: UpstreamAddress): Bun.TLSOptions {
  const cached = cache.get(address);
  if (cached !== undefined) return cached;
  const { ca, cert, key, insecureSkipVerify } = address.tls ?? {};
  const options: Bun.TLSOptions = {
    // Addresses are dialled as literals: the name for SNI and the certificate must be told.
    serverName: certificateName(address),
    ALPNProtocols: HTTP_1_1,
    rejectUnauthorized: insecureSkipVerify !== true,
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  };
  cache.set(address, options);
  return options;
}

/** The name that the upstream's certificate must carry. */
export function certificateName(address: UpstreamAddress): string {
  return address.tls?.serverName ?? address.hostname;
}
