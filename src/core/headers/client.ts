import type { ExchangeRequest } from "../../ports/exchange.ts";
import type { CidrSet } from "../../utils/ip.ts";

/** What a request and its peer tell of the client: the part of an ExchangeContext that is found here. */
export interface ClientFacts {
  readonly clientIp: string;
  readonly peerTrusted: boolean;
  readonly scheme: "http" | "https";
  readonly host: string;
  readonly requestId: string;
  readonly traceId: string;
}

/** Finds out who the client is and how it called. */
export function resolveClient(_request: ExchangeRequest, _trusted: CidrSet): ClientFacts {
  throw new Error("not built yet");
}
