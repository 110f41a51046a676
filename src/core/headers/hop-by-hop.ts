import type { HeaderList } from "../../ports/exchange.ts";

/** Copies all end-to-end fields of a message to `out`, in order. */
export function stripHopByHop(_headers: HeaderList, _out: HeaderList): void {
  throw new Error("not built yet");
}
