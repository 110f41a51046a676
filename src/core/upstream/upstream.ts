import type { UpstreamClient } from "../../ports/upstream-client.ts";

/** One upstream of one route: where requests go, how, and under which name it is logged. */
export interface Upstream {
  /** URL as configured. */
  readonly url: string;
  /** Shared by all routes that name the same address with the same settings. */
  readonly client: UpstreamClient;
  /** `host[:port]` for the Host field where the client's own is not preserved. */
  readonly authority: string;
  /** Whether the client's Host goes to the upstream. */
  readonly preserveHost: boolean;
  /** Turns the normalised request path into the path to send. */
  readonly rewritePath: (path: string) => string;
}
