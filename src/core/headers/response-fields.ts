import type { HeaderList } from "../../ports/exchange.ts";
import { stripHopByHop } from "./hop-by-hop.ts";

/**
 * Builds the fields of the client's answer from those of an upstream's: hop-by-hop fields go, `via`
 * is added, the rest stays as it came, in order, repeats (`set-cookie`) apart.
 */
export function buildResponseHeaders(headers: HeaderList): HeaderList {
  const out: HeaderList = [];
  stripHopByHop(headers, out);
  out.push("via", "1.1 prox");
  return out;
}
